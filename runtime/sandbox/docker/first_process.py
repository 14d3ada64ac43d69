"""What process 1 of a container does in its own way: Docker has made namespaces, root, disk and group."""

from __future__ import annotations

import os

from runtime.sandbox import confinement, libc, network
from runtime.sandbox.inside import ProcessOne
from runtime.sandbox.recipe import Particulars, send


class FirstProcess(ProcessOne):
    """The first process of a container."""

    def _build(self, particulars: Particulars, disk: int | None) -> None:  # noqa: ARG002  Docker has done the rest
        libc.prctl(libc.PR_SET_NAME, b"sandbox")
        os.umask(0o022)
        listeners = network.listen(self._recipe.ports)
        own_process = os.pidfd_open(os.getpid())
        temporary = os.open("/tmp", os.O_RDONLY | os.O_DIRECTORY)
        send(self._control, {"ready": True}, [own_process, temporary, *(each.fileno() for each in listeners)])
        for descriptor in (own_process, temporary):
            os.close(descriptor)
        for listener in listeners:
            listener.close()
        confinement.forbid_privileges()
        libc.prctl(libc.PR_SET_DUMPABLE, 0)

    def _enter_groups(self) -> None:
        confinement.join_groups(self._entrances)  # to hide the others would take a privilege that Docker keeps
