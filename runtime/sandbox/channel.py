"""Waiting in asyncio for what a sandbox says and for descriptors that become readable."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping, Sequence
from typing import Any

from runtime.errors import PlatformError
from runtime.sandbox import recipe


async def readable(descriptor: int) -> None:
    """Wait until a descriptor can be read; for a process descriptor that is the end of the process."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_reader(descriptor, _settle, ready)
    try:
        await ready
    finally:
        loop.remove_reader(descriptor)


async def receive(channel: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Wait for the next message; an empty one means that the other side has gone."""
    await readable(channel.fileno())
    return receive_now(channel)


def receive_now(channel: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Take the next message, which must be there already."""
    try:
        return recipe.receive(channel)
    except ConnectionResetError:
        return {}, []


def send(channel: socket.socket, message: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Send one message; raise :class:`PlatformError` if it is too long or nobody is there to take it."""
    try:
        recipe.send(channel, dict(message), descriptors)
    except OSError as error:
        raise PlatformError(f"The sandbox cannot be told what to do: {error.strerror}.") from error


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
