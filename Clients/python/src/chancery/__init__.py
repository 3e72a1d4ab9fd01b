"""Chancery: stamp what agents do, and have each action decided before it happens.

    import chancery

    with chancery.connect() as c:
        c.stamp({"event_type": "started"})
        with c.gate.guard("send_mail", {"to": "ada@example.org"}):
            ...

Whoever hears an error from the gate does not act: unreachable, slow and senseless are errors too.
"""

from __future__ import annotations

import importlib
from typing import Any

from . import compute, errors, gate
from ._portable import portable, result_hash
from .aio import AsyncClient, connect_async
from .chain import AsyncChain, Chain, Verdict
from .client import Client, connect
from .compute import Compute, Evaluation
from .daemon import Local, LocalDaemon, local
from .errors import ApprovalRequired, ChanceryError, Denied, Malformed, Unreachable
from .gate import Decision, Obligation, Permit
from .records import Agent, Artifact, Event, Handshake, Receipt, Record
from .secure import SecureClient
from .sessions import AgentSession, AsyncAgentSession

__version__ = "0.1.0"

# Loaded when they are first named: they need extras, or other people's packages.
_LATER = ("aiss", "bridges", "compat", "evidence")


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Agent",
    "AgentSession",
    "ApprovalRequired",
    "Artifact",
    "AsyncAgentSession",
    "AsyncChain",
    "AsyncClient",
    "Chain",
    "ChanceryError",
    "Client",
    "Compute",
    "Decision",
    "Denied",
    "Evaluation",
    "Event",
    "Handshake",
    "Local",
    "LocalDaemon",
    "Malformed",
    "Obligation",
    "Permit",
    "Receipt",
    "Record",
    "SecureClient",
    "Unreachable",
    "Verdict",
    "compute",
    "connect",
    "connect_async",
    "errors",
    "gate",
    "local",
    "portable",
    "result_hash",
]
