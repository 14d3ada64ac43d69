"""What judging adds to a call: ``python -m tests.benchmarks.judging``; no root is needed.

Measured is what the endpoint does once a signature is read: ``Authority.identify``, which finds whose the key is, and
``Authority.require``, which it asks once for each need of a call: finding the policies in the store, reading them if
their text is new, and judging. Of a session of a role with so many of AWS's managed policies, of a user who has ten of
them himself and ten by his group (AWS attaches ten to one), and of root, who needs none. Rounds are interleaved, a
round's figure is the median of its samples, and what is printed is the median over the rounds. Where the aim stands
beside it, it is what an issue of this house asks for.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from runtime.identity.principal import Credentials
from runtime.policy.values import ContextValue
from tests.endpoint.conftest import policy
from tests.endpoint.door import ACCOUNT, WireDoor, wire_door

AIM_MS = 0.3
COUNTS = (1, 5, 10)
MOST_OF_ONE = 10
PHOTO = "arn:aws:s3:::photos/cats/1.jpg"
TRUST = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
CONTEXT: Mapping[str, ContextValue] = {
    "aws:SourceIp": "127.0.0.1",
    "aws:SecureTransport": False,
    "aws:RequestedRegion": "us-east-1",
}
ATTACHED = (
    "AmazonS3ReadOnlyAccess",
    "AWSLambda_FullAccess",
    "AmazonDynamoDBFullAccess",
    "AmazonSQSFullAccess",
    "AmazonKinesisFullAccess",
    "CloudWatchLogsFullAccess",
    "CloudWatchFullAccess",
    "AmazonEC2FullAccess",
    "AmazonECS_FullAccess",
    "AmazonSNSFullAccess",
    "AmazonVPCFullAccess",
    "AWSStepFunctionsFullAccess",
    "AmazonRDSFullAccess",
    "AmazonRoute53FullAccess",
    "AWSCodeBuildAdminAccess",
    "AmazonEventBridgeFullAccess",
    "IAMReadOnlyAccess",
    "SecurityAudit",
    "ReadOnlyAccess",
    "PowerUserAccess",
)
"""Small and large ones: SecurityAudit and ReadOnlyAccess have hundreds of actions."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--samples", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lambda-lab-bench-") as directory, wire_door(Path(directory)) as door:
        variants = _variants(door)
        rounds = [
            {name: _median(judge, options.samples) for name, judge in variants.items()} for _ in range(options.rounds)
        ]
    _print(rounds)
    return 0


def _variants(door: WireDoor) -> Mapping[str, Callable[[], None]]:
    keys = {f"role, {count:>2} policies": _session(door, count) for count in COUNTS}
    keys |= {"user, 20 policies": _user(door)}
    return {
        name: lambda key=key: _judge(door, key)  # type: ignore[misc]  # bound now, not later
        for name, key in {"root": door.authority.root.credentials, **keys}.items()
    }


def _session(door: WireDoor, count: int) -> Credentials:
    iam, name = door.client("iam"), f"with-{count}"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    for policy_name in ATTACHED[:count]:
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy_name}")
    role = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    return door.authority.assume_role(door.authority.service("lambda.amazonaws.com"), role, "bench").credentials


def _user(door: WireDoor) -> Credentials:
    iam = door.client("iam")
    iam.create_user(UserName="learner", Tags=[{"Key": "team", "Value": "red"}])
    iam.create_group(GroupName="class")
    iam.add_user_to_group(UserName="learner", GroupName="class")
    for number, policy_name in enumerate(ATTACHED):
        arn = f"arn:aws:iam::aws:policy/{policy_name}"
        if number < MOST_OF_ONE:
            iam.attach_user_policy(UserName="learner", PolicyArn=arn)
        else:
            iam.attach_group_policy(GroupName="class", PolicyArn=arn)
    key = iam.create_access_key(UserName="learner")["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def _judge(door: WireDoor, key: Credentials) -> None:
    identity = door.authority.identify(key.access_key_id, key.session_token, inside_sandbox=False)
    assert identity is not None  # the account is strict
    door.authority.require(identity.principal, "s3:GetObject", PHOTO, CONTEXT, service="s3", operation="GetObject")


def _median(judge: Callable[[], None], samples: int) -> float:
    judge()
    taken = []
    for _ in range(samples):
        began = time.perf_counter()
        judge()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def _print(rounds: list[dict[str, float]]) -> None:
    print(f"{'principal':<20}{'ms p50':>8}{'beyond root':>13}   rounds from-to")
    for name in rounds[0]:
        figures = [one[name] for one in rounds]
        beyond = statistics.median(one[name] - one["root"] for one in rounds)
        aim = f"   aim: {AIM_MS}" if "20" in name else ""
        print(
            f"{name:<20}{statistics.median(figures):>8.3f}{beyond:>13.3f}   {min(figures):.3f}-{max(figures):.3f}{aim}"
        )


if __name__ == "__main__":
    sys.exit(main())
