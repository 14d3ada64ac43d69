"""Print what the host promises to somebody who is not root. Arguments: the repository, a state directory."""

import os
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from runtime.errors import PlatformError
from runtime.sandbox import host

os.seteuid(65_534)
for promise in host.promises(Path(sys.argv[2])):
    print(promise.name, promise.mechanism, promise.remark)
try:
    host.require()
except PlatformError as error:
    print("refused:", error)
