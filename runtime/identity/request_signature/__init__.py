"""AWS request signatures: who a request claims to come from, and whether the signature proves it. Pure functions.

    claim = parse_authorization(headers, query)       # None: the request is not signed at all
    verify(claim, request, secret, now)               # raises ServiceError with AWS's code and words

Understood are Signature Version 4 in headers and presigned, and Version 2 of S3 (``Authorization: AWS key:signature``,
as the SDKs of 2014 sign) in headers and presigned. Compared in constant time.

A body that is uploaded in chunks is verified chunk by chunk (``chunks.py``).

What it does not do: Version 4A, which it refuses by name; Version 2 of the query services, browser POST policies.
Codes are those of the query services, and S3's own for S3; JSON services call some of them otherwise
(``InvalidSignatureException``), which is a matter of the wire format.
"""

from runtime.identity.request_signature.claim import Claim, Headers, parse_authorization
from runtime.identity.request_signature.verification import ReceivedRequest, missing_authentication_token, verify

__all__ = ["Claim", "Headers", "ReceivedRequest", "missing_authentication_token", "parse_authorization", "verify"]
