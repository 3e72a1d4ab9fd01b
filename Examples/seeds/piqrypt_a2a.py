"""PiQrypt: A2A, agent-to-agent handshake."""

import copy

from chancery import aiss
from chancery.aiss.a2a import (
    build_cosigned_handshake_event,
    create_identity_proposal,
    create_identity_response,
    verify_cosigned_handshake_event,
)
from chancery.aiss.exceptions import InvalidHandshakeError

agent_a_private_key, agent_a_public_key = aiss.generate_keypair()
agent_b_private_key, agent_b_public_key = aiss.generate_keypair()
agent_a_id, agent_b_id = aiss.derive_agent_id(agent_a_public_key), aiss.derive_agent_id(agent_b_public_key)
last_event_a = aiss.stamp_genesis_event(agent_a_private_key, agent_a_public_key, agent_a_id, {"event_type": "init"})
last_event_b = aiss.stamp_genesis_event(agent_b_private_key, agent_b_public_key, agent_b_id, {"event_type": "init"})

# Agent A creates a proposal
proposal = create_identity_proposal(
    agent_a_private_key, agent_a_public_key, agent_a_id,
    capabilities=["stamp", "verify", "a2a"],
    metadata={"role": "orchestrator"},
)

# Agent B responds (typically on the other side of a network call)
response = create_identity_response(
    agent_b_private_key, agent_b_public_key, agent_b_id,
    proposal,
    capabilities=["stamp", "verify", "a2a"],
)

# Both agents build a co-signed handshake event for their own chain
event_a = build_cosigned_handshake_event(
    agent_a_private_key, agent_a_id,
    proposal, response,
    previous_hash=aiss.compute_event_hash(last_event_a),
)
aiss.store_event(event_a)

event_b = build_cosigned_handshake_event(
    agent_b_private_key, agent_b_id,
    proposal, response,
    previous_hash=aiss.compute_event_hash(last_event_b),
)
aiss.store_event(event_b)

# The co-signed event verifies in its chain, which PiQrypt's own does not, and the agreed profile cannot be downgraded.
aiss.verify_chain([last_event_a, event_a], agent_a_public_key)
aiss.verify_chain([last_event_b, event_b], agent_b_public_key)
print(event_a["payload"]["capabilities_agreed"] == event_b["payload"]["capabilities_agreed"] == ["a2a", "stamp", "verify"])
downgraded = copy.deepcopy(event_a)
downgraded["payload"]["capabilities_agreed"] = ["a2a"]
try:
    verify_cosigned_handshake_event(downgraded)
except InvalidHandshakeError as error:
    print("Downgrade detected:", error)
