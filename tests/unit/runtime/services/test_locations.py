"""The address of a package: signed here, for ten minutes, for one package."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from runtime.errors import ServiceError
from runtime.services.locations import PackageLocations
from tests.unit.runtime.services.laboratory import SetClock

SHA256 = "ab" * 32


def signed(locations: PackageLocations) -> tuple[str, str]:
    query = parse_qs(urlsplit(locations.location("http://127.0.0.1:4566/", SHA256)).query)
    return query["Expires"][0], query["Signature"][0]


def test_an_address_leads_to_its_package() -> None:
    locations = PackageLocations(SetClock())

    address = urlsplit(locations.location("http://127.0.0.1:4566/", SHA256))

    assert f"{address.scheme}://{address.netloc}{address.path}" == f"http://127.0.0.1:4566/_lab/packages/{SHA256}"
    locations.check(SHA256, *signed(locations))


def test_an_address_is_good_for_ten_minutes() -> None:
    clock = SetClock()
    locations = PackageLocations(clock)
    expires, signature = signed(locations)

    clock.move(599)
    locations.check(SHA256, expires, signature)
    clock.move(1)
    with pytest.raises(ServiceError, match="Request has expired"):
        locations.check(SHA256, expires, signature)


def test_an_address_cannot_be_altered() -> None:
    locations = PackageLocations(SetClock())
    expires, signature = signed(locations)

    for attempt in (("cd" * 32, expires, signature), (SHA256, "9999999999", signature), (SHA256, "", "")):
        with pytest.raises(ServiceError, match="Access Denied"):
            locations.check(*attempt)


def test_an_address_of_another_runtime_is_refused() -> None:
    expires, signature = signed(PackageLocations(SetClock()))

    with pytest.raises(ServiceError, match="Access Denied"):
        PackageLocations(SetClock()).check(SHA256, expires, signature)
