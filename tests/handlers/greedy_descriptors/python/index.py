import errno
import os


def handler(event, context):
    held = []
    try:
        for _ in range(3000):
            held.append(os.open("/dev/null", os.O_RDONLY))
    except OSError as error:
        for descriptor in held:
            os.close(descriptor)
        return errno.errorcode[error.errno]
    return "nothing"
