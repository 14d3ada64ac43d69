"""Handlers whose process ends, or that never come to an end."""

import os
import signal
import sys
import time


def at_once(event, context):
    sys.exit()


def with_three(event, context):
    sys.exit(3)


def with_a_text(event, context):
    sys.exit("a text")


def without_cleaning_up(event, context):
    os._exit(7)


def with_an_interrupt(event, context):
    raise KeyboardInterrupt


def killed(event, context):
    os.kill(os.getpid(), signal.SIGKILL)


def by_a_fault(event, context):
    os.kill(os.getpid(), signal.SIGSEGV)


def aborted(event, context):
    signal.signal(signal.SIGABRT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGABRT)


def terminated(event, context):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(1)


def never(event, context):
    time.sleep(60)
