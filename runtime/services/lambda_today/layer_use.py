"""The layers that a function names: at most five, no two versions of one layer, and each one that the caller may read.

They are laid into ``/opt`` in their order, and a later one covers what an earlier one has. A function keeps the layer
versions that it took, also when they are deleted.
"""

from __future__ import annotations

from collections.abc import Sequence

from runtime.arn import Arn
from runtime.identity.authority import Authority
from runtime.resources.account import Account
from runtime.resources.function import Layer
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter

MOST_LAYERS = 5
READ = "lambda:GetLayerVersion"


class LayerUse:
    """Finds the layer versions that a function is to have."""

    def __init__(self, collaborators: Collaborators) -> None:
        self._account: Account = collaborators.account
        self._authority: Authority = collaborators.authority
        self._region = collaborators.settings.region

    def taken(self, call: Call, arns: Sequence[str], operation: str) -> tuple[Layer, ...]:
        """Return the layers of these ARNs, in their order."""
        if len(arns) > MOST_LAYERS:
            raise invalid_parameter("Cannot reference more than 5 layers.")
        layers: dict[str, Layer] = {}
        for arn in arns:
            layer_arn = arn.rpartition(":")[0]
            if layer_arn in layers:
                raise invalid_parameter(
                    "Two different versions of the same layer are not allowed to be referenced in the same function."
                    f" {layers[layer_arn].arn} and {arn} are versions of the same layer."
                )
            layers[layer_arn] = self._layer(call, arn, operation)
        return tuple(layers.values())

    def _layer(self, call: Call, arn: str, operation: str) -> Layer:
        self._authority.require(
            call.principal, READ, arn, service="lambda", operation=operation, request_id=call.request_id
        )
        named = Arn.parse(arn)
        if named.region != self._region:
            raise invalid_parameter(
                "Layers are not in the same region as the function."
                f" Layers are expected to be in region {self._region}."
            )
        _, name, number = named.resource.split(":")
        version = self._account.layers.find(name, int(number))
        if version is None or version.arn != arn:
            raise invalid_parameter(f"Layer version {arn} does not exist.")
        return Layer(arn, version.code_sha256, version.code_size)
