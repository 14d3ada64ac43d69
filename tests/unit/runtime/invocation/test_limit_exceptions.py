from __future__ import annotations

import pytest

from runtime.invocation.limit_exceptions import breach_by_errno, refused_limit, sentence
from runtime.sandbox.contract import Breach, Limit, Limits

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("breach", "words"),
    [
        (
            Breach(Limit.MEMORY, 128 * MIB, 128 * MIB, "bytes", ""),
            "the function used 128 MB of memory and asked for more; its limit is 128 MB.",
        ),
        (
            Breach(Limit.STORAGE, 512 * MIB, 511 * MIB + 7, "bytes", ""),
            "the function stored 511 MB in /tmp and asked for more; its limit is 512 MB.",
        ),
        (
            Breach(Limit.STORAGE, 32768, 32768, "files", ""),
            "the function made 32,768 files in /tmp, and there is room for 32,768.",
        ),
        (
            Breach(Limit.FILE_DESCRIPTORS, 1024, 1024, "file descriptors", ""),
            "the function had 1,024 file descriptors open and asked for more; its limit is 1,024.",
        ),
        (
            Breach(Limit.FILE_DESCRIPTORS, 1024, 1023, "file descriptors", ""),
            "the function had 1,023 file descriptors open and asked for more; its limit is 1,024: there is no "
            "room for a pipe or a connection that takes two.",
        ),
        (
            Breach(Limit.PROCESSES, 1024, 1024, "processes and threads", ""),
            "the function had 1,024 processes and threads and asked for more; its limit is 1,024.",
        ),
    ],
)
def test_a_breach_is_told_with_its_limit_and_what_was_observed(breach: Breach, words: str) -> None:
    assert sentence(breach) == words


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (b"Error: EMFILE, too many open files '/tmp/x'", Limit.FILE_DESCRIPTORS),
        (b"OSError: [Errno 24] Too many open files", Limit.FILE_DESCRIPTORS),
        (b"Error: ENOSPC, write", Limit.STORAGE),
        (b"Error: read EAGAIN", None),
        (b"Error: ENOENT, no such file", None),
    ],
)
def test_an_errno_in_an_error_tells_which_limit_refused(text: bytes, limit: Limit | None) -> None:
    assert refused_limit(text) is limit


def test_a_breach_proven_by_an_errno_is_as_large_as_the_limit() -> None:
    breach = breach_by_errno(Limit.STORAGE, Limits(128, 0.0625, storage_mib=512))

    assert (breach.configured, breach.observed, breach.mechanism) == (512 * MIB, 512 * MIB, "errno ENOSPC")
