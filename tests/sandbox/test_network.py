"""A function talks to its listeners and to nobody else."""

from __future__ import annotations

import asyncio
import secrets
import socket

import pytest

from tests.sandbox.attacks import Attack, document

pytestmark = pytest.mark.isolation


async def test_only_the_listeners_answer(attack: Attack) -> None:
    name = f"lambda-lab-{secrets.token_hex(4)}"
    with socket.create_server(("127.0.0.1", 0)) as host, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0{name}")
        abstract.listen()
        sandbox = await attack("try_network.py", 9001, host.getsockname()[1], name)
        accepted, _ = await asyncio.wait_for(asyncio.get_running_loop().sock_accept(sandbox.listeners[9001]), 10)
        with accepted:
            accepted.sendall(b"hello")
        seen = await document(sandbox)

    assert seen["listener"] == "hello"
    assert seen["host"] in ("ECONNREFUSED", "EACCES")
    assert seen["abstract"] in ("ECONNREFUSED", "EAFNOSUPPORT")
    assert seen["metadata"] in ("ENETUNREACH", "EACCES")
    assert seen["abroad"] in ("ENETUNREACH", "EACCES")


async def test_there_is_no_other_interface(attack: Attack) -> None:
    seen = await document(await attack("try_network.py", 9, 9, "nobody"))

    assert seen["interfaces"] == ["lo"]


async def test_two_sandboxes_have_the_same_port_and_do_not_meet(attack: Attack) -> None:
    first, second = await attack("tick.py"), await attack("tick.py")

    assert first.listeners[9001].getsockname() == second.listeners[9001].getsockname() == ("127.0.0.1", 9001)
