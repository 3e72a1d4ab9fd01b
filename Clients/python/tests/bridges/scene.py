"""A daemon with a gate, agents that are made as they are named, and a person who may approve."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chancery

POLICY = r"""
language: chancery/policy/v2
name: bridges
version: "1"
rules:
  - {id: work, effect: allow, when: {action: [search, look, execute_code]}}
  - {id: paying, effect: require_human, when: {action: pay}}
  - {id: erasing, effect: forbid, when: {any: [{action: "erase*"}, {pattern: 'rm\s+-rf'}]}}
approval: {timeout_seconds: 60, on_timeout: REJECT}
"""


class House:
    """One daemon for all tests."""

    def __init__(self) -> None:
        self.client = chancery.local(agent="owner", role="operator", policy=POLICY)
        self.daemon = self.client.daemon
        self._agents: dict[str, chancery.Client] = {}
        self.folder = Path(tempfile.mkdtemp(prefix="chancery-bridges-"))
        self.secret = self.folder / "passphrase"
        self.secret.write_text(secrets.token_urlsafe(16) + "\n")
        self.key = self.folder / "ada.key"
        # One passphrase for the home and for the person would be none of the person's.
        home = ["--passphrase-file", str(self.daemon.folder / "passphrase")]
        self.daemon.run("approver", "register", "ada", "--clearance", "L3", "--out", str(self.key), *home)

    def agent(self, name: str) -> chancery.Client:
        """The client of an agent, which is made when it is first named."""
        if name not in self._agents:
            self.client.register(name, "operator", "aiss-2.1")
            self._agents[name] = self.client.acting_as(name)
        return self._agents[name]

    def approve(self) -> None:
        """Says yes to whatever waits."""
        home = ["--passphrase-file", str(self.daemon.folder / "passphrase")]
        for question in self.listed("gate", "pending", *home):
            command = ["gate", "approve", question["decision"], "--by", "ada", "--key", str(self.key), "--yes", *home]
            self.daemon.run(*command, "--key-passphrase-file", str(self.daemon.folder / "passphrase"))

    def listed(self, *command: str) -> list[Any]:
        program = [os.environ["CHANCERY_BIN"], *command, "--json", "--quiet"]
        done = subprocess.run(program, env=self.daemon.environment, capture_output=True, check=True, timeout=60)
        found: list[Any] = []
        for line in done.stdout.splitlines():
            value = json.loads(line)
            found += value if isinstance(value, list) else [value]
        return found

    def close(self) -> None:
        self.client.close()


class Scene:
    """What one test sees: what its agents did since it began."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._known: dict[str, tuple[chancery.Client, int]] = {}

    def _agent(self, name: str) -> tuple[chancery.Client, int]:
        if name not in self._known:
            client = self._house.agent(name)
            self._known[name] = client, sum(1 for _ in client.chain())
        return self._known[name]

    def client(self, agent: str = "worker") -> chancery.Client:
        return self._agent(agent)[0]

    def payloads(self, agent: str = "worker") -> list[dict[str, Any]]:
        """What the agent's chain says, in order."""
        client, start = self._agent(agent)
        return [dict(event.payload) for event in client.chain()][start:]

    def types(self, agent: str = "worker") -> list[str]:
        return [payload["event_type"] for payload in self.payloads(agent)]

    def outcomes(self, agent: str = "worker") -> list[str]:
        """What came of the agent's actions that are over, oldest first; the daemon notes it a moment after it answered."""
        told = [one for one in self.payloads(agent) if one.get("decision_id") and "blocked" not in one["event_type"]]
        decided = {one["decision_id"] for one in told}
        deadline = time.monotonic() + 10
        while True:
            found = self._house.client.search(type="gate_outcome", limit=500, oldest_first=True)
            outcomes = [record.payload["status"] for record in found if record.session in decided]
            if len(outcomes) >= len(decided) or time.monotonic() > deadline:
                return outcomes
            time.sleep(0.05)

    @contextlib.contextmanager
    def approving(self) -> Iterator[None]:
        """A person who says yes to everything meanwhile."""
        over = threading.Event()

        def answer() -> None:
            while not over.wait(0.2):
                self._house.approve()

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def verify(self, agent: str = "worker") -> chancery.Verdict:
        """What the verifier says of the agent's chain, with its public document and nothing else."""
        return self.client(agent).chain().verify([self.document(agent)])

    def document(self, agent: str) -> Path:
        path = self._house.folder / f"{agent}.json"
        if not path.exists():
            self._house.daemon.run("identity", "export", agent, "--out", str(path))
        return path
