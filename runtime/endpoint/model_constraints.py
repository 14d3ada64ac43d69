"""What botocore's model demands of the members of a call, held in AWS's sentences.

A client checks minima and required members itself, and little else: maxima, enumerations and patterns are for the
server. The model has them all, so they are not retyped. Left out is what Lambda answers in other words
(:data:`ELSEWHERE`), and where the model's bound is that of another kind of function the service says the lower one. AWS
lists an enumeration in an order of its own; where it was recorded it is kept (:data:`RECORDED_ORDER`), else it is the
model's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from runtime.endpoint.model import ListShape, MapShape, Operation, Shape, StringShape, StructureShape
from runtime.generation import TODAY
from runtime.services.constraints import Constraints

ELSEWHERE = frozenset({"FunctionName", "Runtime"})
"""A function is named in three ways, and a runtime is one of this machine's: the service checks both."""
RECORDED_ORDER = {"EventSourcePosition": ("LATEST", "AT_TIMESTAMP", "TRIM_HORIZON")}
UNICODE_CLASSES = {r"\p{L}\p{Z}\p{N}_": r"\w\s"}
"""Java's letters, separators and numbers; what Python has for them lets a few more signs pass."""


def check(operation: Operation, given: Mapping[str, Any]) -> None:
    """Raise ValidationException with everything in which the members of a call to today's Lambda break its model."""
    if (operation.service, operation.api_version) != ("lambda", TODAY.api_version) or operation.input_shape is None:
        return
    constraints = Constraints()
    _structure(constraints, operation.input_shape, given, "")
    constraints.refuse("ValidationException")


def _structure(constraints: Constraints, shape: StructureShape, given: Mapping[str, Any], path: str) -> None:
    for name, member in shape.members.items():
        place = f"{path}{name[0].lower()}{name[1:]}"
        value = given.get(name)
        if value is None:
            if name in shape.required_members:
                constraints.missing(place)
        elif name not in ELSEWHERE:
            _member(constraints, member, value, place)


def _member(constraints: Constraints, shape: Shape, value: Any, place: str) -> None:
    match shape:
        case StructureShape():
            _structure(constraints, shape, value, f"{place}.")
        case ListShape():
            _list(constraints, shape, value, place)
        case MapShape():
            _map(constraints, shape, value, place)
        case _:
            for rule in _broken(shape, value):
                constraints.violated(place, value, rule)


def _list(constraints: Constraints, shape: ListShape, items: list[Any], place: str) -> None:
    shown = f"[{', '.join(map(str, items))}]"
    for rule in _broken(shape, items):
        constraints.violated(place, shown, rule)
    if isinstance(shape.member, StructureShape):
        for number, item in enumerate(items, 1):
            if item is None:
                constraints.missing(f"{place}.{number}.member")
            else:
                _structure(constraints, shape.member, item, f"{place}.{number}.member.")
    elif any(item is None or list(_broken(shape.member, item)) for item in items):
        constraints.violated(place, shown, f"Member must satisfy constraint: {_all(shape.member)}")


def _map(constraints: Constraints, shape: MapShape, items: Mapping[str, Any], place: str) -> None:
    shown = "{" + ", ".join(f"{key}={value}" for key, value in items.items()) + "}"
    for rule in _broken(shape, items):
        constraints.violated(place, shown, rule)
    if any(list(_broken(shape.key, key)) for key in items):
        constraints.violated(place, shown, f"Map keys must satisfy constraint: {_all(shape.key)}")
    if any(value is None or list(_broken(shape.value, value)) for value in items.values()):
        constraints.violated(place, shown, f"Map value must satisfy constraint: {_all(shape.value)}")


def _all(shape: Shape) -> str:
    return f"[{', '.join([*(sentence for _, sentence in _rules(shape)), 'Member must not be null'])}]"


def _broken(shape: Shape, value: Any) -> Iterator[str]:
    """Yield the sentence of each rule that a value breaks."""
    for is_kept, sentence in _rules(shape):
        if not is_kept(value):
            yield sentence


def _rules(shape: Shape) -> Iterator[tuple[Any, str]]:
    if isinstance(shape, StringShape) and shape.enum:
        allowed = RECORDED_ORDER.get(shape.name, tuple(shape.enum))
        yield allowed.__contains__, f"Member must satisfy enum value set: [{', '.join(allowed)}]"
        return
    is_number = shape.type_name in ("integer", "long", "float", "double")
    measure = (lambda value: value) if is_number else len
    word = "value" if is_number else "length"
    largest, smallest = shape.metadata.get("max"), shape.metadata.get("min")
    if shape.type_name == "blob":
        return
    if largest is not None:
        yield lambda value: measure(value) <= largest, f"Member must have {word} less than or equal to {largest}"
    if smallest is not None and (smallest or is_number):
        yield lambda value: measure(value) >= smallest, f"Member must have {word} greater than or equal to {smallest}"
    if "pattern" in shape.metadata:
        pattern = _compiled(shape.metadata["pattern"])
        yield pattern.fullmatch, f"Member must satisfy regular expression pattern: {shape.metadata['pattern']}"


def _compiled(pattern: str) -> re.Pattern[str]:
    for java, python in UNICODE_CLASSES.items():
        pattern = pattern.replace(java, python)
    return re.compile(pattern)
