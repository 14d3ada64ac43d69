"""Which promises are lesser ones where namespaces are forbidden, or in Docker's containers, and how that is said.

Each test that cannot pass there has a row: the promise that it attacks, and words that ``doctor`` uses for what is
missing. It must fail there, and the words must be said; a promise that is kept after all has to leave this table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pytest

from runtime.sandbox.contract import Promise


class Lesser(NamedTuple):
    """What a test would prove that is not so here."""

    promise: str
    words: str
    is_certain: bool = True
    """Whether it must fail; else what others do on the machine decides."""


_NOT_REFUSED = Lesser("storage", "a write that is too much is not refused")
ALWAYS = {
    "test_storage.py::test_writing_600_mb_fails_inside_and_is_a_breach_outside": _NOT_REFUSED,
    "test_storage.py::test_asking_for_600_mb_without_writing_them_is_refused_and_a_breach": _NOT_REFUSED,
    "test_storage.py::test_files_without_content_run_out_too": _NOT_REFUSED,
    "test_life.py::test_nothing_of_the_runtime_is_left_open_in_the_program": Lesser(
        "files", "a child process cannot read its own /proc"
    ),
    "test_network.py::test_there_is_no_other_interface": Lesser("network", "its interfaces can be listed"),
    "test_network.py::test_two_sandboxes_have_the_same_port_and_do_not_meet": Lesser("network", "other programs reach"),
    "test_privileges.py::test_sockets_are_for_names_tcp_and_udp": Lesser("network", "no UDP"),
    "test_privileges.py::test_no_file_gives_its_owners_rights_away_and_none_is_a_device": Lesser(
        "privileges", "and gain nothing"
    ),
    "test_storage.py::test_a_sparse_file_and_a_thousand_names_of_one_file_use_what_they_hold": Lesser(
        "storage", "no disk of its own", is_certain=False
    ),
    **{
        f"test_file_descriptors.py::{name}[sockets-{language}]": Lesser("network", "Unix sockets exist in pairs only")
        for name in (
            "test_opening_3000_fails_and_a_swallowed_error_is_still_a_breach",
            "test_a_breach_that_is_swallowed_and_undone_is_remembered",
        )
        for language in ("nodejs", "nodejs_current")
    },
}
WITH_THE_USER_OF_THE_RUNTIME = {
    "test_privileges.py::test_there_are_no_capabilities_and_none_can_be_gained": Lesser("privileges", "bounding set"),
}
WITH_A_USER_OF_ITS_OWN = {
    "test_files.py::test_a_mount_below_a_private_directory_is_readable_inside": Lesser("files", "above its files"),
}
IN_CONTAINERS = {
    "test_files.py::test_no_secret_and_no_home_of_the_host_can_be_read": Lesser("files", "/.dockerenv"),
    "test_files.py::test_what_was_installed_on_this_machine_for_python_is_hidden": Lesser("files", "further devices"),
    "test_privileges.py::test_only_the_sandboxs_own_processes_are_seen": Lesser("files", "first process in /proc"),
    "test_privileges.py::test_no_file_gives_its_owners_rights_away_and_none_is_a_device": Lesser(
        "privileges", "setuid programs and devices"
    ),
    "test_privileges.py::test_the_kernels_settings_cannot_be_written": Lesser("privileges", "a program may say how"),
}
"""Docker's, whichever engine it is."""


def without_namespaces(promises: Sequence[Promise]) -> dict[str, Lesser]:
    """Return the table of a host on which the confined backend is the best one."""
    has_own_user = "a user that only the sandbox has" in _said(promises)["privileges"]
    return ALWAYS | (WITH_A_USER_OF_ITS_OWN if has_own_user else WITH_THE_USER_OF_THE_RUNTIME)


def _said(promises: Sequence[Promise]) -> dict[str, str]:
    return {promise.name: f"{promise.mechanism} {promise.remark}" for promise in promises}


def expect(items: Sequence[pytest.Item], promises: Sequence[Promise], table: Mapping[str, Lesser]) -> None:
    """Expect those tests to fail whose promises are said to be lesser ones."""
    said = _said(promises)
    for item in items:
        for name, lesser in table.items():
            if item.nodeid.endswith(name) or item.nodeid.partition("[")[0].endswith(name):
                if lesser.words not in said[lesser.promise]:
                    raise pytest.UsageError(f"{name} cannot pass here, and doctor does not say: {lesser.words}")
                item.add_marker(pytest.mark.xfail(reason=lesser.words, strict=lesser.is_certain))
