"""Who is calling: what the signature claims, and whether it proves it.

A known key is always verified. An unknown one is refused, or in a lenient account acts as root, never so from inside
a sandbox or for a web page (``web_page.py``). An unsigned request to S3 is anonymous: only a bucket's own policy can
let it in. A form is signed by its policy (``s3_form.py``). Unsigned is also a request for credentials on the word of an
identity provider, which the service refuses.

The date of a signature is what the client's clock said, so it is held against this machine's time, and however far the
account's time was advanced nobody is told that his clock is wrong. The same goes for how long a presigned address is
good: it is signed by the client's clock. When a session ends is the account's time (``identity/sessions.py``).
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime

from runtime.clock import machine_time
from runtime.endpoint.exchange import Request
from runtime.endpoint.s3_form import FormUpload
from runtime.endpoint.web_page import may_be_of_a_web_page
from runtime.endpoint.wire.query import form
from runtime.errors import ServiceError
from runtime.identity import unproven
from runtime.identity.authority import Authority
from runtime.identity.principal import Principal, PrincipalKind
from runtime.identity.request_signature import Claim, ReceivedRequest, missing_authentication_token, verify
from runtime.identity.request_signature.form_policy import verify_form
from runtime.journal import Journal

ANONYMOUS = Principal(
    PrincipalKind.ANONYMOUS, "arn:aws:iam::ANONYMOUS_PRINCIPAL:user/anonymous", "ANONYMOUS_PRINCIPAL", "anonymous"
)
"""Whoever did not sign; CloudTrail calls the account so."""

NOT_FOR_WEB_PAGES = "Nobody knows this access key, and an unknown one acts as root for programs, not for web pages."
UNSIGNED = frozenset({("sts", "AssumeRoleWithWebIdentity"), ("sts", "AssumeRoleWithSAML")})
"""Operations that nobody signs, because whoever calls them has no keys yet."""
LARGE = 1 << 20
"""From here on a body is hashed on a thread, which the loop would otherwise wait for."""


@dataclass(frozen=True, slots=True)
class Proven:
    """A principal, and the access key by which it proved itself."""

    principal: Principal
    access_key_id: str


@dataclass(frozen=True, slots=True)
class Authentication:
    """Finds out who is calling."""

    authority: Authority
    journal: Journal

    async def caller(
        self,
        request: Request,
        claim: Claim | None,
        *,
        service: str,
        inside_sandbox: bool,
        request_id: str = "",
        upload: FormUpload | None = None,
    ) -> Proven:
        """Return who calls, or who signed the form that is uploaded; if that is not proven raise ``ServiceError``, and
        journal why.
        """
        try:
            return await self._caller(request, claim, service, inside_sandbox=inside_sandbox, upload=upload)
        except ServiceError as error:
            key = claim.access_key_id if claim else ""
            self.journal.append("credentials", unproven.facts(error, key, service, request_id))
            raise

    async def _caller(
        self, request: Request, claim: Claim | None, service: str, *, inside_sandbox: bool, upload: FormUpload | None
    ) -> Proven:
        if claim is None:
            if service != "s3" and (service, form(request).get("Action", "")) not in UNSIGNED:
                raise missing_authentication_token()
            return Proven(ANONYMOUS, "anonymous")
        identity = self.authority.identify(claim.access_key_id, claim.session_token, inside_sandbox=inside_sandbox)
        if identity is None:
            if may_be_of_a_web_page(request):
                raise ServiceError("InvalidClientTokenId", NOT_FOR_WEB_PAGES, 403)
            return Proven(self.authority.root.principal, claim.access_key_id)
        secret, now = identity.credentials.secret_access_key, machine_time()
        if upload is not None:
            verify_form(claim, upload.fields, len(upload.content), secret, now)
        elif len(request.body) < LARGE:
            _verify(claim, request, secret, now)
        else:
            await asyncio.to_thread(_verify, claim, request, secret, now)
        return Proven(identity.principal, claim.access_key_id)


def _verify(claim: Claim, request: Request, secret: str, now: datetime) -> None:
    received = ReceivedRequest(
        method=request.method,
        path=request.raw_path,
        query=request.query_string,
        headers=request.headers,
        body=request.body,
        payload_hash=hashlib.sha256(request.body).hexdigest(),
    )
    verify(claim, received, secret, now)
