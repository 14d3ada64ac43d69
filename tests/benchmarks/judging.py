"""What judging adds to a call: ``python -m tests.benchmarks.judging``; no root is needed.

Measured is ``Authority.require``, which the endpoint asks once for each need of a call, for a session of a role with so
many of AWS's managed policies (and for root, who needs none): finding the policies in the store, reading them if their
text is new, and judging. Rounds are interleaved, a round's figure is the median of its samples, and what is printed is
the median over the rounds. Where the aim stands beside it, it is what an issue of this house asks for.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from runtime.identity.principal import Principal
from runtime.policy.values import ContextValue
from tests.endpoint.conftest import policy
from tests.endpoint.door import ACCOUNT, WireDoor, wire_door

AIM_MS = 0.3
COUNTS = (1, 5, 20)
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
    principals = {f"{count:>2} policies": _session(door, count) for count in COUNTS}
    return {
        name: lambda principal=principal: _judge(door, principal)  # type: ignore[misc]  # bound now, not later
        for name, principal in {"root": door.authority.root.principal, **principals}.items()
    }


def _session(door: WireDoor, count: int) -> Principal:
    iam, name = door.client("iam"), f"with-{count}"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    for policy_name in ATTACHED[:count]:
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy_name}")
    role = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    return door.authority.assume_role(door.authority.service("lambda.amazonaws.com"), role, "bench").principal


def _judge(door: WireDoor, principal: Principal) -> None:
    door.authority.require(principal, "s3:GetObject", PHOTO, CONTEXT, service="s3", operation="GetObject")


def _median(judge: Callable[[], None], samples: int) -> float:
    judge()
    taken = []
    for _ in range(samples):
        began = time.perf_counter()
        judge()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def _print(rounds: list[dict[str, float]]) -> None:
    print(f"{'principal':<14}{'ms p50':>8}{'beyond root':>13}   rounds from-to")
    for name in rounds[0]:
        figures = [one[name] for one in rounds]
        beyond = statistics.median(one[name] - one["root"] for one in rounds)
        aim = f"   aim: {AIM_MS}" if name.startswith("20") else ""
        print(
            f"{name:<14}{statistics.median(figures):>8.3f}{beyond:>13.3f}   {min(figures):.3f}-{max(figures):.3f}{aim}"
        )


if __name__ == "__main__":
    sys.exit(main())
