"""The authority: knows every credential, lets roles be assumed, and judges every call.

It promises that each refusal carries AWS's words, names the statement that decided, and is journalled (``denial``),
and that each assumption of a role, granted or refused, is journalled too (``assumption``).
Root may do everything. It does not store roles or policies: those are asked of the :class:`Directory` at every call,
so a change of a policy acts at once.
"""

from __future__ import annotations
