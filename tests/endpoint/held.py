"""What the tests of both Lambda APIs share: clients that are held to botocore's model, and deployment packages."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from botocore.model import StructureShape
from botocore.validate import validate_parameters


def held_to_model(client: Any) -> Any:
    """Have each answer of a client validated against botocore's output shape; streams count as bytes."""

    def validate(http_response: Any, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        if http_response.status_code < 300 and isinstance(model.output_shape, StructureShape):
            answered = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
            streams = {name: b"" for name, value in answered.items() if hasattr(value, "read")}
            validate_parameters(answered | streams, model.output_shape)

    client.meta.events.register("after-call.*", validate)
    return client


def zipped(name: str, content: str) -> bytes:
    """Return a deployment package with one file, the same for the same content."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        package.writestr(zipfile.ZipInfo(name), content)
    return written.getvalue()
