from pathlib import Path


def is_writable(path):
    try:
        Path(path).write_text("x")
    except OSError:
        return False
    return True


def handler(event, context):
    return [path for path in event if is_writable(path)]
