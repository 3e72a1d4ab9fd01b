"""A daemon for a developer: a home of its own, gone at the end, or the one that is named."""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from . import _binary, _json
from .client import Client
from .errors import ChanceryError, Unreachable

_START = 30.0
_STOP = 10.0


class LocalDaemon:
    """`chancery serve --sign` on a socket that only this user reaches, for as long as it is wanted."""

    def __init__(self, home: str | os.PathLike[str] | None = None, passphrase_file: str | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="chancery-"))
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.stop)
        self.home = Path(home) if home is not None else self.folder / "home"
        self.socket = self.folder / "socket"
        self.log = self.folder / "log"
        self.environment = dict(os.environ, CHANCERY_HOME=str(self.home))
        # A connection that this process was told of is not the one of its own daemon.
        for name in ("CHANCERY_SOCKET", "CHANCERY_URL", "CHANCERY_KEY", "CHANCERY_AGENT"):
            self.environment.pop(name, None)
        if home is None:
            self.environment["CHANCERY_STATE"] = str(self.folder / "state")
            self.environment.pop("CHANCERY_PASSPHRASE", None)
        if passphrase_file is None and "CHANCERY_PASSPHRASE" not in self.environment:
            if home is not None:
                raise ChanceryError("node.passphrase_required", "a home that is kept has a passphrase: `passphrase_file=`")
            passphrase_file = str(self.folder / "passphrase")
            with open(os.open(passphrase_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(24) + "\n")
        self._secret = ["--passphrase-file", passphrase_file] if passphrase_file else []

    def run(self, *arguments: str, input: bytes = b"") -> Any:
        """What a command of the home prints."""
        return _binary.ask(*arguments, input=input, env=self.environment)

    def prepare(self, agent: str, role: str, policy: str | os.PathLike[str] | None) -> None:
        """Makes what is not there: the agent, the gate, and the policy when one is given."""
        known = {one["name"] for one in self._listed("agent", "list")}
        if agent not in known:
            self.run("agent", "register", agent, "--role", role, *self._secret)
        names = {one["name"] for one in self._listed("identity", "list")}
        if "gate" not in names:
            self.run("gate", "init", *self._secret)
        if policy is not None:
            self._activate(policy)

    def _listed(self, *command: str) -> list[Any]:
        """Lists come as one value, or as a value a line. A home that is not there yet has none of either."""
        try:
            _, output = _binary.run(*command, "--json", "--quiet", env=self.environment)
        except ChanceryError as error:
            if error.code == "node.not_found":
                return []
            raise
        found: list[Any] = []
        for line in output.splitlines():
            value = _json.parse(line, f"what `chancery {command[0]}` prints")
            found += value if isinstance(value, list) else [value]
        return found

    def _activate(self, policy: str | os.PathLike[str]) -> None:
        if isinstance(policy, str) and "\n" in policy:
            name, text = "-", policy.encode()
        else:
            name, text = os.fspath(policy), b""
        try:
            self.run("policy", "activate", name, *self._secret, input=text)
        except ChanceryError as error:
            if error.code != "gate.policy_active":
                raise

    def start(self) -> None:
        command = [_binary.find(), "serve", "--sign", "--socket", str(self.socket), "--port", "0"]
        with open(self.log, "wb") as log:
            # A session of its own: Control-C is for this process, which stops the daemon after it said what happened.
            self._process = subprocess.Popen(
                [*command, *self._secret, "--json", "--quiet"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START
        while not self._answers():
            if self._process.poll() is not None:
                raise _binary.stated_error(self.log.read_bytes(), self._process.returncode)
            if time.monotonic() > deadline:
                raise Unreachable("client.timeout", f"the daemon did not start within {_START:g} seconds")
            time.sleep(0.02)

    def _answers(self) -> bool:
        import socket

        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            return probe.connect_ex(str(self.socket)) == 0

    def stop(self) -> None:
        """Ends the daemon, and deletes what was made for it alone."""
        atexit.unregister(self.stop)
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout:
                process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Local(Client):
    """A client, and the daemon that it started. Ends both as a context manager."""

    daemon: LocalDaemon

    def close(self) -> None:
        super().close()
        self.daemon.stop()

    def __enter__(self) -> Local:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def local(
    agent: str,
    role: str = "operator",
    home: str | os.PathLike[str] | None = None,
    policy: str | os.PathLike[str] | None = None,
    passphrase_file: str | None = None,
    **settings: Any,
) -> Local:
    """Starts a daemon for a developer, with an agent and a gate, and connects to it.

    `policy` is a file, or a text of several lines. Without one the gate denies everything. Without `home` all of it is in a
    temporary folder, and gone at the end. The binary is CHANCERY_BIN, or `chancery` in PATH.
    """
    daemon = LocalDaemon(home, passphrase_file)
    with _stopping(daemon):
        daemon.prepare(agent, role, policy)
        daemon.start()
        client = Local(daemon.socket, None, None, agent, **settings)
    client.daemon = daemon
    return client


@contextlib.contextmanager
def _stopping(daemon: LocalDaemon) -> Iterator[None]:
    try:
        yield
    except BaseException:
        daemon.stop()
        raise
