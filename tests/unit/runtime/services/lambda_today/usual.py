"""What the tests of every family begin with: a function, and a refusal to look at."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.errors import ServiceError
from tests.unit.runtime.services.laboratory import ROLE, Lab, zipped

ARN = "arn:aws:lambda:us-east-1:123456789012:function:hello"


async def create(lab: Lab, name: str = "hello", **changes: Any) -> dict[str, Any]:
    members = {"role": ROLE, "code": {"ZipFile": zipped()}, "runtime": "python3.11", "handler": "index.handler"}
    answer: dict[str, Any] = await lab.today.create_function(lab.call(), function_name=name, **(members | changes))
    return answer


async def refusal(attempt: Any) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        await attempt
    return caught.value
