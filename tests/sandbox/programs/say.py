"""Run a line of Python that is handed over as an argument."""

import sys

exec(sys.argv[1])
