"""A handshake of two agents: each ends with an event in its own chain that carries what both signed.

Other than PiQrypt's, these events verify in their chains, and both chains carry the same agreement: the co-signed event holds
proposal and response whole, so neither side's capabilities can be changed afterwards, in either chain.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from typing import Any

from .canonical import canonicalize
from .crypto import ed25519
from .encoding import base58, base58_decoded
from .exceptions import InvalidHandshakeError, InvalidSignatureError
from .identity import AISS1, derive_agent_id
from .stamp import stamp_event

Message = dict[str, Any]
PROPOSAL = "a2a_identity_proposal"
RESPONSE = "a2a_identity_response"
FRESH_SECONDS = 300


def _body(message: Message) -> bytes:
    return canonicalize({name: value for name, value in message.items() if name != "signature"})


def _signed(private_key: bytes | bytearray, message: Message) -> Message:
    message["signature"] = base58(ed25519.sign(private_key, _body(message)))
    return message


def proposal_hash(proposal: Message) -> str:
    return hashlib.sha256(_body(proposal)).hexdigest()


def create_identity_proposal(
    private_key: bytes | bytearray,
    public_key: bytes,
    agent_id: str,
    capabilities: list[str] | None = None,
    metadata: dict[str, Any] | None = None,
) -> Message:
    proposal: Message = {
        "version": AISS1,
        "message_type": PROPOSAL,
        "agent_id": agent_id,
        "public_key": base58(public_key),
        "capabilities": sorted(set(capabilities or [])),
        "session_nonce": str(uuid.uuid4()),
        "timestamp": int(time.time()),
    }
    if metadata:
        proposal["metadata"] = metadata
    return _verified(_signed(private_key, proposal), PROPOSAL)


def create_identity_response(
    private_key: bytes | bytearray,
    public_key: bytes,
    agent_id: str,
    proposal: Message,
    capabilities: list[str] | None = None,
    accepted: bool = True,
) -> Message:
    """The answer to a proposal that verifies, is fresh, and is not one's own."""
    _verified(proposal, PROPOSAL)
    if abs(time.time() - proposal["timestamp"]) > FRESH_SECONDS:
        raise InvalidHandshakeError("the proposal is not fresh")
    response: Message = {
        "version": AISS1,
        "message_type": RESPONSE,
        "agent_id": agent_id,
        "public_key": base58(public_key),
        "capabilities": sorted(set(capabilities or [])),
        "session_id": str(uuid.uuid4()),
        "session_nonce": proposal["session_nonce"],
        "proposal_hash": proposal_hash(proposal),
        "accepted": accepted,
        "timestamp": int(time.time()),
        "peer_agent_id": proposal["agent_id"],
    }
    _signed(private_key, response)
    _verified(response, RESPONSE)
    if agent_id == proposal["agent_id"]:
        raise InvalidHandshakeError("an agent does not shake hands with itself")
    return response


def _verified(message: Message, kind: str) -> Message:
    try:
        key = base58_decoded(message["public_key"])
        signature = base58_decoded(message["signature"])
        if message["message_type"] != kind or message["version"] != AISS1:
            raise InvalidHandshakeError(f"not an {kind}")
        if message["agent_id"] != derive_agent_id(key):
            raise InvalidHandshakeError("agent_id is not that of the key")
        if not isinstance(message["timestamp"], int) or not all(isinstance(c, str) for c in message["capabilities"]):
            raise InvalidHandshakeError("a member has another type")
        ed25519.verify(key, _body(message), signature)
    except (KeyError, TypeError, ValueError, InvalidSignatureError) as error:
        raise InvalidHandshakeError(f"{kind}: {error}") from error
    return message


def verify_handshake(proposal: Message, response: Message) -> list[str]:
    """The agreed capabilities, sorted, of an accepted response to exactly this proposal; or `InvalidHandshakeError`."""
    _verified(proposal, PROPOSAL)
    _verified(response, RESPONSE)
    if response.get("proposal_hash") != proposal_hash(proposal):
        raise InvalidHandshakeError("the response is to another proposal")
    if response.get("session_nonce") != proposal["session_nonce"] or response.get("peer_agent_id") != proposal["agent_id"]:
        raise InvalidHandshakeError("the response names another proposer")
    if response["agent_id"] == proposal["agent_id"]:
        raise InvalidHandshakeError("both sides are one agent")
    if response.get("accepted") is not True:
        raise InvalidHandshakeError("the response is a refusal")
    if not 0 <= response["timestamp"] - proposal["timestamp"] <= FRESH_SECONDS:
        raise InvalidHandshakeError("the response came too late, or before the proposal")
    return sorted(set(proposal["capabilities"]) & set(response["capabilities"]))


def build_cosigned_handshake_event(
    private_key: bytes | bytearray,
    agent_id: str,
    proposal: Message,
    response: Message,
    previous_hash: str | None = None,
) -> Message:
    """The handshake as an event of this agent's chain."""
    agreed = verify_handshake(proposal, response)
    sides = {proposal["agent_id"]: ("initiator", response), response["agent_id"]: ("responder", proposal)}
    if agent_id not in sides:
        raise InvalidHandshakeError("the agent took no part in this handshake")
    role, other = sides[agent_id]
    payload = {
        "event_type": "a2a_handshake",
        "session_id": response["session_id"],
        "my_role": role,
        "peer_agent_id": other["agent_id"],
        "peer_signature": other["signature"],
        "capabilities_agreed": agreed,
        "participants": sorted(sides),
        "proposal": proposal,
        "response": response,
    }
    return stamp_event(private_key, agent_id, payload, previous_hash=previous_hash)


def verify_cosigned_handshake_event(event: Message) -> bool:
    """True, or `InvalidHandshakeError`: what the event says of the agreement is what both sides signed. Its own signature is
    `verify_event`'s.
    """
    try:
        payload = event["payload"]
        agreed = verify_handshake(payload["proposal"], payload["response"])
        sides = sorted((payload["proposal"]["agent_id"], payload["response"]["agent_id"]))
        mine = payload["proposal"] if payload["my_role"] == "initiator" else payload["response"]
        other = payload["response"] if payload["my_role"] == "initiator" else payload["proposal"]
        if (
            payload["event_type"] != "a2a_handshake"
            or payload["capabilities_agreed"] != agreed
            or payload["participants"] != sides
            or event["agent_id"] != mine["agent_id"]
            or payload["peer_agent_id"] != other["agent_id"]
            or payload["peer_signature"] != other["signature"]
            or payload["session_id"] != payload["response"]["session_id"]
        ):
            raise InvalidHandshakeError("the event says other than what was signed")
    except (KeyError, TypeError) as error:
        raise InvalidHandshakeError(f"{error} is missing") from error
    return True
