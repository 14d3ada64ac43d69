"""Requests that a web page may have made, in a browser on this machine, without its reader's knowledge.

The endpoint listens on loopback, and so is within reach of every page that the learner opens. A page cannot sign, so
whatever is proven by a signature is safe from it. What is let in without proof is not: an unknown key in a lenient
account, and the lab's own routes. There a request is turned away that carries what only browsers send (``Origin``, and
``Sec-Fetch-Site`` unless somebody typed the address), or that came under a name which an attacker's name server may
have pointed here (DNS rebinding): anything but ``localhost`` or an address in numbers.
AWS's SDKs, its command line and the lab send none of these.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from runtime.endpoint.exchange import Request

TYPED_BY_SOMEBODY = "none"


def may_be_of_a_web_page(request: Request) -> bool:
    """Tell whether a page may have made this request."""
    is_fetched = (request.header("sec-fetch-site") or TYPED_BY_SOMEBODY) != TYPED_BY_SOMEBODY
    return is_fetched or request.header("origin") is not None or not _is_local_name(request.header("host") or "")


def _is_local_name(host: str) -> bool:
    """Tell whether no name server had a say in where this host is."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        if name != "localhost" and not name.endswith(".localhost"):
            ip_address(name)
    except ValueError:
        return False
    return True
