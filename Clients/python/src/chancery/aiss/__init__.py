"""PiQrypt's interface: `from chancery import aiss` where `import piqrypt as aiss` was.

For agents that hold keys of their own. Needs `chancery[compat]`. Nothing here talks to a network, asks for a licence, or
prints.
"""

from __future__ import annotations

from .agent_registry import get_agent_info, list_agents, register_agent
from .chain import compute_chain_hash, compute_event_hash
from .exceptions import (
    AISSError,
    ForkDetected,
    InvalidChainError,
    InvalidEventError,
    InvalidIdentityError,
    InvalidSignatureError,
    ProfileMismatchError,
    ReplayAttackDetected,
)
from .exports import export_audit_chain, verify_audit_export
from .fork import find_forks
from .identity import derive_agent_id, export_identity, generate_keypair
from .identity_session import IdentitySession
from .memory import get_memory_stats, load_events, load_full_history, lock, search_events, store_event, unlock
from .replay import detect_replay_attacks
from .stamp import stamp_event, stamp_genesis_event
from .verify import verify_chain, verify_event, verify_signature

__all__ = [
    "AISSError",
    "ForkDetected",
    "IdentitySession",
    "InvalidChainError",
    "InvalidEventError",
    "InvalidIdentityError",
    "InvalidSignatureError",
    "ProfileMismatchError",
    "ReplayAttackDetected",
    "compute_chain_hash",
    "compute_event_hash",
    "derive_agent_id",
    "detect_replay_attacks",
    "export_audit_chain",
    "export_identity",
    "find_forks",
    "generate_keypair",
    "get_agent_info",
    "get_memory_stats",
    "list_agents",
    "load_events",
    "load_full_history",
    "lock",
    "register_agent",
    "search_events",
    "stamp_event",
    "stamp_genesis_event",
    "store_event",
    "unlock",
    "verify_audit_export",
    "verify_chain",
    "verify_event",
    "verify_signature",
]
