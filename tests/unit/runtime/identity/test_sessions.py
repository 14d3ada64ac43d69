from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from runtime.errors import ServiceError
from runtime.identity.principal import Principal, PrincipalKind
from runtime.identity.sessions import Sessions

NOW = datetime(2014, 11, 13, tzinfo=UTC)
SOMEBODY = Principal(PrincipalKind.ROLE_SESSION, "arn:aws:sts::1:assumed-role/r/s", "1", "AROA:s", role="r")


def test_no_two_sessions_have_the_same_credentials() -> None:
    sessions = Sessions()

    made = {sessions.open(SOMEBODY, NOW, NOW).credentials for _ in range(100)}

    assert len({each.access_key_id for each in made}) == len({each.session_token for each in made}) == 100


def test_an_expired_session_is_said_to_be_expired_until_it_is_forgotten() -> None:
    sessions = Sessions()
    old = sessions.open(SOMEBODY, NOW + timedelta(minutes=15), NOW).credentials
    later = NOW + timedelta(minutes=20)
    sessions.open(SOMEBODY, later + timedelta(hours=1), later)

    with pytest.raises(ServiceError, match="ExpiredToken"):
        sessions.find(old.access_key_id, old.session_token, later)
    much_later = NOW + timedelta(hours=2)
    sessions.open(SOMEBODY, much_later, much_later)
    with pytest.raises(ServiceError, match="InvalidClientTokenId"):
        sessions.find(old.access_key_id, old.session_token, much_later)
