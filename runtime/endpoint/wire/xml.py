"""Shapes as XML elements, for the two protocols that speak it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from runtime.endpoint.model import ListShape, MapShape, Shape, StructureShape
from runtime.endpoint.wire import text

DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def from_element(shape: Shape, element: Element) -> Any:
    """Return the value of an element, in the types that the shape says."""
    match shape:
        case StructureShape():
            return _structure(shape, element)
        case ListShape():
            return [from_element(shape.member, item) for item in element]
        case MapShape():
            return dict(_pair(shape, entry) for entry in element)
    return text.from_text(shape, element.text or "")


def _structure(shape: StructureShape, element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        children = [child for child in element if _tag(child) == element_name(name, member)]
        if not children:
            continue
        if isinstance(member, ListShape) and member.serialization.get("flattened"):
            found[name] = [from_element(member.member, child) for child in children]
        else:
            found[name] = from_element(member, children[0])
    return found


def _pair(shape: MapShape, entry: Element) -> tuple[Any, Any]:
    parts = {_tag(child): child for child in entry}
    key_name = shape.key.serialization.get("name", "key")
    value_name = shape.value.serialization.get("name", "value")
    return from_element(shape.key, parts[key_name]), from_element(shape.value, parts[value_name])


def element_name(name: str, member: Shape) -> str:
    if isinstance(member, ListShape) and member.serialization.get("flattened"):
        return str(member.serialization.get("name") or member.member.serialization.get("name") or name)
    return str(member.serialization.get("name", name))


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def append(parent: Element, name: str, shape: Shape, value: Any) -> None:
    """Write a value as one child of an element, or as several if it is a flattened list."""
    match shape:
        case StructureShape():
            child = SubElement(parent, name)
            for member, item in text.known_members(shape, value).items():
                append(child, element_name(member, shape.members[member]), shape.members[member], item)
        case ListShape() if shape.serialization.get("flattened"):
            _append_each(parent, name, shape.member, value)
        case ListShape():
            _append_each(
                SubElement(parent, name), str(shape.member.serialization.get("name", "member")), shape.member, value
            )
        case _:
            SubElement(parent, name).text = text.to_text(shape, value, text.ISO_DATE)


def _append_each(parent: Element, name: str, shape: Shape, values: Iterable[Any]) -> None:
    for value in values:
        append(parent, name, shape, value)


def document(root: Element) -> bytes:
    """Write a whole document."""
    return DECLARATION + bytes(ElementTree.tostring(root, encoding="utf-8"))
