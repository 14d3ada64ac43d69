"""Give a user cgroups of his own, so that the kernel keeps the limits for a runtime without root too.

*Theory of operation.* Root runs ``python -m runtime delegate USER``. In each hierarchy a directory
``lambda-lab.<uid>`` is made that belongs to the user; ``hierarchies.find`` prefers it when he looks. What root sets
there (``pids.max``, say) limits all his sandboxes together.

On the first generation that is all: whoever may write to a directory may make groups in it and put his own processes
into them. On the second the kernel also wants rights in a group above both where a process comes from and where it
goes. So the user's shell, and with it what he starts from there, is moved into ``lambda-lab.<uid>/shells``. Where
systemd rules the second generation it alone should divide it; then nothing is touched and it is said what to tell it.

Both verbs may be repeated. Groups live in the kernel's memory: after a restart of the machine there are none.
"""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import PlatformError
from runtime.sandbox.cgroup import PARENT, Hierarchies, members_of, pass_on
from runtime.sandbox.cgroup_v1 import GroupV1
from runtime.sandbox.cgroup_v2 import GroupV2
from runtime.sandbox.control_files import write
from runtime.sandbox.hierarchies import MOUNTS, Mounted, belonging_to, mounted

SHELLS = "shells"
SYSTEMD = Path("/run/systemd/system")
WANTED = frozenset({"cpu", "memory", "pids"})

_HANDED_OVER = ("cgroup.procs", "cgroup.threads", "cgroup.subtree_control")
"""What a delegated group's owner may write, besides the directory (the kernel's ``cgroup-v2.rst``, "Delegation")."""
_LASTS = "It lasts until this machine is restarted; run the same command again then."
_ASK_SYSTEMD = """systemd rules the cgroups of this host, and it alone should divide them. Let it give users their own:

    mkdir -p /etc/systemd/system/user@.service.d
    printf '[Service]\\nDelegate=cpu memory pids\\n' > /etc/systemd/system/user@.service.d/lambda-lab.conf
    systemctl daemon-reload

{user} then logs out and in again, and starts the lab in a group of his own:

    systemd-run --user --scope make lab

That survives a restart of this machine. Nothing has been changed now."""
_OCCUPIED = (
    "{place} passes its controllers on to no group while processes are in it directly, as in many containers. "
    "Move them first: mkdir -p {place}/others; for p in $(cat {place}/cgroup.procs); do echo $p > "
    "{place}/others/cgroup.procs; done"
)


@dataclass(frozen=True, slots=True)
class Grounds:
    """Where on this host groups can be delegated: the first generation, or else the second."""

    hierarchies: tuple[Mounted, ...]
    is_second_generation: bool

    def found(self, uid: int) -> Hierarchies:
        """Return the verbs for what belongs to a user."""
        kind = GroupV2 if self.is_second_generation else GroupV1
        tops = {name: belonging_to(uid, each.place) for each in self.hierarchies for name in each.controllers}
        present = {name: top for name, top in tops.items() if top.is_dir()}
        return Hierarchies(kind.mechanism, present, kind, tuple(tops))


def delegate(user: str, process: int | None = None, mounts: Path = MOUNTS, systemd: Path = SYSTEMD) -> Iterator[str]:
    """Make a user's groups; say, step by step, what was done. ``process``: whom to move instead of the user's shell."""
    account = _account(user)
    grounds = _grounds(mounts)
    if grounds.is_second_generation and systemd.is_dir():
        raise PlatformError(_ASK_SYSTEMD.format(user=account.pw_name))
    for hierarchy in grounds.hierarchies:
        yield _hand_over(hierarchy, account)
    if lacking := WANTED - {name for each in grounds.hierarchies for name in each.controllers}:
        yield f"Not offered by this kernel or container: {', '.join(sorted(lacking))}. These limits stay emulated."
    if grounds.is_second_generation:
        shells = belonging_to(account.pw_uid, grounds.hierarchies[0].place) / SHELLS
        yield _move(shells, _own_process(account.pw_uid) if process is None else process, account)
    yield f"{_LASTS} `python -m runtime doctor`, run by {account.pw_name}, says which limits the kernel keeps for him."


def withdraw(user: str, mounts: Path = MOUNTS) -> Iterator[str]:
    """Remove a user's groups again; raise :class:`PlatformError` while a runtime of his uses them."""
    account = _account(user)
    grounds = _grounds(mounts)
    found = grounds.found(account.pw_uid)
    if not found.tops:
        yield f"Nothing has been delegated to {account.pw_name}."
        return
    found.remove_stale()
    found.remove_parent()
    tops = list(dict.fromkeys(found.tops.values()))
    if used := [top for top in tops if (top / PARENT).is_dir()]:
        raise PlatformError(f"A runtime of {account.pw_name} still uses {used[0]}. Stop it, then run this again.")
    for top in tops:
        if (top / SHELLS).is_dir():
            for pid in members_of(top / SHELLS / "cgroup.procs"):
                write(top.parent / "cgroup.procs", pid)
            _remove(top / SHELLS)
        _remove(top)
        yield f"Removed {top}."


def _account(user: str) -> pwd.struct_passwd:
    if os.geteuid() != 0:
        raise PlatformError(f"Only root may delegate cgroups: sudo {sys.executable} -m runtime delegate {user}")
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        raise PlatformError(f"There is no user {user} on this machine.") from None
    if account.pw_uid == 0:
        raise PlatformError("Root needs no cgroups of his own: every one is his. Name the user who runs the lab.")
    return account


def _grounds(mounts: Path) -> Grounds:
    """Choose as ``hierarchies.find`` does: the first generation where it has a controller that we need."""
    writable = [each for each in mounted(mounts) if os.access(each.place, os.W_OK) and _is_writable(each.place)]
    first = tuple(each for each in writable if not each.is_second_generation)
    if any(each.controllers & WANTED for each in first):
        return Grounds(first, is_second_generation=False)
    second = tuple(each for each in writable if each.is_second_generation)
    if second:
        return Grounds(second[:1], is_second_generation=True)
    raise PlatformError(
        "No cgroup hierarchy can be written to here: /proc/self/mountinfo lists none, or only read-only ones, as in "
        "most containers. Start the container with --privileged and --cgroupns=private, or delegate on the host itself."
    )


def _is_writable(place: Path) -> bool:
    return not os.statvfs(place).f_flag & os.ST_RDONLY


def _hand_over(hierarchy: Mounted, account: pwd.struct_passwd) -> str:
    top = belonging_to(account.pw_uid, hierarchy.place)
    existed = top.is_dir()
    if hierarchy.is_second_generation:
        _pass_on(hierarchy)
    top.mkdir(exist_ok=True)
    groups = [top]
    if hierarchy.is_second_generation:
        (top / SHELLS).mkdir(exist_ok=True)
        groups.append(top / SHELLS)
    for group in groups:
        os.chown(group, account.pw_uid, account.pw_gid)
        for file in (group / name for name in _HANDED_OVER):
            if hierarchy.is_second_generation and file.exists():
                os.chown(file, account.pw_uid, account.pw_gid)
    names = ", ".join(sorted(hierarchy.controllers))
    return f"{'Already there' if existed else 'Made'}: {top} ({names}), which belongs to {account.pw_name}."


def _pass_on(hierarchy: Mounted) -> None:
    try:
        pass_on(hierarchy.place, hierarchy.controllers & WANTED)
    except PlatformError as error:
        if (hierarchy.place / "cgroup.procs").read_text().strip():
            raise PlatformError(_OCCUPIED.format(place=hierarchy.place)) from error
        raise


def _own_process(uid: int) -> int | None:
    """Return the nearest process above us that belongs to the user: the shell from which he called ``sudo``."""
    pid = os.getppid()
    while pid > 1:
        if _owner(pid) == uid:
            return pid
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return None


def _move(shells: Path, pid: int | None, account: pwd.struct_passwd) -> str:
    way = f"echo PID > {shells}/cgroup.procs"
    if pid is None:
        return (
            f"No process of {account.pw_name} was moved. A runtime can use the groups only from inside them: name his "
            f"shell or JupyterLab with --process PID, or run as root: {way}"
        )
    if _owner(pid) != account.pw_uid:
        raise PlatformError(f"There is no process {pid} of {account.pw_name}; only his own may be moved.")
    write(shells / "cgroup.procs", pid)
    return f"Moved process {pid}: what it starts from now on can use the groups. For another one, as root: {way}"


def _owner(pid: int) -> int | None:
    try:
        return Path(f"/proc/{pid}").stat().st_uid
    except FileNotFoundError:
        return None


def _remove(directory: Path) -> None:
    try:
        directory.rmdir()
    except OSError as error:
        raise PlatformError(f"The cgroup {directory} could not be removed: {error.strerror}.") from error
