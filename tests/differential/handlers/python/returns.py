"""Handlers that return, whatever it is."""

import datetime
import decimal

CIRCLE: list = []
CIRCLE.append(CIRCLE)


def its_event(event, context):
    return event


def nothing(event, context):
    return None


def text(event, context):
    return "Grüße ✓ 💡 \u2028 \"'\\ \x00 \x7f"


def numbers(event, context):
    return [0, -1, 1.5, 1e300, 10**40, True]


def not_a_number(event, context):
    return [float("nan"), float("inf"), float("-inf")]


def a_decimal(event, context):
    return {"price": decimal.Decimal("1.10")}


def a_tuple(event, context):
    return {"pair": (1, 2)}


def keys_of_all_kinds(event, context):
    return {1: "one", None: "none", False: "false", 1.5: "half"}


def a_key_that_is_no_key(event, context):
    return {(1, 2): "pair"}


def some_bytes(event, context):
    return b"\x00\xffraw"


def a_date(event, context):
    return {"now": datetime.datetime(2014, 11, 13)}


def a_set(event, context):
    return {1}


def itself(event, context):
    return its_event


def a_circle(event, context):
    return CIRCLE


def half_a_pair(event, context):
    return "\ud83d"


def a_generator(event, context):
    yield 1


async def a_coroutine(event, context):
    return 1


def what_looks_like_an_error(event, context):
    return {"errorMessage": "not one", "errorType": "NoError"}


def an_empty_text(event, context):
    return ""


def the_identity(event, context):
    return [type(context.identity).__name__, context.client_context, context.tenant_id]


def too_much(event, context):
    return "x" * (6 * 1024 * 1024 + 200)


NOT_CALLABLE = 5
