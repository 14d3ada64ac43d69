from __future__ import annotations

import pytest

from runtime.endpoint.exchange import Request
from runtime.endpoint.web_page import may_be_of_a_web_page


def request(**headers: str) -> Request:
    named = {"host": "127.0.0.1:4566"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", "/", "", tuple(named.items()), b"", "127.0.0.1", "http://127.0.0.1:4566")


@pytest.mark.parametrize(
    "host", ["127.0.0.1:4566", "localhost:4566", "localhost", "[::1]:4566", "photos.localhost:4566"]
)
def test_a_program_that_names_this_machine_is_no_web_page(host: str) -> None:
    assert not may_be_of_a_web_page(request(host=host))


def test_an_address_that_somebody_typed_into_a_browser_is_no_web_page() -> None:
    assert not may_be_of_a_web_page(request(sec_fetch_site="none"))


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "same-origin"},
    ],
)
def test_what_only_browsers_send_tells_a_web_page(headers: dict[str, str]) -> None:
    assert may_be_of_a_web_page(request(**headers))


@pytest.mark.parametrize(
    "host", ["rebound.evil.example:4566", "localhost.evil.example", "", "[::1", "127.0.0.1.nip.io"]
)
def test_a_name_that_a_name_server_may_have_pointed_here_tells_a_web_page(host: str) -> None:
    assert may_be_of_a_web_page(request(host=host))
