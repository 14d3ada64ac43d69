"""Is this the journal as the runtime wrote it?

Every journal entry carries ``hash``, the SHA-256 of its own canonical JSON without ``hash`` (sorted keys, no spaces,
UTF-8), and ``previous``, the hash of the entry before it; the first entry has ``seq`` 1 and 64 zeros. So an entry that
was changed, dropped, put in or moved breaks the chain, and :func:`verify` says where.

It does not prove who wrote the chain: whoever can run this code can make a new one that is whole. Entries missing at
the *end* are not noticed either; they look like a journal that was saved earlier.

The rule is written down in the runtime's journal too. The lab may not import the runtime, so it stands here a second
time, and a test holds the two equal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

FIRST_PREVIOUS = "0" * 64
MEMBERS = {"seq": int, "time": str, "kind": str, "facts": dict, "previous": str, "hash": str}


class BrokenChainError(ValueError):
    """These entries are not a journal from its beginning, unchanged; the message says which one and why."""


def entry_hash(entry: Mapping[str, Any]) -> str:
    """Return the hash that the entry should carry."""
    hashed = {member: value for member, value in entry.items() if member != "hash"}
    canonical = json.dumps(hashed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def verify(entries: Iterable[Mapping[str, Any]]) -> None:
    """Raise :class:`BrokenChainError` unless the entries are a journal from its first entry on, unchanged."""
    previous = FIRST_PREVIOUS
    for seq, entry in enumerate(entries, start=1):
        _expect_members(seq, entry)
        if entry["seq"] != seq:
            raise BrokenChainError(f"entry {seq} is missing: entry {entry['seq']} stands in its place")
        if entry["previous"] != previous:
            raise BrokenChainError(f"entry {seq} does not follow from the entry before it")
        if entry["hash"] != entry_hash(entry):
            raise BrokenChainError(f"entry {seq} was changed after it was written")
        previous = entry["hash"]


def _expect_members(seq: int, entry: Mapping[str, Any]) -> None:
    if set(entry) != set(MEMBERS) or not all(isinstance(entry[member], kind) for member, kind in MEMBERS.items()):
        raise BrokenChainError(f"entry {seq} is not a journal entry: it should have {', '.join(MEMBERS)}")
