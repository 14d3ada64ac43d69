"""The files of a sandbox: a root that is put together mount by mount, read-only but for ``/tmp``.

It holds the operating system's ``/usr`` without what this machine's administrator or the lab added to it
(``/usr/local``, Python packages), an ``/etc`` that names nobody of the host, the harmless devices, the sandbox's own
``/proc``, and the mounts of its mold and its own. Nothing is copied: everything is a bind mount in a mount namespace
that dies with the sandbox.

It happens in three steps, each as root of the namespace. :func:`build_root`: what all sandboxes of a mold have in
common; done once by the launcher, whose namespace is then copied, or for each sandbox where copies may not be changed
(user namespaces). :func:`furnish`: what each has for itself. :func:`admit`: its own mounts, once somebody has asked for
it. Where these cannot be handed over as descriptors (user namespaces, Linux before 5.12), the host's files lie until
then behind a directory that only root may pass, and no program runs but one of ours that waits.
"""

from __future__ import annotations

# Plain calls instead of pathlib, which would be memory that every fork pays for:
# ruff: noqa: PTH101, PTH103, PTH106, PTH110, PTH112, PTH114, PTH115, PTH120, PTH123, PTH207, PTH208, PTH211
import errno
import glob
import os
from collections.abc import Sequence

from runtime.sandbox import configuration, libc
from runtime.sandbox.recipe import Particulars, Recipe

SYSTEM_LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
HIDDEN = (
    "/usr/local",
    "/usr/lib/python3*/dist-packages",
    "/usr/lib/python3*/site-packages",
    "/usr/lib64/python3*/site-packages",
)
PLACES = ("/var/task/lib", "/var/runtime", "/var/lang", "/opt", "/tmp", "/proc", "/dev", "/etc", "/run")
"""The dynamic linker never looks again into a directory that was not there when it looked first, and in what is started
ahead of its function it looks into the function's ``lib`` before that is there."""
OUTSIDE = "/mnt/host"
"""Where the host's files lie until the sandbox is admitted."""
OURS = "/mnt/lambda-lab"
"""What the modules of this project are called until then: a stack that a function sees tells nothing of the host."""
SHARED_CONFIGURATION = (
    "alternatives", "fonts", "ImageMagick-6", "ImageMagick-7", "ld.so.cache", "magic", "mime.types", "os-release",
    "protocols", "services", "ssl/certs", "ssl/openssl.cnf", "debian_version",
)  # fmt: skip
"""What of the host's ``/etc`` is public and that programs look for. No passwords, keys, users or names of the host."""
DEVICES = ("null", "zero", "full", "random", "urandom")
_BYTES_FOR_EACH_FILE = 16_384  # as many as an ext4 of that size can hold
_ROOM_TO_SEE_THE_END_BYTES = 4 << 20  # so that a tmpfs which holds just what was promised is not taken for a full one
SECRETS_OF_PROC = ("kcore", "keys", "key-users", "kmsg", "sysrq-trigger", "timer_list", "sched_debug", "kpagecount")

_DISK_OPTIONS = "noinit_itable,nobarrier"
"""Nothing in /tmp outlives the sandbox, so ``fsync`` need not reach the host's disk: whoever waits for that cannot be
killed, and was once 8 s late at its deadline."""
_DISK_FLAGS = libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOATIME
_PROC_FLAGS = libc.MS_RDONLY | libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC


def build_root(recipe: Recipe) -> None:
    """Put together what all sandboxes of a mold have in common, and move into it."""
    libc.mount("", "/", flags=libc.MS_REC | libc.MS_PRIVATE)
    root = recipe.scaffold
    libc.mount("root", root, "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, "mode=755,size=2m,nr_inodes=2048")
    for place in PLACES:
        os.makedirs(root + place)
    _bind_system(root, recipe)
    _write_configuration(root, recipe)
    _bind_devices(root)
    for source, target in recipe.mounts:
        if os.path.realpath(root + target) != root + target:
            raise OSError(errno.ELOOP, f"the mount point {target} lies behind a symbolic link or is not a plain path")
        _bind(source, root + target, recipe)
    _move_into(root)


def furnish(recipe: Recipe, particulars: Particulars, disk: int | None) -> int | None:
    """Give a sandbox what it has for itself: its name, its disk, its processes.

    Return the directory of all processes if process 1 has duties that need it.
    """
    _write_names(recipe, particulars)
    processes = _open_processes("/proc") if recipe.has_duties else None
    _mount_proc()
    _mount_disk(particulars, disk)
    return processes


def admit(targets: list[str], sources: Sequence[str | int], recipe: Recipe) -> None:
    """Attach a sandbox's own mounts, from descriptors or from paths of the host, and close every way to the host."""
    for target, source in zip(targets, sources, strict=True):
        if os.path.realpath(target) != target or not os.path.isdir(target):
            raise OSError(errno.ENOENT, f"{target} is no directory that every sandbox has")
        if isinstance(source, int):
            libc.attach_mount(source, target)
            os.close(source)
        else:
            _bind(OUTSIDE + source, target, recipe)
    if not recipe.hands_over_mounts:
        close_outside()


def close_outside() -> None:
    """Give up every way to the host's files."""
    libc.unmount(OUTSIDE, libc.MNT_DETACH)


def _bind_system(root: str, recipe: Recipe) -> None:
    _bind("/usr", root + "/usr", recipe)
    for name in SYSTEM_LINKS:
        if os.path.islink(f"/{name}"):
            os.symlink(os.readlink(f"/{name}"), f"{root}/{name}")
        elif os.path.isdir(f"/{name}"):
            _bind(f"/{name}", f"{root}/{name}", recipe)
    for pattern in HIDDEN:
        for directory in glob.glob(pattern):
            if not os.path.islink(directory):
                _cover(root + directory)


def _cover(directory: str) -> None:
    """Put an empty directory over one that must not be seen."""
    flags = libc.MS_RDONLY | libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC
    libc.mount("hidden", directory, "tmpfs", flags, "mode=755,size=4k,nr_inodes=2")


def _write_configuration(root: str, recipe: Recipe) -> None:
    for name in configuration.OF_EACH:
        os.symlink(f"/run/{name}", f"{root}/etc/{name}")
    for name, text in configuration.of_all(recipe.user, recipe.gid):
        _write(f"{root}/etc/{name}", text)
    for name in SHARED_CONFIGURATION:
        if os.path.exists(f"/etc/{name}"):
            _bind(os.path.realpath(f"/etc/{name}"), f"{root}/etc/{name}", recipe)


def _bind_devices(root: str) -> None:
    for name in DEVICES:
        _touch(f"{root}/dev/{name}")
        libc.mount(f"/dev/{name}", f"{root}/dev/{name}", flags=libc.MS_BIND)
    os.symlink("/proc/self/fd", root + "/dev/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"{root}/dev/{name}")


def _write_names(recipe: Recipe, particulars: Particulars) -> None:
    """Write the files in which a sandbox finds its own name and that of its user."""
    flags = libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC
    libc.mount("name", "/run", "tmpfs", flags, "mode=755,size=16k,nr_inodes=5")
    for name, text in configuration.of_each(particulars.hostname, recipe.user, particulars.uid, recipe.gid):
        _write(f"/run/{name}", text)
    libc.mount("", "/run", flags=libc.MS_REMOUNT | libc.MS_BIND | libc.MS_RDONLY | flags)


def _mount_disk(particulars: Particulars, disk: int | None) -> None:
    """Mount what becomes ``/tmp``: empty unless it is inherited, writable for all, programs in it may run."""
    if disk is not None:
        mount_disk(f"/proc/self/fd/{disk}", "/tmp", is_new=particulars.is_disk_new)
    else:
        libc.mount("tmp", "/tmp", "tmpfs", _DISK_FLAGS, memory_disk_options(particulars.disk_bytes))


def mount_disk(device: str, place: str, *, is_new: bool) -> None:
    """Mount a disk that is to be somebody's ``/tmp``."""
    libc.mount(device, place, "ext4", _DISK_FLAGS, _DISK_OPTIONS)
    if is_new:
        _prepare_disk(place)


def memory_disk_options(size_bytes: int) -> str:
    """Return the options of the tmpfs that stands in for a disk of this size."""
    size = size_bytes + _ROOM_TO_SEE_THE_END_BYTES
    return f"mode=1777,size={size},nr_inodes={size_bytes // _BYTES_FOR_EACH_FILE}"


def _prepare_disk(place: str) -> None:
    if (found := os.listdir(place)) != ["lost+found"]:
        raise OSError(errno.ENOTEMPTY, f"the new disk holds {found}, as if somebody had used it")
    os.rmdir(f"{place}/lost+found")
    os.chmod(place, 0o1777)


def _bind(source: str, target: str, recipe: Recipe) -> None:
    """Show a file or directory of the host at a place inside, making the place if it is not there."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    elif not os.path.exists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        _touch(target)
    if recipe.in_user_namespace:
        libc.bind_tree_read_only(source, target)
    else:
        libc.bind_read_only(source, target)


def _open_processes(place: str) -> int:
    """Open this namespace's processes, hidden ones too, as a directory that only the holder of the descriptor reaches.

    It is mounted for a moment where ``/proc`` will be; then the descriptor alone keeps it.
    """
    libc.mount("proc", place, "proc", _PROC_FLAGS)
    directory = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    libc.unmount(place, libc.MNT_DETACH)
    return directory


def _mount_proc() -> None:
    """Mount the processes of this sandbox, read-only; process 1, which cannot be looked into, is invisible."""
    libc.mount("proc", "/proc", "proc", _PROC_FLAGS, "hidepid=2")
    for name in SECRETS_OF_PROC:
        if os.path.exists(f"/proc/{name}"):
            libc.mount("/dev/null", f"/proc/{name}", flags=libc.MS_BIND)


def _move_into(root: str) -> None:
    """Make the new root the root, and leave the old one behind a directory that only root may pass."""
    outside = root + OUTSIDE
    os.makedirs(outside)
    os.symlink(OUTSIDE + os.path.realpath(__file__).rpartition("/runtime/")[0], root + OURS)
    os.chmod(os.path.dirname(outside), 0)
    os.chdir(root)
    libc.pivot_root(".", f".{OUTSIDE}")
    os.chdir("/")
    flags = libc.MS_RDONLY | libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC
    libc.mount("", "/", flags=libc.MS_REMOUNT | libc.MS_BIND | flags)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _touch(path: str) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o644))
