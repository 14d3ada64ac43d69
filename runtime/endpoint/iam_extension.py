"""What the store's IAM lacks, built into it, so that it is kept and repeated like everything else that is stored.

* Permissions boundaries of users: moto takes CreateUser's and forgets it, and does not know the two operations.
* moto checks policy documents a second time, and refuses some that AWS takes (a trust policy of version 2008-10-17, a
  number in a condition). They were checked before they came here (``documents.py``).
"""

from __future__ import annotations

from typing import Any

BOUNDARY = "PermissionsBoundary"


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
        _bound(call, call._get_param(BOUNDARY))
        return answer

    def put_user_permissions_boundary(call: Any) -> Any:
        _bound(call, call._get_param(BOUNDARY))
        return EmptyResult()

    def delete_user_permissions_boundary(call: Any) -> Any:
        _bound(call, None)
        return EmptyResult()

    user_class.permissions_boundary = None
    responses.create_user = create_bounded_user
    responses.put_user_permissions_boundary = put_user_permissions_boundary
    responses.delete_user_permissions_boundary = delete_user_permissions_boundary
    validator.validate = lambda _: None


def _bound(call: Any, policy_arn: str | None) -> None:
    """Give the user of a call a boundary or, without one, take his away; moto refuses a user who does not exist."""
    user = call.backend.get_user(call._get_param("UserName"))
    boundary = {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": policy_arn}
    user.permissions_boundary = boundary if policy_arn else None
