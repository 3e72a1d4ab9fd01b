import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
os.environ.setdefault("CHANCERY_BIN", str(ROOT / ".build/release/chancery"))
for name in ("CHANCERY_SOCKET", "CHANCERY_URL", "CHANCERY_KEY", "CHANCERY_AGENT", "CHANCERY_HOME", "CHANCERY_PASSPHRASE"):
    os.environ.pop(name, None)

PASSPHRASE = "correct horse battery staple"
POLICY = """
language: chancery/policy/v2
name: tests
version: "1"
rules:
  - {id: work, effect: allow, when: {action: ["read_*", "send_mail", "pay", "logged"]}}
  - {id: paying, effect: require_human, when: {action: [pay]}}
  - {id: logging, effect: allow, when: {action: [logged]}, obligations: [log, {log_level: warning}]}
  - {id: destroying, effect: forbid, when: {pattern: ['rm\\s+-rf']}}
approval: {timeout_seconds: 60, on_timeout: REJECT}
"""


@pytest.fixture(scope="session")
def daemon():
    """A daemon with an agent `clerk`, and one client of it."""
    import chancery

    with chancery.local(agent="clerk", role="operator", policy=POLICY) as client:
        yield client


class House:
    """A home of the binary, without the help of the package under test."""

    def __init__(self, folder):
        self.folder = folder
        self.home = folder / "home"
        self.environment = dict(
            os.environ, CHANCERY_HOME=str(self.home), CHANCERY_STATE=str(folder / "state"), CHANCERY_PASSPHRASE=PASSPHRASE
        )

    def run(self, *arguments, input=b""):
        command = [os.environ["CHANCERY_BIN"], *map(str, arguments), "--quiet"]
        done = subprocess.run(command, input=input, env=self.environment, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    @contextlib.contextmanager
    def running(self, *command):
        """A program that says in JSON on its first line where it listens."""
        process = subprocess.Popen(list(map(str, command)), env=self.environment, stdout=subprocess.PIPE)
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
            process.wait(20)
            process.stdout.close()

    def serving(self, *arguments):
        return self.running(os.environ["CHANCERY_BIN"], "serve", "--json", "--quiet", *arguments)


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    """A home with an agent, a gate, a policy and keys of clients."""
    house = House(tmp_path_factory.mktemp("house"))
    house.run("agent", "register", "clerk", "--role", "operator")
    house.run("gate", "init")
    house.run("policy", "activate", "-", input=POLICY.encode())
    house.run("api-key", "create", "clerk", "--role", "agent", "--out", house.folder / "clerk.key")
    house.run(
        *("api-key", "create", "ops", "--role", "operator", "--role", "auditor", "--role", "vault_admin"),
        *("--out", house.folder / "ops.key", "--insecure-no-passphrase"),
    )
    return house
