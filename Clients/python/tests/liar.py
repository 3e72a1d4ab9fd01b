"""A server in the daemon's place that answers whatever a test says."""

import contextlib
import hashlib
import json
import os
import socket
import tempfile
import threading
import time

DECISION = "ab" * 64


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def reply(body, status="200 OK", media="application/json", length=None, headers=""):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    length = len(data) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media}\r\nContent-Length: {length}\r\n{headers}\r\n"
    return head.encode() + data


def problem(code, status="409 Conflict"):
    return reply({"code": code, "detail": "so it is", "status": int(status[:3])}, status, "application/problem+json")


class Asked:
    """A request as the liar heard it."""

    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def action_hash(self):
        told = self.json
        action = {
            "action": told["action"],
            "labels": told.get("labels", []),
            "payload": told["payload"],
            "target": told.get("target"),
            "tool": None,
        }
        return hashlib.sha256(canonical(action)).hexdigest()


def decision(asked, **changes):
    """A true answer about what was asked, with members changed; None takes one away."""
    answer = {
        "action_hash": asked.action_hash,
        "agent": "did:pqaid:x",
        "allowed": True,
        "decision": DECISION,
        "effect": "ALLOW",
        "expires": "2026-11-22T14:00:00.000Z",
        "obligations": [],
        "policy": "cd" * 32,
        "reason": "rule `work` allows it",
        "rule": "work",
    }
    answer.update(changes)
    return {name: value for name, value in answer.items() if value is not None}


def honest(asked):
    """The gate as it should be: allows everything, once."""
    if asked.path == "/v1/gate/decisions":
        return reply(decision(asked))
    if asked.path.endswith("/redeem"):
        return reply({"decision": DECISION, "redeemed": True})
    if asked.path.endswith("/outcome"):
        return reply({"decision": DECISION, "status": asked.json["status"]})
    return problem("api.no_such_route", "404 Not Found")


class Hang:
    """Says nothing for so long."""

    def __init__(self, seconds):
        self.seconds = seconds


class Drip:
    """Sends one byte after another, so many seconds apart."""

    def __init__(self, data, seconds):
        self.data, self.seconds = data, seconds


class Liar:
    """`answer` gets each request, and gives bytes, Hang, Drip, or None to close without a word.

    With `closes`, bytes end the connection; with `tls`, a context, it listens at a port of this machine, as with False.
    """

    def __init__(self, answer, closes=False, tls=None):
        self.answer, self.closes, self.tls = answer, closes, tls
        self.asked = []
        self.connections = 0
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "socket")
        self._socket = socket.socket(socket.AF_UNIX if tls is None else socket.AF_INET, socket.SOCK_STREAM)
        self._socket.bind(self.path if tls is None else ("127.0.0.1", 0))
        self.port = None if tls is None else self._socket.getsockname()[1]
        self._socket.listen(64)
        self._open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def paths(self):
        return [asked.path for asked in self.asked]

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connected, _ = self._socket.accept()
                if self.tls:
                    connected = self.tls.wrap_socket(connected, server_side=True)
                self.connections += 1
                self._open.append(connected)
                threading.Thread(target=self._serve, args=(connected,), daemon=True).start()

    def _serve(self, connected):
        with contextlib.suppress(OSError), connected, connected.makefile("rb") as lines:
            while line := lines.readline():
                method, path, _ = line.decode().split(" ")
                headers = {}
                while (line := lines.readline().decode().strip()) != "":
                    name, _, value = line.partition(":")
                    headers[name.lower()] = value.strip()
                body = lines.read(int(headers.get("content-length", 0)))
                asked = Asked(method, path, headers, body)
                self.asked.append(asked)
                said = self.answer(asked)
                if said is None:
                    return
                if isinstance(said, Hang):
                    time.sleep(said.seconds)
                    return
                if isinstance(said, Drip):
                    for byte in said.data:
                        connected.sendall(bytes([byte]))
                        time.sleep(said.seconds)
                    continue
                connected.sendall(said)
                if self.closes:
                    return

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()
        for connected in self._open:
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)
        self.folder.cleanup()
