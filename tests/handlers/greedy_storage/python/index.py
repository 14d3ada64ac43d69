import errno
from pathlib import Path


def handler(event, context):
    megabyte = b"x" * 1024 * 1024
    try:
        with Path("/tmp/heap").open("wb", buffering=0) as file:
            written = 0
            while written < 600 * len(megabyte):
                written += file.write(megabyte)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "nothing"
