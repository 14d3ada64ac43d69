"""What IAM finds wrong with a resource of an identity-based policy, in its words."""

from __future__ import annotations

PARTITIONS = frozenset(
    {"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc", "*"}
)
IAM_PATHS = (
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
)
PARTS = 6


def resource_error(resource: str) -> str | None:
    """Return what is wrong with a resource; ``None`` if nothing is."""
    if resource == "*":
        return None
    if ":" not in resource:
        return f'Resource {resource} must be in ARN format or "*".'
    parts = resource.split(":", PARTS - 1)
    _, partition, *rest = parts
    if partition not in PARTITIONS:
        filled = [*rest, *["*"] * (PARTS - len(parts))]
        return f'Partition "{partition}" is not valid for resource "arn:{partition}:{":".join(filled)}".'
    if not rest or not rest[0]:
        return "Resource vendor must be fully qualified and cannot contain regexes."
    if len(parts) < PARTS:
        return "The policy failed legacy parsing"
    vendor, region, _, name = rest
    if vendor == "iam" and region:
        return f"IAM resource {resource} cannot contain region information."
    if vendor == "iam" and name != "*" and not name.startswith(IAM_PATHS):
        return f'IAM resource path must either be "*" or start with {", ".join(IAM_PATHS)}.'
    if vendor == "s3" and region and not name.startswith("accesspoint/"):
        return f"Resource {resource} can not contain region information."
    return None
