"""Evaluate IAM policies, and explain the decision. Pure: no clock, no store, no network.

    decision = evaluate(request, policies)     # allow, explicit deny or implicit deny, and the statement that decided
    sentence = explain(decision)               # the same for a learner
    validate(document, kind)                   # ValueError with AWS's words for a malformed policy

Theory of operation. Each statement is asked whether it applies to the request, and the answer is yes, no or *unknown*
(``logic.py``): unknown is whatever this package cannot read, such as a condition operator that it has never heard of.
An unknown ``Allow`` does not apply and an unknown ``Deny`` does, so what is not understood never opens a door.
Then, within one account: an explicit deny wins over everything; a role's trust policy must allow the assumption; of
identity-based and resource-based policies one allow is enough; a permissions boundary and session policies only narrow.

What it does not do: requests from one account to another, service control policies, federated principals.
A document that is no policy at all (``validate`` refuses those) grants nothing and denies nothing.
"""

from runtime.policy.evaluation import evaluate
from runtime.policy.explanation import explain
from runtime.policy.validation import validate
from runtime.policy.values import Decision, Policy, PolicyKind, Request, Verdict

__all__ = ["Decision", "Policy", "PolicyKind", "Request", "Verdict", "evaluate", "explain", "validate"]
