"""What the store's IAM lacks, built into it, so that it is kept and repeated like everything else that is stored.

* Permissions boundaries of users: moto takes CreateUser's and forgets it, and does not know the two operations.
* The unique id of a user does not begin as AWS's do, by which a policy knows them from other names.
* When a user or role is deleted, its unique id takes the place of its ARN in trust policies and in those of buckets and
  queues (``policy/principal_form.py``).
* moto checks policy documents a second time, and refuses some that AWS takes (a trust policy of version 2008-10-17, a
  number in a condition). They were checked before they came here (``documents.py``).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

from runtime.policy import renamed

BOUNDARY = "PermissionsBoundary"
UNIQUE_ID_OF_A_USER = "AIDA"


def install() -> None:
    """Extend moto's IAM; it must be imported before its first call. Idempotent."""
    from moto.core.responses import EmptyResult
    from moto.iam.models import User
    from moto.iam.policy_validation import BaseIAMPolicyValidator
    from moto.iam.responses import IamResponse

    user_class: Any = User
    responses: Any = IamResponse
    validator: Any = BaseIAMPolicyValidator
    if hasattr(user_class, "permissions_boundary"):
        return
    create_user = responses.create_user

    def create_bounded_user(call: Any) -> Any:
        answer = create_user(call)
        user = _bound(call, call._get_param(BOUNDARY))
        user.id = f"{UNIQUE_ID_OF_A_USER}{user.id.upper()}"
        return answer

    def put_user_permissions_boundary(call: Any) -> Any:
        _bound(call, call._get_param(BOUNDARY))
        return EmptyResult()

    def delete_user_permissions_boundary(call: Any) -> Any:
        _bound(call, None)
        return EmptyResult()

    delete_user, delete_role = responses.delete_user, responses.delete_role

    def delete_user_everywhere(call: Any) -> Any:
        return _forgetting(call, call.backend.get_user(call._get_param("UserName")), delete_user)

    def delete_role_everywhere(call: Any) -> Any:
        return _forgetting(call, call.backend.get_role(call._get_param("RoleName")), delete_role)

    responses.delete_user, responses.delete_role = delete_user_everywhere, delete_role_everywhere
    user_class.permissions_boundary = None
    responses.create_user = create_bounded_user
    responses.put_user_permissions_boundary = put_user_permissions_boundary
    responses.delete_user_permissions_boundary = delete_user_permissions_boundary
    validator.validate = lambda _: None


def _forgetting(call: Any, principal: Any, delete: Callable[[Any], Any]) -> Any:
    """Delete a user or role; whatever named it names its unique id from then on, which nobody has any more."""
    answer = delete(call)
    for role in list(call.backend.roles.values()):
        role.assume_role_policy_document = _without(role.assume_role_policy_document, principal)
    for bucket in _kept("s3", "buckets", call.backend.account_id):
        if bucket.policy:
            bucket.policy = _without(bucket.policy.decode(), principal).encode()
    for queue in _kept("sqs", "queues", call.backend.account_id):
        if queue.policy:
            queue.policy = _without(queue.policy, principal)
    return answer


def _kept(service: str, kind: str, account: str) -> Iterator[Any]:
    """Give what a service keeps of a kind, in all regions; nothing if nobody has called it yet."""
    models = sys.modules.get(f"moto.{service}.models")
    backends: Any = getattr(models, f"{service}_backends")[account] if models else {}
    for backend in list(backends.values()):
        yield from list(getattr(backend, kind).values())


def _without(document: str, principal: Any) -> str:
    try:
        policy = json.loads(document)
    except ValueError:  # it is none, and names nobody
        return document
    return json.dumps(policy) if renamed(policy, principal.arn, principal.id) else document


def _bound(call: Any, policy_arn: str | None) -> Any:
    """Give the user of a call a boundary or, without one, take his away; return him. moto refuses one who is nobody."""
    user = call.backend.get_user(call._get_param("UserName"))
    boundary = {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": policy_arn}
    user.permissions_boundary = boundary if policy_arn else None
    return user
