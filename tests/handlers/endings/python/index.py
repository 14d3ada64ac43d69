import ctypes
import sys
from datetime import UTC, datetime


def returns_nothing(event, context):
    pass


def returns_date(event, context):
    return datetime.now(UTC)


def raises(event, context):
    raise ValueError("bad")


def leaves(event, context):
    sys.exit(4)


def segfaults(event, context):
    ctypes.string_at(0)


def returns_too_much(event, context):
    return "x" * 7 * 1024 * 1024
