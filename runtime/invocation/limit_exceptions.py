"""The exceptions that name a limit, for a generation that ends an invocation when one is exceeded.

The documentation of the preview says that a function which exceeds a limit fails "with an exceeded limits exception".
What a user of 2014 saw exactly is not known: the names and the sentences are ours, and each says which limit it
was, what it was set to and what was observed.
"""

from __future__ import annotations

import re

from runtime.sandbox.contract import Breach, Limit, Limits

MIB = 1024 * 1024
TIME_EXCEPTION = "TimeLimitExceededException"
NAMES = {
    Limit.MEMORY: "MemoryLimitExceededException",
    Limit.STORAGE: "StorageLimitExceededException",
    Limit.FILE_DESCRIPTORS: "FileDescriptorLimitExceededException",
    Limit.PROCESSES: "ProcessLimitExceededException",
}
SENTENCES = {
    Limit.MEMORY: "the function used {observed} MB of memory and asked for more; its limit is {configured} MB.",
    Limit.STORAGE: "the function stored {observed} MB in /tmp and asked for more; its limit is {configured} MB.",
    Limit.FILE_DESCRIPTORS: (
        "the function had {observed} file descriptors open and asked for more; its limit is {configured}."
    ),
    Limit.PROCESSES: "the function had {observed} processes and threads and asked for more; its limit is {configured}.",
}
TRACES = {
    Limit.FILE_DESCRIPTORS: re.compile(rb"\bEMFILE\b|\[Errno 24\]"),
    Limit.STORAGE: re.compile(rb"\bENOSPC\b|\[Errno 28\]"),
}
"""What an error says when the kernel refused to go beyond a limit that nobody counts. Processes are counted, and their
EAGAIN says many other things as well."""


def sentence(breach: Breach) -> str:
    """Say in one sentence what was exceeded, by what."""
    observed, configured = breach.observed, breach.configured
    if breach.unit == "files":
        return f"the function made {observed:,} files in /tmp, and there is room for {configured:,}."
    if breach.unit == "bytes":
        return SENTENCES[breach.limit].format(observed=_mib(observed), configured=_mib(configured))
    text = SENTENCES[breach.limit].format(observed=f"{observed:,}", configured=f"{configured:,}")
    if breach.limit is Limit.FILE_DESCRIPTORS and observed < configured:
        return f"{text[:-1]}: there is no room for a pipe or a connection that takes two."
    return text


def _mib(size: int) -> str:
    whole, rest = divmod(size, MIB)
    return f"{size / MIB:.1f}" if rest and whole < 10 else str(round(size / MIB))


def refused_limit(text: bytes) -> Limit | None:
    """Return the limit at which the kernel stopped the code that left this error behind."""
    return next((limit for limit, trace in TRACES.items() if trace.search(text)), None)


def breach_by_errno(limit: Limit, limits: Limits) -> Breach:
    """Return the breach that an errno shows: the kernel refused one more than the limit."""
    if limit is Limit.STORAGE:
        size = limits.storage_mib * MIB
        return Breach(limit, size, size, "bytes", "errno ENOSPC")
    return Breach(limit, limits.file_descriptors, limits.file_descriptors, "file descriptors", "errno EMFILE")
