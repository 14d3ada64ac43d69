"""What this host can enforce where it forbids namespaces: the mechanism of each promise, and what it lacks.

It tries, it does not guess (``probe.py``). The remark of each promise says exactly what differs from a host that makes
namespaces; a promise that nothing keeps has no mechanism.
"""

from __future__ import annotations

import functools
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

from runtime.errors import PlatformError
from runtime.sandbox import hierarchies
from runtime.sandbox import host as better
from runtime.sandbox.cgroup import Hierarchies
from runtime.sandbox.confined.landlock import ABI_NETWORK, ABI_SCOPES, ABI_TRUNCATE
from runtime.sandbox.confined.means import ConfinedMeans
from runtime.sandbox.confined.users import closed_ancestor
from runtime.sandbox.contract import Promise
from runtime.sandbox.nursery import PROJECT, isolated_python

_LANDLOCK_NEEDED = "Landlock (Linux 5.13 or newer, switched on: lsm=landlock,... on the kernel's command line)"
_BETTER_FILES = "mount, process, IPC and UTS namespaces on a read-only root"
_BETTER_NETWORK = "network namespace with loopback alone"
_BETTER_END = "the end of the whole process namespace"
_BETTER_PRIVILEGES = "process and user namespaces"
_BETTER_STORAGE = "loop-mounted ext4 of that size"
_BETTER_PIDS = "RLIMIT_NPROC of a user that only the sandbox has"


def obstacle() -> str:
    """Return why there can be no confined sandbox; empty if nothing stands in the way."""
    if platform.system() != "Linux" or platform.machine() not in better.MACHINES:
        return f"this is {platform.system()} on {platform.machine()}"
    found = findings()
    if found["seccomp"]:
        return f"seccomp filters cannot be installed ({found['seccomp']})"
    if found["children"]:
        return f"the kernel does not list the children of a process ({found['children']})"
    return ""


def means(found: Hierarchies, directory: Path) -> ConfinedMeans:
    """Decide by which means confined sandboxes are made here, given the cgroups that were found."""
    answers = findings()
    has_users = not _why_no_users(directory)
    lacking = frozenset(found.lacking)
    return ConfinedMeans(answers["landlock"], not answers["names"], has_users, lacking)


def promises(directory: Path) -> tuple[Promise, ...]:
    """Say for each promise which mechanism keeps it on this host."""
    if reason := obstacle():
        raise PlatformError(f"Sandboxes cannot be made here: {reason}.")
    found = hierarchies.find()
    chosen = means(found, directory)
    return (
        *(better.group_promise(name, found, chosen.emulated) for name in ("memory", "CPU share")),
        _processes(found, chosen),
        Promise("file descriptors", "RLIMIT_NOFILE"),
        _storage(),
        _time(chosen),
        _files(chosen),
        _privileges(chosen, directory),
        _network(chosen),
    )


@functools.cache
def findings() -> dict[str, Any]:
    """Run the probe once in the life of the runtime."""
    answer = subprocess.run(
        isolated_python("runtime.sandbox.confined.probe"),
        env={"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    answers: dict[str, Any] = json.loads(answer.stdout)
    return answers


def _why_no_users(directory: Path) -> str:
    """Return why sandboxes cannot have users of their own; empty if they can."""
    if os.geteuid() != 0:
        return "without root it has your user"
    if reason := findings()["user"]:
        return f"this root may not change its user ({reason})"
    for place in (directory / "sandbox", PROJECT / "runtime", Path(sys.prefix) / "lib", Path(sys.base_prefix) / "lib"):
        existing = next(path for path in (place, *place.parents) if path.exists())
        if closed := closed_ancestor(existing / "file"):
            return f"another user could not reach {place}: chmod o+x {closed}, or choose another --state"
    return ""


def _processes(found: Hierarchies, chosen: ConfinedMeans) -> Promise:
    promise = better.group_promise("processes and threads", found, chosen.emulated)
    if "pids" not in chosen.emulated:
        return promise
    if chosen.has_users:
        remark = "being full is taken for a breach, and missed if it lasts less than 20 ms"
        return Promise(promise.name, f"{_BETTER_PIDS}, breaches seen every 20 ms (emulated)", remark)
    if chosen.renames:
        remark = "being full is taken for a breach"
        return Promise(
            promise.name, "counted by the guardian at each fork, and refused (emulated)", remark, (_BETTER_PIDS,)
        )
    remark = (
        "RLIMIT_NPROC counts all that you run: whatever else you start afterwards leaves less for a function; "
        "being full is taken for a breach, and missed if it lasts less than 20 ms"
    )
    if os.geteuid() == 0:
        remark = "RLIMIT_NPROC does not hold for root: a fork bomb is ended when it is seen, after up to 20 ms or never"
        return Promise(promise.name, None, remark, (_BETTER_PIDS,))
    return Promise(promise.name, "RLIMIT_NPROC above what you run at the start (emulated)", remark, (_BETTER_PIDS,))


def _storage() -> Promise:
    remark = (
        "no disk of its own: a write that is too much is not refused, it is seen 20 ms later, and the more files there "
        "are the more seldom they are counted; what is written fills the disk under --state"
    )
    mechanism = "files counted every 20 ms, then the tree is killed (emulated)"
    return Promise("storage", mechanism, remark, (_BETTER_STORAGE,))


def _time(chosen: ConfinedMeans) -> Promise:
    remark = "it takes moments longer, because they are ended one by one"
    if "freezer" in chosen.emulated:
        remark += "; idle environments are stopped by signals (emulated)"
    mechanism = "deadline, then the end of everything that descends from the sandbox's guardian"
    return Promise("time", mechanism, remark, (_BETTER_END,))


def _files(chosen: ConfinedMeans) -> Promise:
    alternatives = (_BETTER_FILES,)
    if not chosen.landlock:
        remark = f"a function can read and write what {_whose(chosen)} can; it takes {_LANDLOCK_NEEDED}"
        return Promise("files", None, remark, alternatives)
    remarks = [
        "that a file exists, and names in /usr and in the language's directory, can be found out",
        "a child process cannot read its own /proc",
    ]
    if chosen.has_users:
        remarks.append("everybody must be allowed to pass the directories above its files")
    else:
        remarks.append("modes and times of your files can be changed, their content cannot")
    if chosen.landlock < ABI_TRUNCATE:
        remarks.append("truncate is denied to functions, because this Landlock does not restrict it")
    remarks.append(f"namespaces would do better, but {better.obstacle()}")
    mechanism = f"Landlock {chosen.landlock}"
    if chosen.renames:
        mechanism += ", names changed in system calls (so /tmp is its own)"
        remarks.append("links in a package that begin with /var/task or /tmp lead nowhere")
    else:
        why = findings()["names"]
        remarks.append(
            f"/tmp, /var/task and the other places of Lambda are found through variables only (TMPDIR, "
            f"LAMBDA_TASK_ROOT); who writes to /tmp by that name is refused: names cannot be changed here ({why})"
        )
    return Promise("files", mechanism, "; ".join(remarks), alternatives)


def _whose(chosen: ConfinedMeans) -> str:
    return "that user" if chosen.has_users else "you"


def _privileges(chosen: ConfinedMeans, directory: Path) -> Promise:
    remarks = [
        "that other processes exist can be found out",
        "setuid programs and devices of this machine can be named, and gain nothing",
    ]
    if os.geteuid() != 0:
        remarks.append("the bounding set of capabilities stays what it was, though none can be gained")
    if not chosen.has_users:
        remarks.append(f"outside, the sandbox's user is you ({_why_no_users(directory)})")
    if chosen.landlock < ABI_SCOPES and not chosen.has_users:
        remarks.append(f"single processes of yours can be sent signals, which Landlock {ABI_SCOPES} would deny")
    users = "a user that only the sandbox has, " if chosen.has_users else ""
    mechanism = f"{users}no capabilities, no new privileges, seccomp, Landlock {chosen.landlock}"
    return Promise("privileges", mechanism, "; ".join(remarks), (_BETTER_PRIVILEGES,))


def _network(chosen: ConfinedMeans) -> Promise:
    alternatives = (_BETTER_NETWORK,)
    if chosen.landlock < ABI_NETWORK:
        remark = (
            "a function can connect by TCP to whatever this machine can reach; Landlock 4 (Linux 6.7) would deny it. "
            "UDP and Unix sockets are denied"
        )
        return Promise("network", None, remark, alternatives)
    remark = (
        "the two ports may also be tried on other machines; the listeners are on this machine's loopback, where its "
        "other programs reach them too; its interfaces can be listed; Unix sockets exist in pairs only"
    )
    return Promise(
        "network",
        f"Landlock {chosen.landlock}: TCP to its own ports, none bound; seccomp: no UDP",
        remark,
        alternatives,
    )
