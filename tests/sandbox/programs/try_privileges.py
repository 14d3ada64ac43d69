"""Try to become more than one is; print one JSON object of what the kernel answered."""

# ruff: noqa: PTH123, PTH208

import ctypes
import errno
import json
import os
import resource
import signal
import socket

libc = ctypes.CDLL(None, use_errno=True)


ABOUT_ONESELF = ("auxv", "environ", "io", "maps", "mem", "oom_score_adj", "stack", "status")


def call(name, *arguments):
    """Make a C library call; return "allowed" or the name of the error."""
    ctypes.set_errno(0)
    if getattr(libc, name)(*arguments) != -1:
        return "allowed"
    return errno.errorcode[ctypes.get_errno()]


def attempt(action):
    try:
        action()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "allowed"


def status():
    with open("/proc/self/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def clone(flags):
    """Fork with namespace flags; the number of clone is 56 on x86_64 and 220 on aarch64."""
    ctypes.set_errno(0)
    number = 56 if os.uname().machine == "x86_64" else 220
    pid = libc.syscall(number, flags | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    return "allowed" if pid > 0 else errno.errorcode[ctypes.get_errno()]


def mounts_without(option):
    with open("/proc/self/mountinfo") as file:
        return [fields[4] for fields in map(str.split, file) if option not in fields[5].split(",")]


def processes():
    try:
        return sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
    except OSError as error:
        return errno.errorcode[error.errno]


print(
    json.dumps(
        {
            "mounts that allow setuid": mounts_without("nosuid"),
            "mounts that allow devices": mounts_without("nodev"),
            "limits": [
                resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in ("NOFILE", "CORE", "RTPRIO")
            ],
            "capabilities": {name: value for name, value in status().items() if name.startswith("Cap")},
            "no new privileges": status()["NoNewPrivs"],
            "seccomp": status()["Seccomp"],
            "groups": os.getgroups(),
            "of oneself": {
                name: attempt(lambda name=name: open(f"/proc/self/{name}").close()) for name in ABOUT_ONESELF
            },
            "become root": attempt(lambda: os.setuid(0)),
            "unshare user": call("unshare", 0x10000000),
            "unshare network": call("unshare", 0x40000000),
            "clone user": clone(0x10000000),
            "clone mount": clone(0x00020000),
            "mount": call("mount", b"none", b"/tmp", b"tmpfs", 0, None),
            "unmount": call("umount2", b"/proc", 2),
            "chroot": attempt(lambda: os.chroot("/tmp")),
            "ptrace process 1": call("ptrace", 16, 1, 0, 0),
            "ptrace parent": call("ptrace", 16, os.getppid(), 0, 0),
            "kill process 1": attempt(lambda: os.kill(1, signal.SIGKILL)),
            "device": attempt(lambda: os.mknod("/tmp/disk", 0o060666, os.makedev(254, 0))),
            "raw socket": attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)),
            "packet socket": attempt(lambda: socket.socket(17, socket.SOCK_RAW)),
            "vsock": attempt(lambda: socket.socket(40, socket.SOCK_STREAM)),
            "fifo": attempt(lambda: os.mkfifo("/tmp/fifo")),
            "sysctl": attempt(lambda: open("/proc/sys/kernel/hostname", "w").close()),
            "oom score": attempt(lambda: open("/proc/self/oom_score_adj", "w").close()),
            "processes": processes(),
            "me": os.getpid(),
        }
    )
)
