from __future__ import annotations

import pytest

from runtime.endpoint.intake import Intake
from runtime.errors import ServiceError


def test_the_requests_of_a_door_share_its_room() -> None:
    intake = Intake(10)

    with intake.request() as first, intake.request() as second:
        first(6)
        second(4)
        with pytest.raises(ServiceError) as refusal:
            second(1)

    assert (refusal.value.code, refusal.value.status) == ("EntityTooLarge", 413)


def test_a_request_gives_its_room_back_also_when_it_fails() -> None:
    intake = Intake(10)
    with pytest.raises(KeyError), intake.request() as take:
        take(10)
        raise KeyError

    with intake.request() as take:
        take(10)
