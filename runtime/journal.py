"""The journal: what happened, in order; the run ledger that widgets draw and quizzes assess.

An entry is ``{"seq", "time", "kind", "facts", "previous", "hash"}``; ``hash`` is the SHA-256 of the canonical JSON
(sorted keys, no spaces, UTF-8) of the entry without ``hash``, and ``previous`` is the hash of the entry before
(64 zeros for the first), so an entry cannot be changed, dropped or put in later without breaking the chain.
It is tamper-evident, not tamper-proof: whoever may write the file can make a new chain.

Kinds and their facts:

* ``invocation``: request_id, function, function_arn, generation, runtime, handler, code_sha256, role, invocation_type,
  source, caller, event_sha256, result_sha256, sandbox, start (``cold`` | ``warm``), log_group, log_stream, memory_mib,
  storage_mib, timeout_seconds, cpu_share, backend, mechanisms ({promise: mechanism or null}), init_ms, duration_ms,
  billed_ms, cpu_ms, received_share, peak_memory_bytes, cost_usd, status (``runtime.invocation.outcome.Status``),
  error_type, error_message, breach (null | {limit, configured, observed, unit, mechanism})
* ``denial``: principal, action, resource, decision (``explicit deny`` | ``implicit deny``), policy (name or null),
  statement (the statement that decided, or null), message, service, operation, request_id
* ``assumption``: service (the principal that assumed), role, session_name, external_id, granted, message
* ``push``: source, bucket, key, event_name, function_arn, role, status (``accepted`` | ``refused``), message, request_id
* ``function``: operation, function, generation, code_sha256, caller   (created, updated, deleted)
* ``reset``: caller
* ``platform-error``: where, message

It is durable: SQLite in WAL mode; an entry that ``append`` returned survives ``kill -9``.
"""

from __future__ import annotations
