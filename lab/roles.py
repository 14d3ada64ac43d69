"""The execution role that most lessons need: Lambda may assume it, and it may write logs. Nothing else."""

from __future__ import annotations

from pathlib import Path

NAME = "lambda_basic_execution"
POLICIES = Path(__file__).parent / "policies"


def basic_execution_role() -> str:
    """Make the role unless it is there, and return its ARN."""
    import boto3

    iam = boto3.client("iam")
    try:
        arn = str(iam.get_role(RoleName=NAME)["Role"]["Arn"])
    except iam.exceptions.NoSuchEntityException:
        trust = (POLICIES / "lambda_may_assume.json").read_text()
        arn = str(iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=trust)["Role"]["Arn"])
    # Written every time, so that a role whose policy was lost or changed is whole again.
    access = (POLICIES / "may_write_logs.json").read_text()
    iam.put_role_policy(RoleName=NAME, PolicyName="logs", PolicyDocument=access)
    return arn
