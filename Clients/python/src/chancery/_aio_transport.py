"""Carries requests over connections that are kept: for asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
import weakref
from collections.abc import AsyncIterator
from typing import Any

from ._heard import Heard
from ._http import Exchange, Reply, Request, connection
from ._place import Place, require_own_daemon
from ._transport import LONGEST_IDLE, MOST_IDLE, READ_SIZE, lost, timed_out, unreachable
from .errors import ChanceryError, Unreachable


class _Line:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.http = connection()
        self.used = time.monotonic()

    def is_quiet(self) -> bool:
        if time.monotonic() - self.used >= LONGEST_IDLE or self.writer.is_closing() or self.reader.at_eof():
            return False
        # The reader has no public way to ask whether it holds bytes that nobody read.
        return not getattr(self.reader, "_buffer", b"")

    def close(self) -> None:
        self.writer.close()


class AsyncTransport:
    """Used by any number of tasks at once. Each event loop has connections of its own."""

    def __init__(self, place: Place, timeout: float) -> None:
        self.place = place
        self.timeout = timeout
        self._idle: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, list[_Line]] = weakref.WeakKeyDictionary()
        self._closed = False

    async def exchange(self, request: Request, heard: Heard | None = None) -> Reply:
        """With `heard`, an answer for which the caller does not wait to its end goes on there."""
        seconds = request.timeout if request.timeout is not None else self.timeout
        state = _State(heard, asyncio.current_task())
        try:
            return await asyncio.wait_for(self._attempt(request, state), seconds)
        except (asyncio.TimeoutError, TimeoutError):
            state.close()
            raise timed_out(request, seconds, state.reached) from None
        except BaseException:
            state.leave(seconds)
            raise

    async def close(self) -> None:
        self._closed = True
        self.leave_loop()

    def leave_loop(self) -> None:
        """Closes the connections of the loop that runs; there are more when they are needed."""
        for line in self._idle.pop(asyncio.get_running_loop(), []):
            line.close()

    async def _attempt(self, request: Request, state: _State) -> Reply:
        state.task = asyncio.current_task()
        if state.is_left:
            raise asyncio.CancelledError
        line, is_fresh = await self._take()
        try:
            return await self._carry(line, request, state)
        except Unreachable as error:
            if is_fresh or not request.is_repeatable or error.code != "client.unreachable":
                raise
            return await self._carry(await self._open(), request, state)

    async def _carry(self, line: _Line, request: Request, state: _State) -> Reply:
        exchange = Exchange(line.http, request, self.place.authority)
        parts = state.heard.asks(request) if state.heard is not None else None
        is_done = is_left = False
        if parts is not None:
            state.hears(line, exchange, parts)
        try:
            state.reached = True
            line.writer.write(exchange.opening())
            await line.writer.drain()
            if request.parts:
                async for data in _parts(exchange, request):
                    line.writer.write(data)
                    await line.writer.drain()
            reply = None
            while reply is None:
                data = await line.reader.read(READ_SIZE)
                if not data and not exchange.has_begun:
                    raise lost(self.place)
                if parts is not None:
                    parts.append(data)
                reply = exchange.receive(data)
            is_done = exchange.is_reusable
            return reply
        except OSError as error:
            raise unreachable(self.place, error, state.reached) from None
        except (asyncio.CancelledError, GeneratorExit):
            is_left = parts is not None
            raise
        finally:
            if not is_left:
                state.line = None
                self._give_back(line) if is_done else line.close()

    async def _take(self) -> tuple[_Line, bool]:
        if self._closed:
            raise ChanceryError("client.closed", "the client was closed")
        idle = self._idle.setdefault(asyncio.get_running_loop(), [])
        while idle:
            line = idle.pop()
            if line.is_quiet():
                return line, False
            line.close()
        return await self._open(), True

    def _give_back(self, line: _Line) -> None:
        line.http.start_next_cycle()
        line.used = time.monotonic()
        idle = self._idle.setdefault(asyncio.get_running_loop(), [])
        if self._closed or len(idle) >= MOST_IDLE:
            return line.close()
        idle.append(line)
        return None

    async def _open(self) -> _Line:
        place = self.place
        try:
            if place.socket_path is None:
                return _Line(*await asyncio.open_connection(place.host, place.port, ssl=place.tls))
            line = _Line(*await asyncio.open_unix_connection(place.socket_path))
        except OSError as error:
            raise unreachable(place, error) from None
        try:
            require_own_daemon(line.writer.get_extra_info("socket"), place.socket_path)
        except BaseException:
            line.close()
            raise
        return line


class _State:
    """An exchange as the one who waits for it sees it: he may be cancelled, closed or late where those who carry it are not."""

    def __init__(self, heard: Heard | None, waits: asyncio.Task[Any] | None) -> None:
        self.reached = False
        self.is_left = False
        self._waits = waits
        self.heard = heard
        self.task: asyncio.Task[Any] | None = None
        self.line: _Line | None = None
        self._exchange: Exchange | None = None
        self._parts: list[bytes] = []

    def hears(self, line: _Line, exchange: Exchange, parts: list[bytes]) -> None:
        self.line, self._exchange, self._parts = line, exchange, parts

    def close(self) -> None:
        line, self.line = self.line, None
        if line is None:
            return
        # The loop may be gone, and with it what closes; the other side hears of it all the same.
        with contextlib.suppress(RuntimeError):
            line.close()
        if not _is_in_loop():
            with contextlib.suppress(OSError):
                line.writer.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def leave(self, seconds: float) -> None:
        """Has the rest of the answer read without whoever waited."""
        # Until 3.12 a task of its own carries the exchange, and is not closed with who waits. What it has not sent yet it does
        # not send any more.
        self.is_left = True
        if self.task is not None and self.task is not self._waits:
            with contextlib.suppress(RuntimeError):
                self.task.cancel()
        if self.line is None or self.heard is None or self._exchange is None:
            return
        line = self.line
        if (own := _own_socket(line)) is not None:
            # What the loop read already, and nobody took.
            if left := bytes(getattr(line.reader, "_buffer", b"")):
                self._parts.append(left)
            self.heard.goes_on(own, seconds)
            self.line = None
            with contextlib.suppress(RuntimeError):
                line.close()
        elif _is_in_loop():
            self.line = None
            rest = _rest(line, self._exchange, self._parts)
            self.heard.goes_on_in(asyncio.get_running_loop().create_task(asyncio.wait_for(rest, seconds)))
        else:
            self.close()


def _is_in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _own_socket(line: _Line) -> socket.socket | None:
    """The connection once more, for a thread. What TLS holds belongs to the loop."""
    opened = line.writer.get_extra_info("socket")
    if opened is None or line.writer.get_extra_info("ssl_object") is not None:
        return None
    try:
        return socket.fromfd(opened.fileno(), opened.family, opened.type)
    except OSError:
        return None


async def _rest(line: _Line, exchange: Exchange, parts: list[bytes]) -> None:
    try:
        while data := await line.reader.read(READ_SIZE):
            parts.append(data)
            if exchange.receive(data) is not None:
                return
    except (OSError, ChanceryError):
        pass
    finally:
        line.close()


async def _parts(exchange: Exchange, request: Request) -> AsyncIterator[bytes]:
    """Files are read off the loop."""
    assert request.parts
    parts = request.parts()
    while (part := await asyncio.to_thread(next, parts, None)) is not None:
        yield exchange.part(part)
    yield exchange.closing()
