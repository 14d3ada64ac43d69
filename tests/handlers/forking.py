"""A zygote without a sandbox, as a plain program: ``python3.N forking.py BOOTSTRAP``.

It loads a bootstrap by its path and says ``R`` on descriptor 3. For each order that comes there it forks a process, and
says how that ended.
"""

import importlib.util
import json
import os
import socket
import sys

DOOR = 3


def main() -> None:
    """Fork until the door closes."""
    specification = importlib.util.spec_from_file_location("bootstrap", sys.argv[1])
    assert specification is not None
    assert specification.loader is not None
    bootstrap = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(bootstrap)
    bootstrap.prepare()
    door = socket.socket(fileno=DOOR)
    door.set_inheritable(False)
    door.sendall(b"R")
    while length := door.recv(4, socket.MSG_WAITALL):
        order = json.loads(door.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL))
        pid = os.fork()
        if pid == 0:
            door.close()
            bootstrap.run(**order)
        _, status = os.waitpid(pid, 0)
        door.sendall(str(os.waitstatus_to_exitcode(status)).encode())


if __name__ == "__main__":
    main()
