"""A bootstrap for a zygote: be what would run if the interpreter were started with the arguments of the order."""

import os
import runpy
import sys


def prepare():
    """Load nothing ahead."""


def rehearse():
    """Touch nothing ahead."""


def run(environment, argv, working_directory):
    script = next(index for index, argument in enumerate(argv[1:], 1) if not argument.startswith("-"))
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = argv[script:]
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115  it is open until the end
    status = 0
    try:
        runpy.run_path(argv[script], run_name="__main__")
    except SystemExit as leaving:
        status = leaving.code or 0
    sys.stdout.flush()
    os._exit(status)
