"""Handlers that raise."""


class OwnError(Exception):
    """An exception of the function's own."""


class UnspeakableError(Exception):
    """An exception that cannot be written."""

    def __str__(self):
        raise RuntimeError("no words")


def an_error(event, context):
    raise ValueError("m")


def without_a_message(event, context):
    raise ValueError


def of_its_own(event, context):
    raise OwnError("own", 1)


def with_a_cause(event, context):
    try:
        {}["key"]
    except KeyError as error:
        raise RuntimeError("caused") from error


def a_key_error(event, context):
    return {}["key"]


def deep_inside(event, context):
    return _deeper(event)


def _deeper(event):
    return event["nothing"]["here"]


def with_lines(event, context):
    raise ValueError("one\ntwo\tthree\r four")


def in_other_letters(event, context):
    raise ValueError("Grüße ✓ 💡")


def half_a_pair(event, context):
    raise ValueError("\ud83d")


def a_group(event, context):
    raise ExceptionGroup("both", [ValueError("a"), TypeError("b")])


def with_a_note(event, context):
    error = ValueError("noted")
    error.add_note("a note")
    raise error


def an_unspeakable_one(event, context):
    raise UnspeakableError


def a_class_of_inside(event, context):
    class InnerError(Exception):
        pass

    raise InnerError("inner")


def an_end_of_iteration(event, context):
    return next(iter([]))


def a_long_message(event, context):
    raise ValueError("long " * 20_000)


def for_want_of_an_argument(event):
    return event
