"""A function talks to its listeners and to nobody else."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.attacks import Attack, document

pytestmark = pytest.mark.isolation


@pytest.fixture
async def seen(attack: Attack, tmp_path: Path) -> AsyncIterator[dict[str, Any]]:
    """Return what a function found that looked for servers of this host, each of which is there."""
    name = f"lambda-lab-{secrets.token_hex(4)}"
    with ExitStack() as servers:
        host = servers.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = host.getsockname()[1]
        for family, kind, address in (
            (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", port)),
            (socket.AF_INET6, socket.SOCK_STREAM, ("::1", port)),
            (socket.AF_UNIX, socket.SOCK_STREAM, f"\0{name}"),
            (socket.AF_UNIX, socket.SOCK_DGRAM, f"\0{name}-datagrams"),
            (socket.AF_UNIX, socket.SOCK_STREAM, str(tmp_path / "socket")),
        ):
            server = servers.enter_context(socket.socket(family, kind))
            server.bind(address)
            if kind == socket.SOCK_STREAM:
                server.listen()
        sandbox = await attack("try_network.py", 9001, port, name, tmp_path / "socket")
        accepted, _ = await asyncio.wait_for(asyncio.get_running_loop().sock_accept(sandbox.listeners[9001]), 10)
        with accepted:
            accepted.sendall(b"hello")
        yield await document(sandbox)


async def test_only_the_listeners_answer(seen: dict[str, Any]) -> None:
    assert seen["listener"] == "hello"
    assert seen["host"] in ("ECONNREFUSED", "EACCES")
    assert seen["abstract"] in ("ECONNREFUSED", "EAFNOSUPPORT")
    assert seen["metadata"] in ("ENETUNREACH", "EACCES")
    assert seen["abroad"] in ("ENETUNREACH", "EACCES")


async def test_no_other_way_leads_to_the_host(seen: dict[str, Any]) -> None:
    assert seen["abstract datagrams"] in ("ECONNREFUSED", "EAFNOSUPPORT", "EACCES")
    assert seen["socket in a file"] in ("ENOENT", "EACCES", "EAFNOSUPPORT")
    assert seen["host by IPv6"] in ("ECONNREFUSED", "EADDRNOTAVAIL", "ENETUNREACH", "EACCES", "EAFNOSUPPORT")
    assert seen["host by datagrams"] in ("ECONNREFUSED", "EACCES", "EAFNOSUPPORT", "EPROTONOSUPPORT", "EPERM")
    assert seen["everybody"] in ("EACCES", "ENETUNREACH", "EAFNOSUPPORT", "EPROTONOSUPPORT", "EPERM")


async def test_there_is_no_other_interface(seen: dict[str, Any]) -> None:
    assert seen["interfaces"] == ["lo"]


async def test_two_sandboxes_have_the_same_port_and_do_not_meet(attack: Attack) -> None:
    first, second = await attack("tick.py"), await attack("tick.py")

    assert first.listeners[9001].getsockname() == second.listeners[9001].getsockname() == ("127.0.0.1", 9001)
