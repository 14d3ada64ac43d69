from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import ServiceError
from runtime.identity.authority import Authority
from runtime.identity.principal import Credentials, Identity, Principal, PrincipalKind
from runtime.identity.seams import Holder
from runtime.journal import Journal
from runtime.policy import PolicyKind, Verdict

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/path/thumbnailer"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/thumbnailer/resize"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
BUCKET = "arn:aws:s3:::photos"
PHOTO = f"{BUCKET}/cats/1.jpg"
ROOT_KEY = Credentials("AKIAROOT", "root secret")
ALICE = Identity(Principal(PrincipalKind.USER, USER, ACCOUNT, "AIDAALICE"), Credentials("AKIAALICE", "alice's secret"))
INVALID = "The security token included in the request is invalid."


@dataclass
class Watch:
    """A clock that stands still until it is moved."""

    time: datetime = datetime(2014, 11, 13, 18, 30, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()


@dataclass
class PaperDirectory:
    """The documents of IAM, in dicts."""

    trust: dict[str, Any] = field(default_factory=dict)
    identifiers: dict[str, str] = field(default_factory=dict)
    attached: dict[str, list[tuple[str, Any]]] = field(default_factory=dict)
    resources: dict[str, tuple[str, Any]] = field(default_factory=dict)
    boundaries: dict[str, tuple[str, Any]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    seconds: int = 3600

    def user(self, access_key_id: str) -> Identity | None:
        return ALICE if access_key_id == "AKIAALICE" else None

    def trust_policy(self, role_arn: str) -> Mapping[str, Any] | None:
        return self.trust.get(role_arn)

    def holder(self, arn: str) -> Holder | None:
        return Holder(self.identifiers[arn], self.tags, self.seconds) if arn in self.identifiers else None

    def identity_policies(self, arn: str) -> Sequence[tuple[str, Mapping[str, Any]]]:
        return self.attached.get(arn, [])

    def permissions_boundary(self, arn: str) -> tuple[str, Mapping[str, Any]] | None:
        return self.boundaries.get(arn)

    def managed_policy(self, policy_arn: str) -> tuple[str, Mapping[str, Any]] | None:
        return None

    def resource_policy(self, resource_arn: str) -> tuple[str, Mapping[str, Any]] | None:
        return self.resources.get(resource_arn)


def document(effect: str = "Allow", action: str = "*", resource: str | None = "*", **more: Any) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": action, **more}
    return {"Version": "2012-10-17", "Statement": [statement | ({"Resource": resource} if resource else {})]}


def trusting(principal: Any, **more: Any) -> dict[str, Any]:
    return document(action="sts:AssumeRole", resource=None, Principal=principal, **more)


@pytest.fixture
def directory() -> PaperDirectory:
    return PaperDirectory(identifiers={ROLE: "AROATHUMB"}, trust={ROLE: trusting({"Service": "lambda.amazonaws.com"})})


@pytest.fixture
def clock() -> Watch:
    return Watch()


@pytest.fixture
def journal(tmp_path: Path, clock: Watch) -> Iterator[Journal]:
    journal = Journal(tmp_path / "lab.sqlite3", clock)
    yield journal
    journal.close()


def authority_over(directory: PaperDirectory, journal: Journal, clock: Watch, *, is_strict: bool) -> Authority:
    return Authority(
        account=ACCOUNT, root=ROOT_KEY, directory=directory, journal=journal, clock=clock, is_strict=is_strict
    )


@pytest.fixture
def authority(directory: PaperDirectory, journal: Journal, clock: Watch) -> Authority:
    return authority_over(directory, journal, clock, is_strict=True)


def session(authority: Authority, name: str = "resize", seconds: int = 3600) -> Identity:
    return authority.assume_role(authority.service("lambda.amazonaws.com"), ROLE, name, duration_seconds=seconds)


def facts(journal: Journal) -> list[tuple[str, Mapping[str, Any]]]:
    return [(entry.kind, entry.facts) for entry in journal.entries()]


# Who is who


def test_the_root_key_is_the_root_user(authority: Authority) -> None:
    root = authority.identify("AKIAROOT", None, inside_sandbox=True)

    assert root == authority.root
    assert authority.root.principal.arn == f"arn:aws:iam::{ACCOUNT}:root"
    assert authority.root.principal.identifier == ACCOUNT


def test_a_users_key_is_that_user(authority: Authority) -> None:
    assert authority.identify("AKIAALICE", None, inside_sandbox=False) == ALICE


def test_session_credentials_are_the_session(authority: Authority) -> None:
    identity = session(authority)

    credentials = identity.credentials
    assert authority.identify(credentials.access_key_id, credentials.session_token, inside_sandbox=True) == identity
    assert identity.principal == Principal(PrincipalKind.ROLE_SESSION, SESSION, ACCOUNT, "AROATHUMB:resize", role=ROLE)
    assert credentials.access_key_id.startswith("ASIA")
    assert len(credentials.access_key_id) == 20
    assert len(credentials.secret_access_key) == 40


@pytest.mark.parametrize("token", [None, "", "stolen"])
def test_session_credentials_without_their_token_are_nobodys(authority: Authority, token: str | None) -> None:
    credentials = session(authority).credentials

    with pytest.raises(ServiceError) as refusal:
        authority.identify(credentials.access_key_id, token, inside_sandbox=False)

    assert (refusal.value.code, refusal.value.message, refusal.value.status) == ("InvalidClientTokenId", INVALID, 403)


def test_session_credentials_end(authority: Authority, clock: Watch) -> None:
    credentials = session(authority, seconds=900).credentials
    clock.time += timedelta(seconds=900)

    with pytest.raises(ServiceError) as refusal:
        authority.identify(credentials.access_key_id, credentials.session_token, inside_sandbox=True)

    assert refusal.value.code == "ExpiredToken"
    assert refusal.value.message == "The security token included in the request is expired"


def test_the_session_of_a_role_that_was_made_again_is_nobodys(authority: Authority, directory: PaperDirectory) -> None:
    credentials = session(authority).credentials
    directory.identifiers[ROLE] = "AROAANOTHER"

    with pytest.raises(ServiceError, match="InvalidClientTokenId"):
        authority.identify(credentials.access_key_id, credentials.session_token, inside_sandbox=False)


def test_a_strict_account_refuses_an_unknown_key(authority: Authority) -> None:
    with pytest.raises(ServiceError) as refusal:
        authority.identify("test", "test", inside_sandbox=False)

    assert (refusal.value.code, refusal.value.message, refusal.value.status) == ("InvalidClientTokenId", INVALID, 403)


def test_a_lenient_account_lets_an_unknown_key_pass_but_not_from_a_sandbox_and_not_a_lost_session(
    directory: PaperDirectory, journal: Journal, clock: Watch
) -> None:
    lenient = authority_over(directory, journal, clock, is_strict=False)

    assert lenient.identify("test", None, inside_sandbox=False) is None
    assert lenient.identify("AKIAALICE", None, inside_sandbox=False) == ALICE
    with pytest.raises(ServiceError, match="InvalidClientTokenId"):
        lenient.identify("test", None, inside_sandbox=True)
    with pytest.raises(ServiceError, match="InvalidClientTokenId"):
        lenient.identify("ASIA2345672345672345", "lost", inside_sandbox=False)


# Assuming roles


def test_a_granted_assumption_is_journalled(authority: Authority, journal: Journal) -> None:
    session(authority)

    [(kind, written)] = facts(journal)
    assert kind == "assumption"
    assert written["explanation"].endswith("statement 1 of the role's trust policy allows it.")
    assert {key: value for key, value in written.items() if key not in ("explanation", "trace")} == {
        "service": "lambda.amazonaws.com",
        "role": ROLE,
        "session_name": "resize",
        "external_id": None,
        "granted": True,
        "message": "",
    }


def test_a_refused_assumption_is_journalled_and_speaks_awss_sentence(authority: Authority, journal: Journal) -> None:
    sentence = f"User: {USER} is not authorized to perform: sts:AssumeRole on resource: {ROLE}"

    with pytest.raises(ServiceError) as refusal:
        authority.assume_role(ALICE.principal, ROLE, "x")

    assert (refusal.value.code, refusal.value.message, refusal.value.status) == ("AccessDenied", sentence, 403)
    [(kind, written)] = facts(journal)
    assert (kind, written["granted"], written["message"], written["service"]) == ("assumption", False, sentence, USER)
    assert "trust policy" in written["explanation"]


def test_s3_assumes_only_for_the_bucket_that_the_trust_policy_names(
    authority: Authority, directory: PaperDirectory
) -> None:
    directory.trust[ROLE] = trusting(
        {"Service": "s3.amazonaws.com"}, Condition={"ArnLike": {"sts:ExternalId": "arn:aws:s3:::photos*"}}
    )
    s3 = authority.service("s3.amazonaws.com")

    assert authority.assume_role(s3, ROLE, "x", external_id="arn:aws:s3:::photos-raw").principal.role == ROLE
    for external_id in ("arn:aws:s3:::other", None):
        with pytest.raises(ServiceError, match="AccessDenied"):
            authority.assume_role(s3, ROLE, "x", external_id=external_id)


def test_a_user_assumes_a_role_that_trusts_the_account_if_its_own_policy_allows_it(
    authority: Authority, directory: PaperDirectory
) -> None:
    directory.trust[ROLE] = trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})

    assert not authority.may_assume(ALICE.principal, ROLE).is_allowed
    directory.attached[USER] = [("may assume", document(action="sts:AssumeRole", resource=ROLE))]
    assert authority.may_assume(ALICE.principal, ROLE).is_allowed
    assert authority.assume_role(ALICE.principal, ROLE, "x").principal.arn.endswith("assumed-role/thumbnailer/x")


def test_root_assumes_no_roles(authority: Authority, directory: PaperDirectory) -> None:
    directory.trust[ROLE] = trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})

    assert not authority.may_assume(authority.root.principal, ROLE).is_allowed
    with pytest.raises(ServiceError) as refusal:
        authority.assume_role(authority.root.principal, ROLE, "x")

    assert refusal.value.message == "Roles may not be assumed by root accounts."


def test_a_role_that_does_not_exist_is_refused_in_the_same_words_but_explained(
    authority: Authority, journal: Journal
) -> None:
    with pytest.raises(ServiceError, match="is not authorized to perform: sts:AssumeRole on resource: arn:nobody"):
        authority.assume_role(ALICE.principal, "arn:nobody", "x")

    assert facts(journal)[0][1]["explanation"].startswith("There is no role arn:nobody.")


# Judging calls


def test_root_needs_no_policy(authority: Authority) -> None:
    decision = authority.judge(authority.root.principal, "s3:DeleteBucket", BUCKET)

    assert decision.is_allowed
    assert decision.statement is None


def test_a_bucket_policy_can_deny_root_everything_but_the_way_out(
    authority: Authority, directory: PaperDirectory
) -> None:
    directory.resources[BUCKET] = ("bucket policy", document("Deny", Principal="*"))
    root = authority.root.principal

    assert authority.judge(root, "s3:GetObject", PHOTO).verdict is Verdict.EXPLICIT_DENY
    assert authority.judge(root, "s3:DeleteBucketPolicy", BUCKET).is_allowed


def test_a_session_has_the_rights_of_its_role_and_a_change_acts_at_once(
    authority: Authority, directory: PaperDirectory
) -> None:
    principal = session(authority).principal

    assert not authority.judge(principal, "s3:GetObject", PHOTO).is_allowed
    directory.attached[ROLE] = [("read", document(action="s3:GetObject", resource=f"{BUCKET}/*"))]
    assert authority.judge(principal, "s3:GetObject", PHOTO).policy == "read"
    directory.attached[ROLE] = []
    assert not authority.judge(principal, "s3:GetObject", PHOTO).is_allowed


def test_an_object_is_judged_by_the_policy_of_its_bucket(authority: Authority, directory: PaperDirectory) -> None:
    directory.resources[BUCKET] = ("bucket policy", document(Principal={"AWS": USER}))

    assert authority.judge(ALICE.principal, "s3:GetObject", PHOTO).policy == "bucket policy"


def test_everybody_may_ask_who_they_are(authority: Authority, directory: PaperDirectory) -> None:
    directory.attached[USER] = [("nothing", document("Deny"))]

    assert authority.judge(ALICE.principal, "sts:GetCallerIdentity", "*").is_allowed


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"aws:username": "alice"}}, True),
        ({"StringEquals": {"aws:userid": "AIDAALICE", "aws:PrincipalType": "User"}}, True),
        ({"ArnEquals": {"aws:PrincipalArn": USER}}, True),
        ({"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2014-12-01T00:00:00Z"}}, True),
        ({"NumericGreaterThan": {"aws:EpochTime": "1415903400"}}, False),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.1"}}, True),
        ({"Bool": {"aws:PrincipalIsAWSService": "true"}}, False),
    ],
)
def test_the_context_says_who_asks_and_when(
    authority: Authority, directory: PaperDirectory, condition: dict[str, Any], expected: bool
) -> None:
    directory.attached[USER] = [("conditional", document(Condition=condition))]

    decision = authority.judge(ALICE.principal, "s3:GetObject", PHOTO, {"aws:SourceIp": "127.0.0.1"})

    assert decision.is_allowed is expected


def test_a_role_session_has_the_arn_of_its_role_and_no_username(
    authority: Authority, directory: PaperDirectory
) -> None:
    principal = session(authority).principal
    condition = {"ArnEquals": {"aws:PrincipalArn": ROLE}, "Null": {"aws:username": "true"}}
    directory.attached[ROLE] = [("conditional", document(Condition=condition))]

    assert authority.judge(principal, "s3:GetObject", PHOTO).is_allowed


# Requiring


def test_a_call_that_is_allowed_leaves_no_trace(
    authority: Authority, directory: PaperDirectory, journal: Journal
) -> None:
    directory.attached[USER] = [("all", document())]

    authority.require(ALICE.principal, "s3:GetObject", PHOTO, service="s3", operation="GetObject")

    assert facts(journal) == []


def test_a_denial_is_journalled_with_everything_that_decided(
    authority: Authority, directory: PaperDirectory, journal: Journal
) -> None:
    directory.attached[USER] = [("no deletes", document("Deny", "dynamodb:Delete*", Sid="Keep"))]
    table = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/pets"

    with pytest.raises(ServiceError) as refusal:
        authority.require(
            ALICE.principal,
            "dynamodb:DeleteTable",
            table,
            service="dynamodb",
            operation="DeleteTable",
            request_id="r-1",
        )

    sentence = (
        f"User: {USER} is not authorized to perform: dynamodb:DeleteTable on resource: {table} "
        "with an explicit deny in an identity-based policy"
    )
    assert (refusal.value.code, refusal.value.message, refusal.value.status) == ("AccessDenied", sentence, 403)
    [(kind, written)] = facts(journal)
    assert kind == "denial"
    assert 'statement 1 ("Keep")' in written["explanation"]
    assert {key: value for key, value in written.items() if key not in ("explanation", "trace")} == {
        "principal": USER,
        "action": "dynamodb:DeleteTable",
        "resource": table,
        "decision": "explicit deny",
        "policy": "no deletes",
        "statement": {"Effect": "Deny", "Action": "dynamodb:Delete*", "Resource": "*", "Sid": "Keep"},
        "message": sentence,
        "service": "dynamodb",
        "operation": "DeleteTable",
        "request_id": "r-1",
    }
    assert json.dumps(written)


@pytest.mark.parametrize(
    ("action", "resource", "service", "ending"),
    [
        (
            "s3:GetObject",
            PHOTO,
            "s3",
            f's3:GetObject on resource: "{PHOTO}" because no identity-based policy allows the s3:GetObject action',
        ),
        (
            "s3:ListAllMyBuckets",
            "*",
            "s3",
            "s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action",
        ),
        (
            "lambda:ListFunctions",
            "*",
            "lambda",
            "lambda:ListFunctions on resource: * "
            "because no identity-based policy allows the lambda:ListFunctions action",
        ),
    ],
)
def test_each_service_speaks_its_own_form_of_the_sentence(
    authority: Authority, action: str, resource: str, service: str, ending: str
) -> None:
    with pytest.raises(ServiceError) as refusal:
        authority.require(ALICE.principal, action, resource, service=service, operation="X")

    assert refusal.value.message == f"User: {USER} is not authorized to perform: {ending}"


def test_a_resources_own_policy_is_named_when_it_denies(authority: Authority, directory: PaperDirectory) -> None:
    directory.attached[USER] = [("all", document())]
    directory.resources[BUCKET] = ("bucket policy", document("Deny", Principal="*"))

    with pytest.raises(ServiceError, match="with an explicit deny in a resource-based policy"):
        authority.require(ALICE.principal, "s3:GetObject", PHOTO, service="s3", operation="GetObject")


# Narrowing


def test_a_boundary_of_the_role_bounds_its_sessions(authority: Authority, directory: PaperDirectory) -> None:
    directory.attached[ROLE] = [("all", document())]
    directory.boundaries[ROLE] = ("edge", document(action="logs:*"))
    principal = session(authority).principal

    decision = authority.judge(principal, "s3:GetObject", PHOTO)

    assert (decision.verdict, decision.kind) == (Verdict.IMPLICIT_DENY, PolicyKind.BOUNDARY)
    assert authority.judge(principal, "logs:PutLogEvents", "*").is_allowed


def test_the_policies_that_are_passed_bound_one_session_and_no_other(
    authority: Authority, directory: PaperDirectory
) -> None:
    directory.attached[ROLE] = [("all", document())]
    service = authority.service("lambda.amazonaws.com")

    passed = [("passed", document(action="logs:*"))]
    bounded = authority.assume_role(service, ROLE, "bounded", session_policies=passed).principal
    free = session(authority).principal

    assert authority.judge(bounded, "s3:GetObject", PHOTO).kind is PolicyKind.SESSION
    assert authority.judge(free, "s3:GetObject", PHOTO).is_allowed


def test_a_resource_of_another_account_needs_its_own_policy(authority: Authority, directory: PaperDirectory) -> None:
    directory.attached[USER] = [("all", document())]
    theirs = "arn:aws:sqs:us-east-1:210987654321:jobs"

    assert authority.judge(ALICE.principal, "sqs:SendMessage", theirs).kind is PolicyKind.RESOURCE
    directory.resources[theirs] = ("queue policy", document(Principal={"AWS": ACCOUNT}))
    assert authority.judge(ALICE.principal, "sqs:SendMessage", theirs).is_allowed


def test_a_denial_is_journalled_with_the_nearest_miss(
    authority: Authority, directory: PaperDirectory, journal: Journal
) -> None:
    directory.attached[USER] = [("reads", document(action="s3:GetObject", resource="arn:aws:s3:::other/*"))]

    with pytest.raises(ServiceError) as refusal:
        authority.require(ALICE.principal, "s3:GetObject", PHOTO, service="s3", operation="GetObject")

    [(_, written)] = facts(journal)
    assert written["trace"]["nearest"]["policy"] == "reads"
    assert 'only on "arn:aws:s3:::other/*"' in written["explanation"]
    assert "other" not in refusal.value.message


@pytest.mark.parametrize(
    ("source", "is_allowed"),
    [
        ({"aws:SourceArn": "arn:aws:s3:::photos"}, True),
        ({"aws:SourceArn": "arn:aws:s3:::others"}, False),
        ({}, False),
    ],
)
def test_a_service_invokes_a_function_only_for_the_source_that_the_functions_policy_names(
    authority: Authority, directory: PaperDirectory, source: dict[str, str], is_allowed: bool
) -> None:
    """Facts H4: SourceArn becomes ``ArnLike`` of ``AWS:SourceArn``, SourceAccount ``StringEquals``."""
    function = "arn:aws:lambda:us-east-1:123456789012:function:hello"
    conditions = {
        "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::photos"},
        "StringEquals": {"AWS:SourceAccount": "123456789012"},
    }
    directory.resources[function] = (
        "policy of function hello",
        document(
            action="lambda:InvokeFunction",
            resource=function,
            Principal={"Service": "s3.amazonaws.com"},
            Condition=conditions,
        ),
    )

    judged = authority.judge(authority.service("s3.amazonaws.com"), "lambda:InvokeFunction", function, source)
    other = authority.judge(authority.service("events.amazonaws.com"), "lambda:InvokeFunction", function, source)

    assert judged.is_allowed is is_allowed
    assert not other.is_allowed
