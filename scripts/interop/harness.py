"""What the checks share: our commands in a home of their own, and the list of checks."""

import base64
import json
import os
import socket
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "correct horse battery staple"
CHECKS = []


def check(name):
    """Adds a function to the list; it passes when it returns."""

    def add(function):
        CHECKS.append((name, function))
        return function

    return add


def require(condition, message):
    if not condition:
        raise AssertionError(message)


def refuses(error, function, *arguments, **keywords):
    """Requires that a call raises `error`: a verifier that accepts everything would pass any other check."""
    try:
        result = function(*arguments, **keywords)
    except error:
        return
    raise AssertionError(f"accepted what it must refuse: {result!r}"[:300])


def base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Workshop:
    """A folder with a home, and our programs."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "CHANCERY_HOME": str(folder / "home"),
            "CHANCERY_STATE": str(folder / "state"),
            "CHANCERY_PASSPHRASE": PASSPHRASE,
        }

    def path(self, name):
        return self.folder / name

    def write(self, name, value):
        path = self.path(name)
        path.write_bytes(value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode())
        return path

    def run(self, *arguments, input=None):
        """Runs `chancery` and returns what it prints; any other exit code than 0 is an error."""
        done = self.attempt(*arguments, input=input)
        require(done.returncode == 0, f"`{' '.join(map(str, arguments))}` exits {done.returncode}: {done.stderr.decode()}")
        return done.stdout.decode()

    def attempt(self, *arguments, input=None):
        command = [str(ROOT / ".build/release/chancery"), *map(str, arguments)]
        return subprocess.run(command, input=input, env=self.environment, capture_output=True, timeout=300)

    def tool(self, *values):
        """Runs the helper for what no command offers yet; bytes in, bytes out."""
        command = [str(ROOT / ".build/release/chancery-interop"), values[0], *(value.hex() for value in values[1:])]
        done = subprocess.run(command, capture_output=True, timeout=60)
        require(done.returncode == 0, f"chancery-interop {values[0]}: {done.stderr.decode()}")
        return bytes.fromhex(done.stdout.decode().strip())

    def stamp(self, agent, profile, payloads):
        """Stamps payloads and returns their receipts."""
        lines = "".join(json.dumps(payload, ensure_ascii=False) + "\n" for payload in payloads)
        output = self.run("stamp", "--agent", agent, "--profile", profile, "--json", "--quiet", input=lines.encode())
        return [json.loads(line) for line in output.splitlines()]

    def export(self, agent, profile):
        """The AISS-1.0-AUDIT export of a chain, and its file."""
        path = self.path(f"{agent}-{profile}.json")
        self.run("export", "--agent", agent, "--profile", profile, "--format", "audit", "--out", path)
        return json.loads(path.read_bytes()), path

    def identity(self, agent, form):
        path = self.path(f"{agent}-{form}.identity.json")
        self.run("identity", "export", agent, "--format", form, "--out", path)
        return json.loads(path.read_bytes()), path


# Numbers, texts and nesting in which canonical forms differ.
PAYLOADS = [
    {"event_type": "agent_started", "model": "m-1", "ok": True},
    {"event_type": "tool_call", "price": 150.25, "tiny": 1e-07, "whole": 1.0, "large": 1e22, "zero": -0.0},
    {"event_type": "note", "text": "“quotes”, \t tab, \u2028, emoji 😀 and \"escapes\" \\", "é": None},
    {"event_type": "nested", "list": [1, [2, {"b": 1, "a": [True, None]}], "x"], "n": 9007199254740991},
    {"event_type": "agent_stopped", "\U0001f600": 1, "\ue000": 2},
]


def free_ports(count):
    """The first of `count` ports in a row that nobody listens at."""
    for base in range(21_000, 30_000, 20):
        sockets = []
        try:
            for port in range(base, base + count):
                sockets.append(socket.create_server(("127.0.0.1", port)))
            return base
        except OSError:
            continue
        finally:
            for each in sockets:
                each.close()
    raise AssertionError("no free ports")
