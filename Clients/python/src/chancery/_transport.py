"""Carries requests over connections that are kept: for threads."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace

from ._heard import Heard
from ._http import Exchange, Reply, Request, connection
from ._place import Place, require_own_daemon
from .errors import ChanceryError, Unreachable

# Less than the daemon's own 30 seconds, so that it is we who give a silent connection up.
LONGEST_IDLE = 20.0
MOST_IDLE = 8
READ_SIZE = 1 << 16
# How much earlier than it was told to a socket may time out.
_EARLY = 0.05


def timed_out(request: Request, seconds: float, reached: bool) -> Unreachable:
    error = Unreachable("client.timeout", f"{request.method} {request.path} took more than {seconds:g} seconds")
    error.reached = reached
    return error


def unreachable(place: Place, error: BaseException, reached: bool = False) -> Unreachable:
    failure = Unreachable("client.unreachable", f"`{place.text}`: {error or type(error).__name__}")
    failure.reached = reached
    return failure


def lost(place: Place) -> Unreachable:
    """The other side closed before a byte of an answer, after the request had gone out."""
    failure = Unreachable("client.unreachable", f"`{place.text}` closed the connection without an answer")
    failure.reached = True
    return failure


class _Late(Exception):
    """The time of a request is over."""


class _Line:
    """One connection, and when it was used last."""

    def __init__(self, opened: socket.socket) -> None:
        self.socket = opened
        self.http = connection()
        self.used = time.monotonic()
        # In one step, which no signal interrupts once something was read. `SSLSocket.recv` is in Python and has many.
        within = getattr(opened, "_sslobj", None)
        self._read: Callable[[int], bytes] = opened.recv if within is None else within.read

    def read(self, parts: list[bytes] | None) -> bytes:
        """What comes next, which is in `parts` too when it left the socket; empty at the end."""
        try:
            if parts is None:
                return self._read(READ_SIZE)
            # Between whose halves no signal is handled.
            parts.extend(map(self._read, (READ_SIZE,)))
            return parts[-1]
        except ssl.SSLEOFError:
            return b""

    def is_quiet(self) -> bool:
        """Whether nothing was said since the last answer, an end included."""
        if self.socket.fileno() < 0:
            # A process that ends closes things in any order.
            return False
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        return time.monotonic() - self.used < LONGEST_IDLE and not poll.poll(0)

    def close(self) -> None:
        self.socket.close()


class Transport:
    """Used by any number of threads at once, and in a child process after a fork."""

    def __init__(self, place: Place, timeout: float) -> None:
        self.place = place
        self.timeout = timeout
        self._lock = threading.Lock()
        self._idle: list[_Line] = []
        self._closed = False
        _known.add(self)

    def exchange(self, request: Request, heard: Heard | None = None) -> Reply:
        """With `heard`, an answer for which the caller does not wait to its end goes on there."""
        seconds, deadline = self._times(request)
        line, is_fresh = self._take(request, deadline, seconds)
        try:
            return self._carry(line, request, deadline, seconds, heard)
        except Unreachable as error:
            # A kept connection may have ended just now. What may be asked twice is asked again, once.
            if is_fresh or not request.is_repeatable or error.code != "client.unreachable":
                raise
        return self._carry(self._open(request, deadline, seconds), request, deadline, seconds, heard)

    def stream(self, request: Request) -> Iterator[bytes | Reply]:
        """The body of an answer of success as it comes, then its reply; of others the reply alone."""
        seconds, deadline = self._times(request)
        parts: list[bytes] = []
        request = replace(request, sink=parts.append)
        line, _ = self._take(request, deadline, seconds)
        with self._using(line, request, deadline, seconds) as exchange:
            self._ask(line, exchange, request, deadline)
            reply = None
            while reply is None:
                reply = self._hear(line, exchange, deadline)
                yield from parts
                parts.clear()
        yield reply

    def _times(self, request: Request) -> tuple[float, float]:
        seconds = request.timeout if request.timeout is not None else self.timeout
        return seconds, time.monotonic() + seconds

    def close(self) -> None:
        with self._lock:
            idle, self._idle, self._closed = self._idle, [], True
        for line in idle:
            line.close()

    def _carry(self, line: _Line, request: Request, deadline: float, seconds: float, heard: Heard | None) -> Reply:
        parts = heard.asks(request) if heard is not None else None
        exchange = Exchange(line.http, request, self.place.authority)
        try:
            self._ask(line, exchange, request, deadline)
            reply = None
            while reply is None:
                reply = self._hear(line, exchange, deadline, parts)
        except BaseException as error:
            failure = self._failure(error, request, deadline, seconds, exchange.has_reached)
            if heard is not None and parts is not None and failure is None and not isinstance(error, ChanceryError):
                heard.goes_on(line.socket, seconds)
                raise
            line.close()
            if failure is not None:
                raise failure from None
            raise
        self._end(line, exchange)
        return reply

    @contextlib.contextmanager
    def _using(self, line: _Line, request: Request, deadline: float, seconds: float) -> Iterator[Exchange]:
        exchange = Exchange(line.http, request, self.place.authority)
        try:
            yield exchange
        except BaseException as error:
            line.close()
            if (failure := self._failure(error, request, deadline, seconds, exchange.has_reached)) is not None:
                raise failure from None
            raise
        self._end(line, exchange)

    def _end(self, line: _Line, exchange: Exchange) -> None:
        """Keeps the connection when the exchange came to its end."""
        self._give_back(line) if exchange.is_reusable else line.close()

    def _failure(
        self, error: BaseException, request: Request, deadline: float, seconds: float, reached: bool
    ) -> Unreachable | None:
        """What the error of a socket means; nothing when it is of somebody else, as a TimeoutError out of the handler of an
        alarm, which comes before the time is over and has no number.
        """
        if isinstance(error, TimeoutError) and error.errno is None:
            return timed_out(request, seconds, reached) if time.monotonic() >= deadline - _EARLY else None
        if isinstance(error, _Late):
            return timed_out(request, seconds, reached)
        return unreachable(self.place, error, reached) if isinstance(error, OSError) else None

    def _ask(self, line: _Line, exchange: Exchange, request: Request, deadline: float) -> None:
        try:
            self._send(line, exchange.opening(), deadline)
            if request.parts:
                for part in request.parts():
                    self._send(line, exchange.part(part), deadline)
                self._send(line, exchange.closing(), deadline)
        except ConnectionError:
            # Who refuses a body before all of it came says why, and closes. Without a word this ends as a lost answer.
            pass

    def _hear(self, line: _Line, exchange: Exchange, deadline: float, parts: list[bytes] | None = None) -> Reply | None:
        _limit(line.socket, deadline)
        data = line.read(parts)
        if not data and not exchange.has_begun:
            raise lost(self.place)
        return exchange.receive(data)

    def _send(self, line: _Line, data: bytes, deadline: float) -> None:
        _limit(line.socket, deadline)
        line.socket.sendall(data)

    def _take(self, request: Request, deadline: float, seconds: float) -> tuple[_Line, bool]:
        while True:
            with self._lock:
                if self._closed:
                    raise ChanceryError("client.closed", "the client was closed")
                line = self._idle.pop() if self._idle else None
            if line is None:
                return self._open(request, deadline, seconds), True
            if line.is_quiet():
                return line, False
            line.close()

    def _give_back(self, line: _Line) -> None:
        line.http.start_next_cycle()
        line.used = time.monotonic()
        with self._lock:
            if not self._closed and len(self._idle) < MOST_IDLE:
                return self._idle.append(line)
        line.close()
        return None

    def _open(self, request: Request, deadline: float, seconds: float) -> _Line:
        place = self.place
        opened: socket.socket | None = None
        try:
            if place.socket_path is not None:
                opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                _limit(opened, deadline)
                opened.connect(place.socket_path)
                require_own_daemon(opened, place.socket_path)
            else:
                opened = socket.create_connection((place.host, place.port), max(0.001, deadline - time.monotonic()))
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if place.tls:
                    _limit(opened, deadline)
                    opened = place.tls.wrap_socket(opened, server_hostname=place.host)
            return _Line(opened)
        except BaseException as error:
            if opened is not None:
                opened.close()
            if (failure := self._failure(error, request, deadline, seconds, False)) is not None:
                raise failure from None
            raise

    def _forget(self) -> None:
        """In a child process: the connections are the parent's, and so may be a lock that was held."""
        self._lock = threading.Lock()
        idle, self._idle = self._idle, []
        for line in idle:
            # Without a word of farewell to the other side, which TLS would send.
            os.close(line.socket.detach())


def _limit(opened: socket.socket, deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0:
        raise _Late
    opened.settimeout(left)


_known: weakref.WeakSet[Transport] = weakref.WeakSet()


def _after_fork() -> None:
    for transport in list(_known):
        transport._forget()


os.register_at_fork(after_in_child=_after_fork)
