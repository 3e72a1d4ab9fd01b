"""PiQrypt's scores, as the daemon of a home works them out: `compute_vrs`, `compute_tsi`, `compute_a2c_risk`,
`get_installation_summary`.

An agent is asked about by its name. Events and scores that a caller has are not taken: a score is of what the home verified
and has on record.
"""

from __future__ import annotations

from typing import Any

import chancery

from .. import _calls
from .._flow import Reader, ask
from .._http import Request

STATES = ("SAFE", "WATCH", "ALERT", "CRITICAL", "UNKNOWN")
_WEIGHTS = {"SAFE": 1, "WATCH": 2, "ALERT": 3, "CRITICAL": 4}


def _score(value: object) -> float | None:
    """Of millionths, a number from 0 to 1; of what is not known, nothing."""
    return value / 1_000_000 if isinstance(value, int) and not isinstance(value, bool) else None


class _Assessment:
    def __init__(self, value: Any) -> None:
        self.reader = Reader(value, "the assessment")
        self.reader.same("unit", "1/1000000")
        self.value = self.reader.value
        self.state = self.reader.text("band")
        if self.state not in STATES:
            raise self.reader.fail("band")
        self.stability = Reader(self.value.get("stability"), "the stability")


def _of(agent_name: str, client: chancery.Client | None) -> _Assessment:
    asked = client or chancery.connect()
    return _Assessment(asked.run(ask(Request("GET", _calls.path("vigil", "agents", agent_name)))))


def compute_vrs(agent_name: str, client: chancery.Client | None = None) -> dict[str, Any]:
    """Risk, its state, its parts and the alerts. `vrs` is None where nothing is known of the agent, and then the state is
    UNKNOWN.
    """
    found = _of(agent_name, client)
    return {
        "vrs": _score(found.value.get("risk")),
        "state": found.state,
        "components": {
            "trust_score": {"score": _score(found.value.get("trust")), "tier": found.reader.text("tier")},
            "tsi": {"state": found.stability.text("state")},
            "a2c": {"risk": _score(found.value.get("collusion"))},
            "chain": {"score": _score(found.value.get("chain"))},
        },
        "alerts": found.reader.list("alerts"),
    }


def compute_tsi(agent_name: str, client: chancery.Client | None = None) -> dict[str, Any]:
    """How stable the trust in an agent is over time. Asking changes nothing."""
    stability = _of(agent_name, client).stability
    return {
        "tsi_state": stability.text("state"),
        "delta_24h": _score(stability.value.get("delta_24h")),
        "delta_7d": _score(stability.value.get("delta_7d")),
        "z_score": _score(stability.value.get("deviation")),
    }


def compute_a2c_risk(agent_name: str, client: chancery.Client | None = None) -> dict[str, Any]:
    """Whether an agent's contacts look like collusion."""
    found = _of(agent_name, client)
    parts = Reader(found.value.get("collusion_parts"), "the parts").value
    risk = _score(found.value.get("collusion"))
    bands = ((0.25, "NONE"), (0.5, "LOW"), (0.7, "MEDIUM"), (0.9, "HIGH"))
    severity = "UNKNOWN" if risk is None else next((name for end, name in bands if risk < end), "CRITICAL")
    return {"a2c_risk": risk, "severity": severity, "indicators": {name: _score(one) for name, one in parts.items()}}


def get_installation_summary(client: chancery.Client | None = None) -> dict[str, Any]:
    """All agents of the home: the worst state, the mean risk, and how many are critical. For those who oversee the house."""
    asked = client or chancery.connect()
    found: list[_Assessment] = []
    after: int | None = None
    while True:
        page = Reader(asked.run(ask(Request("GET", _calls.path("vigil", "agents", after=after)))), "the page")
        found += map(_Assessment, page.list("agents"))
        if (after := page.optional_count("next")) is None:
            break
    known = [one for one in found if one.state in _WEIGHTS]
    risks = [risk for one in known if (risk := _score(one.value.get("risk"))) is not None]
    states = [one.state for one in known]
    return {
        "installation_state": max(states, key=lambda state: _WEIGHTS[state]) if states else "UNKNOWN",
        "global_vrs": sum(risks) / len(risks) if risks else None,
        "critical_count": states.count("CRITICAL"),
        "agents": {str(one.value.get("name")): one.state for one in found},
    }
