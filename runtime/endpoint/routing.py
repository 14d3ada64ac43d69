"""Which operation a request asks for, by the method, path and query of a service's own model.

A path may match several operations: ``GET /{Bucket}/{Key+}`` is GetObject, ListParts if it has an ``uploadId``, and
GetObjectTagging if it has ``?tagging``. The most demanding operation whose demands are met is the one that was meant;
if none is met, the least demanding one is, so that the caller is told what is missing.
A slash at the end of a path counts for nothing, except in an S3 key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from runtime.endpoint.exchange import Request
from runtime.endpoint.model import Model, Operation
from runtime.endpoint.wire.query import form
from runtime.errors import ServiceError

SPOKEN_IN_FORMS = ("query", "ec2")
LABEL = re.compile(r"\{(\w+)(\+?)\}")


@dataclass(frozen=True)
class Route:
    """Where one operation travels, and what it demands of a request."""

    operation: Operation
    method: str
    path: re.Pattern[str]
    literal_query: tuple[tuple[str, str], ...]
    required_query: tuple[str, ...]
    required_headers: tuple[str, ...]

    @property
    def demands(self) -> tuple[int, int, bool]:
        """Sort routes by how much they demand; where two demand the same, the one that is not deprecated wins."""
        located = len(self.required_query) + len(self.required_headers)
        return len(self.literal_query), located, not self.operation.model.deprecated

    def labels(self, raw_path: str) -> dict[str, str] | None:
        """Return the path's labels, decoded; ``None`` if the path is another's."""
        match = self.path.fullmatch(raw_path)
        return {name: unquote(value) for name, value in match.groupdict().items()} if match else None

    def is_named_by(self, query: Mapping[str, str]) -> bool:
        """Tell whether the query has the keys that name this operation."""
        return all(name in query and (not value or query[name] == value) for name, value in self.literal_query)

    def is_met_by(self, request: Request, query: Mapping[str, str]) -> bool:
        """Tell whether everything that the model requires outside path and body is there."""
        return all(query.get(name) for name in self.required_query) and all(
            request.header(name) is not None for name in self.required_headers
        )


class Router:
    """Finds the operation that a request asks of one version of a service."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._names = frozenset(model.operation_names)
        is_rest = model.protocol.startswith("rest-")
        routes = [route(model.operation(name)) for name in model.operation_names] if is_rest else []
        # The most literal path first: /functions/{FunctionName}/code before /functions/{FunctionName}.
        routes.sort(key=lambda one: -len(LABEL.sub("", one.operation.model.http["requestUri"].partition("?")[0])))
        self._routes = routes

    def route(self, request: Request) -> tuple[Operation, dict[str, str]] | None:
        """Return the operation and the labels of its path; ``None`` if the service has no such operation."""
        if self._routes:
            return self._rest(request)
        name = self._named(request)
        return (self._model.operation(name), {}) if name in self._names else None

    def _rest(self, request: Request) -> tuple[Operation, dict[str, str]] | None:
        query = request.query_fields
        named = [
            (one, labels)
            for one in self._routes
            if one.method == request.method
            and (labels := one.labels(request.raw_path)) is not None
            and one.is_named_by(query)
        ]
        if not named:
            return None
        met = [found for found in named if found[0].is_met_by(request, query)]
        refuse_conflicts([found[0] for found in met])
        chosen, labels = (max if met else min)(met or named, key=lambda found: found[0].demands)
        return chosen.operation, labels

    def _named(self, request: Request) -> str:
        """Return the operation that a header (json) or a form member (query) names."""
        target = request.header("x-amz-target")
        if target is not None and self._model.protocol not in SPOKEN_IN_FORMS:
            return target.rpartition(".")[2]
        return form(request).get("Action", "")


def refuse_conflicts(met: list[Route]) -> None:
    """Refuse a query that names two operations at once, such as ``?acl&tagging``: judge and store must not differ."""
    keys = {name for one in met for name, _ in one.literal_query}
    longest = max((len(one.literal_query) for one in met), default=0)
    if len(keys) > longest:
        raise ServiceError("InvalidArgument", f"Conflicting query string parameters: {', '.join(sorted(keys))}")


def route(operation: Operation) -> Route:
    """Compile an operation of a REST protocol into a route."""
    path, _, query = operation.model.http["requestUri"].partition("?")
    shape = operation.input_shape
    required = [(name, shape.members[name].serialization) for name in shape.required_members] if shape else []

    def located(place: str) -> tuple[str, ...]:
        return tuple(traits.get("name", name) for name, traits in required if traits.get("location") == place)

    return Route(
        operation=operation,
        method=operation.model.http["method"],
        path=path_pattern(path),
        literal_query=tuple(parse_qsl(query, keep_blank_values=True)),
        required_query=located("querystring"),
        required_headers=tuple(name.lower() for name in located("header")),
    )


def path_pattern(template: str) -> re.Pattern[str]:
    """Turn ``/{Bucket}/{Key+}`` into the expression that matches such a path before it is decoded."""
    is_greedy = "+}" in template
    parts = LABEL.split(template if is_greedy else template.rstrip("/"))
    pattern = "".join(
        re.escape(text) + (f"(?P<{name}>{'.+' if plus else '[^/]+'})" if name else "")
        for text, name, plus in zip(parts[::3], [*parts[1::3], ""], [*parts[2::3], ""], strict=True)
    )
    return re.compile(pattern if is_greedy else pattern + "/?")
