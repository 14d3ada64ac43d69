"""The trivial handler, as a program: it answers the event it is started with."""

import json
import sys


def handler(event: object) -> object:
    return event


print(json.dumps(handler(json.loads(sys.argv[1]))), flush=True)
