"""A request to the runtime's own routes, signed like any AWS request (Signature Version 4, service ``lab``)."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit, urlunsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lab.errors import LabError
from lab.feed import REMEDY

SECONDS = 600.0
"""An advance of the clock is answered when all that fell due on the way is over."""


def signed_post(url: str, keys: tuple[str, str], region: str) -> bytes:
    """POST nothing to ``url`` as the owner of ``keys``; return the answer's body."""
    request = AWSRequest("POST", url, {"Content-Length": "0"})
    SigV4Auth(Credentials(*keys), "lab", region).add_auth(request)
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=SECONDS)
    try:
        target = urlunsplit(("", "", parts.path, parts.query, ""))
        connection.request("POST", target, headers=dict(request.headers.items()))
        response = connection.getresponse()
        body: bytes = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise LabError(f"The runtime does not answer at {url} ({error}).", remedy=REMEDY) from error
    finally:
        connection.close()
    if response.status >= 300:
        raise LabError(f"The runtime refused {parts.path} ({response.status}): {_words(body)}")
    return body


def _words(body: bytes) -> str:
    """Return what a refusal says; the lab's own routes answer in JSON."""
    text = body[:500].decode(errors="replace")
    try:
        return str(json.loads(text)["message"])
    except (ValueError, LookupError, TypeError):
        return text
