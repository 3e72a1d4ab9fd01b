"""Histories that part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .chain import compute_event_hash


@dataclass(frozen=True)
class Fork:
    """`branches`: each the events that follow one of the contradicting events, it included, as far as the list has them."""

    hash: str
    branches: list[list[dict[str, Any]]]

    @property
    def events(self) -> list[dict[str, Any]]:
        return [branch[0] for branch in self.branches]


def find_forks(events: Sequence[dict[str, Any]]) -> list[Fork]:
    """The hashes that more than one event follows. The same event twice is a replay and no fork."""
    following: dict[str, dict[str, dict[str, Any]]] = {}
    for event in events:
        if event.get("previous_hash") is not None:
            following.setdefault(str(event["previous_hash"]), {})[compute_event_hash(event)] = event

    def branch(head: str, event: dict[str, Any]) -> list[dict[str, Any]]:
        found = [event]
        seen = {head}
        while len(following.get(head, {})) == 1:
            ((head, event),) = following[head].items()
            if head in seen:
                break
            seen.add(head)
            found.append(event)
        return found

    return [
        Fork(previous, [branch(head, event) for head, event in heads.items()])
        for previous, heads in following.items()
        if len(heads) > 1
    ]
