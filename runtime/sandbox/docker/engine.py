"""Docker Engine behind a few verbs, each of which does it or says in plain words why not, within half a minute.

Which engine: the one that ``DOCKER_HOST`` names, else the one of this machine. Every call blocks, so call it in a
thread. The library is imported when it is first needed: whoever uses another backend does without. Source: the Engine
API 1.41, https://docs.docker.com/reference/api/engine/version/v1.41/.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from runtime.errors import PlatformError
from runtime.sandbox.docker.places import IMAGE, OWNER_LABEL

if TYPE_CHECKING:
    import docker

ANSWER_SECONDS = 30
_REMOVAL_SECONDS = 20.0
_STEP_SECONDS = 0.005
_IN_REMOVAL = 409
BUILD_IT = "Make it: python -m runtime image build (--base-from-packages where no image can be pulled)."
START_IT = "Start Docker Engine (sudo systemctl start docker), or choose another --backend."


class Engine:
    """The engine, which may come and go: nothing is held of it between two calls."""

    def __init__(self) -> None:
        self._api = "auto"
        """Which version of the API it speaks, once that is known."""

    def version(self) -> str:
        """Return the engine's version."""
        with self.asked("say its version") as client:
            return str(client.version()["Version"])

    def generation(self) -> str:
        """Return which generation of cgroups it uses: ``1`` or ``2``."""
        with self.asked("say what it uses") as client:
            return str(client.info().get("CgroupVersion", "1"))

    def image(self) -> Mapping[str, Any]:
        """Return what the engine knows about the image; refuse with the remedy if it is not there."""
        with self.asked("look for the image") as client:
            found: Mapping[str, Any] = client.inspect_image(IMAGE)  # type: ignore[no-untyped-call]
            return found

    def create(self, name: str, configuration: Mapping[str, Any]) -> str:
        """Make a container that does not run yet; return its id."""
        with self.asked("create a container") as client:
            made = client.create_container_from_config(dict(configuration), name)  # type: ignore[no-untyped-call]
            return str(made["Id"])

    def start(self, container: str) -> None:
        with self.asked("start a container") as client:
            client.start(container)

    def remove(self, container: str) -> None:
        """Kill and remove a container, and wait until nothing of it is left; one that has gone is no error."""
        deadline = time.monotonic() + _REMOVAL_SECONDS
        while self._is_there(container):
            if time.monotonic() > deadline:
                raise PlatformError(f"Docker Engine has not removed the container {container} in {_REMOVAL_SECONDS} s.")
            time.sleep(_STEP_SECONDS)

    def owners(self) -> dict[str, str]:
        """Return the containers of all runtimes, each with the mark of its own."""
        with self.asked("list containers") as client:
            listed = client.containers(all=True, filters={"label": OWNER_LABEL})
            return {container["Id"]: container["Labels"][OWNER_LABEL] for container in listed}

    def _is_there(self, container: str) -> bool:
        """Ask for the removal; say whether it may not have happened yet."""
        from docker.errors import APIError, NotFound

        with self.asked("remove a container") as client:
            try:
                client.remove_container(container, force=True, v=True)
            except NotFound:
                return False
            except APIError as error:
                if error.status_code != _IN_REMOVAL:
                    raise
            return True

    @contextmanager
    def asked(self, what: str) -> Iterator[docker.APIClient]:
        """Yield a client for a moment; say in our words what goes wrong."""
        import docker
        from docker.errors import APIError, DockerException, ImageNotFound
        from docker.utils import kwargs_from_env

        try:
            # Not one for all calls: it would keep a connection for each path, and every container has paths of its own.
            client = docker.APIClient(version=self._api, timeout=ANSWER_SECONDS, **kwargs_from_env())
            self._api = client.api_version
            with closing(client):
                yield client
        except ImageNotFound as error:
            raise PlatformError(f"The image {IMAGE} of the sandboxes is not there. {BUILD_IT}") from error
        except APIError as error:
            raise PlatformError(f"Docker Engine could not {what}: {error.explanation or error}") from error
        except (DockerException, OSError) as error:  # the latter: what the library asks with
            raise PlatformError(f"Docker Engine does not answer ({_reason(error)}). {START_IT}") from error


def _reason(error: BaseException) -> str:
    """Return what lies at the bottom of nested errors."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return str(error)
