"""An agent's chain, page by page, and what the verifier says of it."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _binary, _calls
from ._flow import Reader
from .records import Event

if TYPE_CHECKING:
    from .aio import AsyncClient
    from .client import Client


@dataclass(frozen=True)
class Verdict:
    """What `chancery verify` found. It is truth about the events that were handed over, and under whose keys."""

    is_valid: bool
    kind: str
    subject: str | None
    checked: tuple[str, ...]
    findings: tuple[str, ...]
    notes: tuple[str, ...]
    index: int | None

    def __bool__(self) -> bool:
        return self.is_valid

    @staticmethod
    def read(value: Any) -> Verdict:
        reader = Reader(value, "the verdict")
        return Verdict(
            reader.truth("valid"),
            reader.text("kind"),
            reader.optional_text("subject"),
            tuple(map(str, reader.list("checked"))),
            tuple(map(str, reader.list("findings"))),
            tuple(map(str, reader.list("notes"))),
            reader.optional_count("index"),
        )


def verify_events(events: Iterable[Event], identity: Sequence[str | os.PathLike[str]], home: str | None) -> Verdict:
    """Has the binary verify events, with the keys of identity documents, or of a home that this machine trusts."""
    texts = (event.text or json.dumps(event.raw, ensure_ascii=False, separators=(",", ":")) for event in events)
    return verify_bytes(("[" + ",".join(texts) + "]").encode(), identity, home)


def verify_bytes(data: bytes, identity: Sequence[str | os.PathLike[str]], home: str | None) -> Verdict:
    pins = [word for file in identity for word in ("--identity", os.fspath(file))]
    place = ["--home", home] if home else []
    return Verdict.read(_binary.ask("verify", "-", *pins, *place, input=data))


class Chain:
    """Iterates over the events of an agent, oldest first; each time anew."""

    def __init__(self, client: Client, agent: str) -> None:
        self._client = client
        self.agent = agent

    def __iter__(self) -> Iterator[Event]:
        after: int | None = None
        while True:
            page = self._client.run(_calls.chain_page(self.agent, after))
            yield from page.events
            if (after := page.next) is None:
                return

    def verify(self, identity: Sequence[str | os.PathLike[str]] = (), home: str | None = None) -> Verdict:
        """Has `chancery verify` check ids, signatures, links, times and nonces of all of it.

        Keys come from the identity documents given, or from the home (`home`, else CHANCERY_HOME): never from the daemon. A
        batch chain is verified from a signed export instead: `chancery export`.
        """
        return verify_events(self, identity, home)


class AsyncChain:
    """Iterates over the events of an agent, oldest first; each time anew."""

    def __init__(self, client: AsyncClient, agent: str) -> None:
        self._client = client
        self.agent = agent

    async def __aiter__(self) -> AsyncIterator[Event]:
        after: int | None = None
        while True:
            page = await self._client.run(_calls.chain_page(self.agent, after))
            for event in page.events:
                yield event
            if (after := page.next) is None:
                return

    async def verify(self, identity: Sequence[str | os.PathLike[str]] = (), home: str | None = None) -> Verdict:
        """As the blocking one."""
        import asyncio

        events = [event async for event in self]
        return await asyncio.to_thread(verify_events, events, identity, home)
