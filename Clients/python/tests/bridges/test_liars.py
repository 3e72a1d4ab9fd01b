"""A gate that is not there, says nothing in time, or says what nobody understands: the action does not happen."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import chancery
from chancery.bridges.generic import audited


def answer(status: str, body: bytes, media: str = "application/json", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Type: {media}\r\nContent-Length: {size}\r\n\r\n".encode() + body


ALLOWED = {
    "action_hash": "00" * 32, "agent": "did:pqaid:x", "allowed": True, "decision": "ab" * 64, "effect": "ALLOW",
    "expires": "2999-01-01T00:00:00.000Z", "obligations": [], "policy": "cd" * 32, "reason": "r", "rule": "work",
}  # fmt: skip
LIES = {
    "silence": b"",
    "no HTTP": b"ALLOW\r\n\r\n",
    "an empty object": answer("200 OK", b"{}"),
    "a page": answer("200 OK", b"<h1>ALLOW</h1>", "text/html"),
    "cut off": answer("200 OK", json.dumps(ALLOWED).encode(), length=9999),
    "about something else": answer("200 OK", json.dumps(ALLOWED).encode()),
    "an effect that nobody knows": answer("200 OK", json.dumps({**ALLOWED, "effect": "PROBABLY"}).encode()),
    "two answers in one": answer("200 OK", b'{"allowed":false,"allowed":true,"effect":"ALLOW"}'),
    "created": answer("201 Created", json.dumps(ALLOWED).encode()),
    "an error": answer("500 Internal Server Error", b"oops", "text/plain"),
}


@contextlib.contextmanager
def liar(path: Path, says: bytes, after: float = 0.0) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(path))
        server.listen()
        server.settimeout(0.1)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    caller, _ = server.accept()
                except TimeoutError:
                    continue
                with caller:
                    caller.settimeout(2)
                    with contextlib.suppress(OSError):
                        caller.recv(1 << 16)
                        over.wait(after)
                        caller.sendall(says)
                        if not says:
                            over.wait(5)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def attempts(client: chancery.Client, ran: list[str]) -> list[Callable[[], object]]:
    @audited(client)
    def search(query: str) -> None:
        ran.append(query)

    @audited(client)
    async def look(query: str) -> None:
        ran.append(query)

    @audited(client)
    def stream(query: str) -> Iterator[str]:
        ran.append(query)
        yield query

    return [lambda: search("q"), lambda: asyncio.run(look("q")), lambda: list(stream("q"))]  # type: ignore[arg-type]


@pytest.mark.parametrize("lie", LIES)
def test_nothing_happens_when_the_gate_says(lie: str, tmp_path: Path) -> None:
    ran: list[str] = []
    with liar(tmp_path / "s", LIES[lie]), chancery.connect(tmp_path / "s", agent="a", gate_timeout=0.3, timeout=0.3) as client:
        for attempt in attempts(client, ran):
            with pytest.raises(chancery.ChanceryError):
                attempt()
    assert not ran


def test_nothing_happens_when_nobody_is_there(tmp_path: Path) -> None:
    ran: list[str] = []
    with chancery.connect(tmp_path / "nobody", agent="a") as client:
        for attempt in attempts(client, ran):
            with pytest.raises(chancery.Unreachable):
                attempt()
    assert not ran


def test_a_slow_gate_is_no_gate(tmp_path: Path) -> None:
    ran: list[str] = []
    with (
        liar(tmp_path / "s", LIES["an empty object"], after=3),
        chancery.connect(tmp_path / "s", agent="a", gate_timeout=0.2) as client,
    ):
        began = time.monotonic()
        with pytest.raises(chancery.Unreachable):
            attempts(client, ran)[0]()
        assert time.monotonic() - began < 2
    assert not ran
