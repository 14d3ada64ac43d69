"""The keys that conditions can ask about here: which there are, and when a request has them.

A condition on a key that a request does not have is not met, whatever it says; so whoever reads why a call was denied
should learn when the key is there, that it never is, or that nobody has heard of it. The evaluation itself does not
look here. A test holds every line of ``GIVEN`` to a request that has the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

ALWAYS = "with every call"
OF_CALLERS = "with every call that somebody makes with credentials, so not when a service acts in its own name"
OF_TAGS = "when the call gives tags"

GIVEN: Mapping[str, str] = {
    "aws:CurrentTime": ALWAYS,
    "aws:EpochTime": ALWAYS,
    "aws:MultiFactorAuthPresent": "with temporary credentials alone, and is always false: there are no devices here",
    "aws:PrincipalAccount": OF_CALLERS,
    "aws:PrincipalArn": OF_CALLERS,
    "aws:PrincipalIsAWSService": ALWAYS,
    "aws:PrincipalServiceName": "when a service acts in its own name",
    "aws:PrincipalTag": "when the role or user, or the session, has a tag of that name",
    "aws:PrincipalType": OF_CALLERS,
    "aws:Referer": "when the caller sends the header Referer",
    "aws:RequestedRegion": "with every call over HTTP",
    "aws:RequestTag": OF_TAGS,
    "aws:ResourceAccount": ALWAYS,
    "aws:ResourceTag": "when the resource exists and has a tag of that name (not for S3)",
    "aws:SecureTransport": "with every call over HTTP, and is always false: there is no TLS here",
    "aws:SourceAccount": "when a service acts in its own name",
    "aws:SourceArn": "when a service acts in its own name, on behalf of a bucket, a rule or the like",
    "aws:SourceIp": "with every call over HTTP",
    "aws:TagKeys": "when the call gives tags, or takes some away",
    "aws:TokenIssueTime": "with temporary credentials alone",
    "aws:userid": OF_CALLERS,
    "aws:UserAgent": "when the caller sends the header User-Agent",
    "aws:username": "when a user calls, so not to the session of a role",
    "dynamodb:Attributes": "when the call names or reads attributes of items",
    "dynamodb:EnclosingOperation": "when the call is a part of a transaction",
    "dynamodb:LeadingKeys": "when the table exists and the call names items (not with Scan)",
    "dynamodb:ReturnConsumedCapacity": "when the call says it",
    "dynamodb:ReturnValues": "when the call says it",
    "dynamodb:Select": "when the call says it",
    "iam:PassedToService": "with iam:PassRole",
    "iam:PermissionsBoundary": "when the user or role that is changed has a boundary, or is to have one",
    "iam:PolicyARN": "when a managed policy is attached or detached",
    "iam:ResourceTag": "with calls to IAM, when the user, role or policy has a tag of that name",
    "lambda:FunctionArn": "with calls about event source mappings",
    "lambda:FunctionUrlAuthType": "with function URLs and permissions for them",
    "lambda:InvokedViaFunctionUrl": "when a function is invoked by its URL",
    "lambda:Layer": "when the call gives a function layers",
    "lambda:Principal": "with lambda:AddPermission",
    "s3:authType": "with calls that are signed in a header or in the address, so not with uploads by a form",
    "s3:delimiter": "when a listing has a delimiter",
    "s3:ExistingObjectTag": "when the object exists and has a tag of that name",
    "s3:if-match": "when the call is conditional",
    "s3:if-none-match": "when the call is conditional",
    "s3:locationconstraint": "when a bucket is made with a location",
    "s3:max-keys": "when a listing has a limit",
    "s3:object-lock-legal-hold": "when the call sends that header",
    "s3:object-lock-mode": "when the call sends that header",
    "s3:object-lock-retain-until-date": "when the call sends that header",
    "s3:prefix": "when a listing has a prefix",
    "s3:RequestObjectTag": OF_TAGS,
    "s3:RequestObjectTagKeys": OF_TAGS,
    "s3:ResourceAccount": "with every call to S3",
    "s3:signatureAge": "with presigned addresses",
    "s3:signatureversion": "with calls that are signed in a header or in the address, so not with uploads by a form",
    "s3:versionid": "when the call names a version",
    "s3:x-amz-acl": "when the call sends that header",
    "s3:x-amz-content-sha256": "when the call sends that header",
    "s3:x-amz-copy-source": "when the call copies",
    "s3:x-amz-grant-full-control": "when the call sends that header",
    "s3:x-amz-grant-read": "when the call sends that header",
    "s3:x-amz-grant-read-acp": "when the call sends that header",
    "s3:x-amz-grant-write": "when the call sends that header",
    "s3:x-amz-grant-write-acp": "when the call sends that header",
    "s3:x-amz-metadata-directive": "when the call sends that header",
    "s3:x-amz-object-ownership": "when the call sends that header",
    "s3:x-amz-server-side-encryption": "when the call sends that header",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "when the call sends that header",
    "s3:x-amz-server-side-encryption-customer-algorithm": "when the call sends that header",
    "s3:x-amz-storage-class": "when the call sends that header",
    "s3:x-amz-website-redirect-location": "when the call sends that header",
    "sts:ExternalId": "when whoever assumes a role gives an ExternalId",
    "sts:RoleSessionName": "when a role is assumed",
    "sts:TransitiveTagKeys": "when a role is assumed with tags that are handed on",
}
"""Each key without the name of a tag behind it, and when a request has it."""

NO_ORGANIZATIONS, NO_NETWORKS = "there are no organizations here", "there are no virtual networks here"
NEVER: Mapping[str, str] = {
    "aws:CalledVia": "no service here makes calls on behalf of its callers",
    "aws:FederatedProvider": "there are no identity providers here",
    "aws:MultiFactorAuthAge": "there are no devices for a second factor here",
    "aws:PrincipalOrgID": NO_ORGANIZATIONS,
    "aws:PrincipalOrgPaths": NO_ORGANIZATIONS,
    "aws:ResourceOrgID": NO_ORGANIZATIONS,
    "aws:ResourceOrgPaths": NO_ORGANIZATIONS,
    "aws:SourceIdentity": "source identities are not kept here",
    "aws:SourceOrgID": NO_ORGANIZATIONS,
    "aws:SourceOrgPaths": NO_ORGANIZATIONS,
    "aws:SourceVpc": NO_NETWORKS,
    "aws:SourceVpce": NO_NETWORKS,
    "aws:ViaAWSService": "no service here makes calls on behalf of its callers",
    "aws:VpcSourceIp": NO_NETWORKS,
    "lambda:EventSourceToken": "no service that invokes functions here sends a token",
    "lambda:SourceFunctionArn": "a function's calls are known by the name of its session",
    "s3:TlsVersion": "there is no TLS here",
    "sts:SourceIdentity": "source identities are not kept here",
}
"""Keys that AWS has and no request here ever does, and why."""

SPELLINGS = {key.lower(): key for key in (*GIVEN, *NEVER)}


def why_absent(key: str) -> str:
    """Say of a key that a request does not have why it does not."""
    name = key.partition("/")[0].lower()
    known = SPELLINGS.get(name, "")
    if known in GIVEN:
        return f"the request does not have that key: it is given {GIVEN[known]}"
    if known in NEVER:
        return f"no request here ever has that key: {NEVER[known]}"
    close = get_close_matches(name, SPELLINGS, n=1, cutoff=0.8)
    hint = f" (did you mean {SPELLINGS[close[0]]}?)" if close else ""
    return f"no request here ever has a key of that name{hint}"
