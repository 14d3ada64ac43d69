"""Handlers that write and log."""

import logging
import os
import sys

LOG = logging.getLogger("own")


def lines(event, context):
    print("one")
    print("two\nthree", end="")
    print()
    print("Grüße ✓ 💡")


def half_a_line(event, context):
    print("no end", end="")


def to_standard_error(event, context):
    print("beside", file=sys.stderr)


def to_its_descriptor(event, context):
    os.write(1, b"raw \xff bytes\n")


def at_every_level(event, context):
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL):
        LOG.log(level, "at %s", level)


def at_a_level_of_its_own(event, context):
    logging.getLogger().setLevel(logging.INFO)
    LOG.info("now\tseen\nand more")


def what_was_caught(event, context):
    try:
        int("x")
    except ValueError:
        LOG.exception("caught")


def with_the_context(event, context):
    context.log("with the context\n")
