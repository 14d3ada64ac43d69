"""Layers: archives that functions share, published as numbered versions.

A layer is named by its name or its ARN. What a layer version says of the runtimes and processors it is for is kept and
can be filtered by; as on AWS, nobody is held to it. Deleting a version that is not there is no mistake.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from runtime.generation import TODAY
from runtime.resources.layers import LayerVersion
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter
from runtime.services.deployment import Deployment
from runtime.services.lambda_today.catalogue import not_found
from runtime.services.paging import page

LISTED_AT_ONCE = 50
LICENSE = "license_info"
NOT_THERE = "The resource you requested does not exist."


class Layers:
    """PublishLayerVersion, GetLayerVersion, GetLayerVersionByArn, ListLayers, ListLayerVersions, DeleteLayerVersion."""

    service = "lambda"
    api_version = TODAY.api_version

    def __init__(self, collaborators: Collaborators) -> None:
        self._account = collaborators.account
        self._deployment = Deployment(collaborators)
        self._locations = collaborators.locations
        self._settings = collaborators.settings
        self._clock = collaborators.clock

    async def publish_layer_version(
        self,
        call: Call,
        *,
        layer_name: str,
        content: Mapping[str, Any],
        description: str = "",
        compatible_runtimes: Sequence[str] = (),
        compatible_architectures: Sequence[str] = (),
        **more: str,
    ) -> dict[str, Any]:
        """Make the next version of a layer, the first one of a new layer included."""
        name = bare_name(layer_name)
        package = await self._deployment.keep(call, content, "PublishLayerVersion")
        version = LayerVersion(
            name=name,
            layer_arn=f"arn:aws:lambda:{self._settings.region}:{self._settings.account}:layer:{name}",
            number=self._account.layers.next_number(name),
            description=description,
            license=more.get(LICENSE, ""),
            runtimes=tuple(compatible_runtimes),
            architectures=tuple(compatible_architectures),
            created=self._clock.now(),
            code_sha256=package.sha256,
            code_size=package.size,
        )
        self._account.layers.put(version)
        return self._with_content(version, call)

    async def get_layer_version(self, call: Call, *, layer_name: str, version_number: int) -> dict[str, Any]:
        """Return a layer version, and where its archive can be fetched for ten minutes."""
        require_number(version_number)
        return self._read(bare_name(layer_name), version_number, call)

    async def get_layer_version_by_arn(self, call: Call, *, arn: str) -> dict[str, Any]:
        """Return the layer version that an ARN names."""
        name, _, number = arn.partition(":layer:")[2].partition(":")
        return self._read(name, int(number or 0), call)

    async def list_layers(
        self,
        call: Call,
        *,
        compatible_runtime: str | None = None,
        compatible_architecture: str | None = None,
        marker: str | None = None,
        max_items: int = LISTED_AT_ONCE,
    ) -> dict[str, Any]:
        """Return each layer by name, with the newest of its versions that fit."""
        newest: dict[str, LayerVersion] = {}
        for version in self._account.layers.all():
            if _fits(version, compatible_runtime, compatible_architecture):
                newest.setdefault(version.name, version)
        chosen, next_marker = page(
            list(newest.values()), marker, max_items, key=lambda version: version.name, operation="ListLayers"
        )
        shapes = [
            {"LayerName": one.name, "LayerArn": one.layer_arn, "LatestMatchingVersion": _listed(one)} for one in chosen
        ]
        return {"Layers": shapes} | ({"NextMarker": next_marker} if next_marker else {})

    async def list_layer_versions(
        self,
        call: Call,
        *,
        layer_name: str,
        compatible_runtime: str | None = None,
        compatible_architecture: str | None = None,
        marker: str | None = None,
        max_items: int = LISTED_AT_ONCE,
    ) -> dict[str, Any]:
        """Return the versions of a layer that fit, the newest first; of a layer that is not there, none."""
        versions = [
            version
            for version in self._account.layers.versions(bare_name(layer_name))
            if _fits(version, compatible_runtime, compatible_architecture)
        ]
        chosen, next_marker = page(
            versions, marker, max_items, key=lambda version: str(10**10 - version.number), operation="ListLayerVersions"
        )
        return {"LayerVersions": [_listed(version) for version in chosen]} | (
            {"NextMarker": next_marker} if next_marker else {}
        )

    async def delete_layer_version(self, call: Call, *, layer_name: str, version_number: int) -> dict[str, Any]:
        """Take a layer version away from those who would use it; functions that have it keep it."""
        require_number(version_number)
        self._account.delete_layer_version(bare_name(layer_name), version_number)
        return {}

    def _read(self, name: str, number: int, call: Call) -> dict[str, Any]:
        version = self._account.layers.find(name, number)
        if version is None:
            raise not_found(NOT_THERE)
        return self._with_content(version, call)

    def _with_content(self, version: LayerVersion, call: Call) -> dict[str, Any]:
        content = {
            "Location": self._locations.location(call.endpoint_url, version.code_sha256),
            "CodeSha256": base64.b64encode(bytes.fromhex(version.code_sha256)).decode(),
            "CodeSize": version.code_size,
        }
        return {**_listed(version), "LayerArn": version.layer_arn, "Content": content}


def bare_name(layer_name: str) -> str:
    """Return the name of a layer that is named by it or by its ARN."""
    return layer_name.rpartition(":")[2]


def require_number(number: int) -> None:
    """Refuse a number that no version has."""
    if number < 1:
        raise invalid_parameter("Layer Version Cannot be less than 1")


def _fits(version: LayerVersion, runtime: str | None, architecture: str | None) -> bool:
    return (runtime is None or runtime in version.runtimes) and (
        architecture is None or architecture in version.architectures
    )


def _listed(version: LayerVersion) -> dict[str, Any]:
    return {
        "LayerVersionArn": version.arn,
        "Version": version.number,
        "Description": version.description,
        "CreatedDate": version.created.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000",
        **({"CompatibleRuntimes": list(version.runtimes)} if version.runtimes else {}),
        **({"CompatibleArchitectures": list(version.architectures)} if version.architectures else {}),
        **({"LicenseInfo": version.license} if version.license else {}),
    }
