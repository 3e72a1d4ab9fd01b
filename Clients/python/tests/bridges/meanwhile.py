"""A gate that is honest, and somebody who changes things while it is asked."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from liar import Liar, honest, reply

import chancery

RECEIPT = {"agent_id": "a", "sequence": 4, "hash": "ab" * 64, "position": 9}


class Heard:
    """An honest gate, an agent of it, and what was said."""

    def __init__(self, liar: Liar) -> None:
        self._liar = liar
        self.client = chancery.connect(liar.path, agent="clerk", gate_timeout=5)
        self.async_client = chancery.connect_async(liar.path, agent="clerk", gate_timeout=5)

    @property
    def payloads(self) -> list[Any]:
        return [asked.json["payload"] for asked in self._liar.asked if asked.path == "/v1/gate/decisions"]

    @property
    def events(self) -> list[str]:
        told = [asked.json["events"] for asked in self._liar.asked if asked.path.endswith("/events")]
        return [event["event_type"] for events in told for event in events]

    @property
    def outcomes(self) -> list[Any]:
        alone = [asked.json for asked in self._liar.asked if asked.path.endswith("/outcome")]
        with_events = [one for asked in self._liar.asked for one in asked.json.get("outcomes", [])]
        return [one["status"] for one in [*alone, *with_events]]


def answered(asked: Any) -> Any:
    """What an honest gate says, that has a chain too."""
    if asked.path.endswith("/events"):
        return reply({"receipts": [RECEIPT] * len(asked.json["events"])}, "201 Created")
    return honest(asked)


@contextlib.contextmanager
def asking(meanwhile: Callable[[Any], None] = lambda asked: None) -> Iterator[Heard]:
    """`meanwhile` happens at each request, before it is answered."""

    def answer(asked: Any) -> Any:
        meanwhile(asked)
        return answered(asked)

    with Liar(answer) as liar:
        yield Heard(liar)


def changing(path: str, order: dict[str, Any]) -> Callable[[Any], None]:
    """Somebody who changes an order when a request to `path` is on its way."""

    def meanwhile(asked: Any) -> None:
        if asked.path.endswith(path):
            order["amount"] = 100_000

    return meanwhile


# While the gate decides, while the permission is used, and while the start is noted.
MOMENTS = ["/decisions", "/redeem", "/events"]
