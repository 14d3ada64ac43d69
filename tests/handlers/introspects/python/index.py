import os
import pwd
import socket
from pathlib import Path


def handler(event, context):
    return {
        "directory": str(Path.cwd()),
        "user": pwd.getpwuid(os.getuid()).pw_name,
        "is_root": os.getuid() == 0,
        "interfaces": [name for _, name in socket.if_nameindex()],
        "tmp": [path.name for path in Path("/tmp").iterdir()],
        "function_name": os.environ.get("AWS_LAMBDA_FUNCTION_NAME"),
        "region": os.environ.get("AWS_REGION"),
        "has_session_token": bool(os.environ.get("AWS_SESSION_TOKEN")),
    }
