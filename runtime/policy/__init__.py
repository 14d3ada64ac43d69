"""Evaluate IAM policies, and explain the decision. Pure: no clock, no store, no network.

    decision = evaluate(request, policies)     # allow, explicit deny or implicit deny, and the statement that decided
    whole = trace(request, policies)           # the same with every policy considered and the nearest miss
    sentence = explained(whole)                # the same for a learner
    validate(document, kind)                   # ValueError with AWS's words for a malformed policy

Theory of operation. A document is read once (``document.py``) into statements that can be asked quickly. Each statement
is asked whether it applies to the request, and the answer is yes, no or *unknown* (``logic.py``): unknown is whatever
this package cannot read, such as a condition operator that it has never heard of. An unknown ``Allow`` does not apply
and an unknown ``Deny`` does, so what is not understood never opens a door. What the answers come to is the subject of
``evaluation.py``: an explicit deny wins over everything, a permissions boundary and session policies only narrow, and
which side has to allow depends on who owns what.

What it does not do: policies of organizations (service and resource control policies) and of VPC endpoints, federated
and canonical principals, access control lists. A document that is no policy at all (``validate`` refuses those) grants
nothing and denies nothing.
"""

from runtime.policy.document import read
from runtime.policy.evaluation import evaluate
from runtime.policy.explanation import explain, explained
from runtime.policy.principal_form import named_principals, renamed
from runtime.policy.resource_validation import validate as validate_bucket_policy
from runtime.policy.trace import DecisionTrace, trace
from runtime.policy.validation import validate
from runtime.policy.values import Decision, Policy, PolicyKind, Request, Verdict

__all__ = [
    "Decision",
    "DecisionTrace",
    "Policy",
    "PolicyKind",
    "Request",
    "Verdict",
    "evaluate",
    "explain",
    "explained",
    "named_principals",
    "read",
    "renamed",
    "trace",
    "validate",
    "validate_bucket_policy",
]
