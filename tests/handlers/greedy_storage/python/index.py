import errno


def handler(event, context):
    megabyte = b"x" * 1024 * 1024
    try:
        with open("/tmp/heap", "wb", buffering=0) as file:
            written = 0
            while written < 600 * len(megabyte):
                written += file.write(megabyte)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "nothing"
