"""What the daemon says to whoever was interrupted before he read it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator

from ._begun import aside
from ._http import Exchange, Reply, Request, connection
from .errors import ChanceryError

_READ_SIZE = 1 << 16


class Heard:
    """What one flow asked that changes something, and the bytes of each answer as they came.

    They are read a second time, aside, and after an interruption alone: whatever was at work with them stopped anywhere.
    """

    def __init__(self) -> None:
        self._asked: list[tuple[Request, list[bytes]]] = []
        # Over what the last answer goes on, and until when it is waited for.
        self._line: socket.socket | None = None
        self._deadline = 0.0
        self._reading: asyncio.Task[None] | None = None

    def asks(self, request: Request) -> list[bytes] | None:
        """Where the answer goes when `request` goes out; None when nobody needs to hear it who was interrupted."""
        if request.method != "POST":
            return None
        parts: list[bytes] = []
        self._asked.append((request, parts))
        return parts

    def goes_on(self, line: socket.socket, seconds: float) -> None:
        """The last answer is still to come, over a connection that is nobody else's from now on."""
        self._line, self._deadline = line, time.monotonic() + seconds

    def goes_on_in(self, reading: asyncio.Task[None]) -> None:
        """As `goes_on`, where only a loop can read."""
        self._reading = reading

    def close(self) -> None:
        """Nobody waits for the last answer any more."""
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def afterwards(self, act: Callable[[], None]) -> None:
        """Does aside what reads the answers, when they can be waited for without the loop."""
        if not self._asked:
            self.close()
        elif self._reading is not None:
            self._reading.add_done_callback(lambda _: aside(act))
        else:
            aside(act)

    def answers(self) -> Iterator[tuple[Request, Reply]]:
        """What was answered, in order; waits for the last."""
        try:
            for request, parts in self._asked:
                if reply := self._reply(request, parts):
                    yield request, reply
        finally:
            self.close()

    def _reply(self, request: Request, parts: list[bytes]) -> Reply | None:
        exchange = Exchange(connection(), request, "localhost")
        exchange.opening()
        try:
            for data in parts:
                if reply := exchange.receive(data):
                    return reply
            while self._line is not None and parts is self._asked[-1][1]:
                self._line.settimeout(max(0.001, self._deadline - time.monotonic()))
                if reply := exchange.receive(self._line.recv(_READ_SIZE)):
                    return reply
        except (ChanceryError, OSError):
            pass
        return None
