"""The one door to running code: an invocation goes in, an outcome comes out, and the journal has it.

``await Invoker.invoke(invocation) -> Outcome``:

1. placement: a warm environment of the function if its generation reuses them, else a fresh one;
2. the environment's bootstrap gets the event through the Runtime API; the CPU share applies from that moment;
3. the first of these ends it: a response, an error, the end of the process, the deadline, a breach of a limit (all limits
   in a generation that names limit exceptions, only memory otherwise);
4. the log lines of the generation are delivered to CloudWatch Logs with the execution role's credentials;
5. the ``invocation`` entry is journalled, then the outcome is returned.

An environment that breached a limit, timed out or crashed is never used again.
``async with Invoker(...)`` destroys every environment at the end.
"""

from __future__ import annotations
