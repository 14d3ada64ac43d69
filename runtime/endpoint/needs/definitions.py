"""IAM's actions, the kinds of resource that each is about, and the forms of their ARNs.

``definitions.json`` is reduced from a maintained source and not edited (``tests/differential/definitions.py``). It is
read when the first call to a service is judged. What it does not know of an operation stands in the
service's own module.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

FILE = Path(__file__).with_name("definitions.json")
PATTERNS = {"Partition": "[^:]+", "Region": "[^:]*", "Account": "[^:]*"}
"""What the variables of every ARN may be; others may be any text."""
VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind of resource: ``arn:${Partition}:s3:::${BucketName}``."""

    template: str
    variables: frozenset[str]
    pattern: re.Pattern[str]
    is_tagged: bool
    """Whether conditions may ask for its tags."""

    def is_of(self, arn: str) -> bool:
        """Tell whether an ARN has this form."""
        return self.pattern.fullmatch(arn) is not None

    def arn(self, names: Mapping[str, str]) -> str | None:
        """Return the ARN that these names give; ``None`` if one is missing."""
        if not all(names.get(variable) for variable in self.variables):
            return None
        return Template(self.template).substitute(names)


@dataclass(frozen=True, slots=True)
class Definition:
    """One action of IAM."""

    types: tuple[ResourceType, ...]
    """None: the action is about no resource, and policies must say ``*``."""
    condition_keys: frozenset[str]
    """The service's own that AWS gives with this action, in lower case and without a tag's name behind them."""


def definition(action: str) -> Definition | None:
    """Return what is known of ``service:Action``; ``None`` if there is no such action, or the service is not judged."""
    prefix, _, name = action.partition(":")
    return _service(prefix).get(name)


@cache
def _file() -> Mapping[str, Any]:
    return dict(json.loads(FILE.read_text())["services"])


@cache
def _service(prefix: str) -> Mapping[str, Definition]:
    if prefix not in _file():
        return {}
    service = _file()[prefix]
    templates, tagged = service["resource_types"].items(), service["tagged"]
    types = {name: _resource_type(template, is_tagged=name in tagged) for name, template in templates}
    return {
        name: Definition(
            tuple(types[kind.removesuffix("?")] for kind in reduced["on"]),
            frozenset(key.partition("/")[0].lower() for key in reduced["keys"]),
        )
        for name, reduced in service["actions"].items()
    }


def _resource_type(template: str, *, is_tagged: bool) -> ResourceType:
    parts = VARIABLE.split(template)
    pattern = "".join(
        re.escape(text) + (PATTERNS.get(name, ".+") if name else "")
        for text, name in zip(parts[::2], [*parts[1::2], ""], strict=True)
    )
    return ResourceType(template, frozenset(parts[1::2]) - PATTERNS.keys(), re.compile(pattern, re.DOTALL), is_tagged)
