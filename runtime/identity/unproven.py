"""Why a signature proved nothing, in plain words beside AWS's: for the journal, and ``python -m runtime explain``.

AWS's answers to a wrong key, a wrong secret and a session that is over are short, and say the same of several mistakes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.errors import ServiceError
from runtime.identity.sessions import SESSION_KEY_PREFIX

NOT_FOR_THAT = (
    "These are temporary credentials of {who}, without a role (GetSessionToken or GetFederationToken). AWS takes them "
    "neither for IAM nor for most of STS, as long as no second factor proves who calls. Call with the user's own "
    "access key, or assume a role."
)
OF_A_SESSION = (
    "Nobody has the session key {key}, or the session token is another session's. A session ends with its role or "
    "user, and with the runtime. Assume the role again, and use all three: key, secret and token."
)
WORDS: Mapping[str, str] = {  # by the code, or where that says too little by the message
    "ExpiredToken": (
        "The session with the key {key} is over: it lasted as long as was asked for when it was opened "
        "(DurationSeconds; an hour, if nobody says). Open a new one; a function is given one by Lambda."
    ),
    "InvalidClientTokenId": (
        "Nobody in this account has the access key {key}, or it is inactive. "
        "Look where your client finds its keys (environment variables, a profile, parameters), and at ListAccessKeys."
    ),
    "SignatureDoesNotMatch": (
        "The access key {key} exists, but this request was not signed with its secret access key, or was signed long "
        "ago, or was changed on its way. Compare the secret with the one that CreateAccessKey gave, and look at the "
        "clock."
    ),
    "RequestTimeTooSkewed": "The clock of whoever signed this and the clock here are more than 15 minutes apart.",
    "Request has expired": (
        "The presigned address was good for as long as whoever made it wished (ExpiresIn; an hour, if nobody says to "
        "boto3), and that is over. Make a new one."
    ),
    "MissingAuthenticationToken": (
        "The request is not signed. An SDK signs whatever it sends, as soon as it finds an access key."
    ),
    "XAmzContentSHA256Mismatch": "The body is not the one that was signed: it was changed on its way.",
}


def facts(error: ServiceError, access_key_id: str, service: str, request_id: str) -> dict[str, Any]:
    """Return what the journal keeps of a request whose caller is not proven."""
    is_lost_session = error.code == "InvalidClientTokenId" and access_key_id.startswith(SESSION_KEY_PREFIX)
    words = OF_A_SESSION if is_lost_session else WORDS.get(error.code, WORDS.get(error.message, ""))
    return {
        "access_key_id": access_key_id,
        "service": service,
        "code": error.code,
        "message": error.message,
        "explanation": words.format(key=access_key_id) or error.message,
        "request_id": request_id,
    }
