"""``python -m runtime clock``: what time it is in the account of a running runtime, and how to advance it.

It reads where the runtime listens, and root's key, from the state directory, and asks over HTTP as anybody would; to
advance is a request that root has signed.
"""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from runtime.clock import machine_time
from runtime.errors import PlatformError
from runtime.identity.request_signature import Claim
from runtime.identity.request_signature.claim import Scheme
from runtime.identity.request_signature.version4 import BASIC_FORMAT, canonical_request, scope, signature
from runtime.state_directory import root_keys, running_endpoint

ROUTE = "/_lab/clock"
REGION = "us-east-1"
"""The lab's own routes are in every region."""
SECONDS = 600.0
"""How long an advance may take: what falls due on the way happens before it is answered."""


def tell(state: Path, advance: str | None) -> str:
    """Return what is to be said of the time, after advancing it if that is asked for."""
    url = running_endpoint(state)
    if advance is None:
        return _sentence(_asked(url, "GET", "", {}))
    query = urlencode({"advance": advance})
    answer = _asked(url, "POST", query, _signed(urlsplit(url).netloc, query, *root_keys(state)))
    return f"{_sentence(answer)}\n{_on_the_way(answer)}"


def _asked(url: str, method: str, query: str, headers: Mapping[str, str]) -> dict[str, Any]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=SECONDS)
    try:
        connection.request(method, f"{ROUTE}?{query}" if query else ROUTE, headers=dict(headers))
        response = connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise PlatformError(f"The runtime at {url} does not answer ({error}).") from error
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise PlatformError(str(answer.get("message", answer)))
    return answer


def _signed(host: str, query: str, access_key_id: str, secret: str) -> dict[str, str]:
    """Return the headers of an empty request to advance the clock, signed with root's key."""
    moment = machine_time()
    headers = {"host": host, "x-amz-date": f"{moment:{BASIC_FORMAT}}"}
    claim = Claim(
        scheme=Scheme.V4,
        is_presigned=False,
        access_key_id=access_key_id,
        signature="",
        session_token=None,
        timestamp=headers["x-amz-date"],
        date=f"{moment:%Y%m%d}",
        region=REGION,
        service="lab",
        signed_headers=tuple(sorted(headers)),
    )
    canonical = canonical_request(claim, "POST", ROUTE, query, tuple(headers.items()), hashlib.sha256().hexdigest())
    claim = replace(claim, signature=signature(claim, canonical, secret, moment))
    return headers | {
        "authorization": (
            f"{claim.scheme.value} Credential={access_key_id}/{scope(claim)}, "
            f"SignedHeaders={';'.join(claim.signed_headers)}, Signature={claim.signature}"
        )
    }


def _sentence(times: Mapping[str, Any]) -> str:
    ahead = timedelta(seconds=round(times["ahead_seconds"]))
    difference = f"{ahead} ahead of this machine" if ahead else "as on this machine"
    return f"In the account it is {times['now']} ({difference})."


def _on_the_way(answer: Mapping[str, Any]) -> str:
    kept = answer["appointments"]
    happened = f"On the way something fell due {kept} times" if kept else "Nothing fell due on the way"
    if answer["is_settled"]:
        return f"{happened}; all that follows from it is over."
    return f"{happened}; not everything is over yet, and goes on in the background."
