import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
os.environ.setdefault("CHANCERY_BIN", str(ROOT / ".build/release/chancery"))
for name in ("CHANCERY_SOCKET", "CHANCERY_URL", "CHANCERY_KEY", "CHANCERY_AGENT", "CHANCERY_HOME", "CHANCERY_PASSPHRASE"):
    os.environ.pop(name, None)

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
