"""PiQrypt: identity and key management."""

import os

from chancery import aiss
from chancery.aiss.agent_registry import create_agent, get_agent_info, list_agents, register_agent
from chancery.aiss.identity import create_rotation_attestation, create_rotation_pcp_event
from chancery.aiss.identity_session import IdentitySession
from chancery.aiss.memory import load_full_history

payload = {"event_type": "action_taken"}

# Differs: PiQrypt makes the agent with `piqrypt identity create my_agent --encrypt`.
old_private_key, old_public_key = aiss.generate_keypair()
old_agent_id = aiss.derive_agent_id(old_public_key)
create_agent("my_agent", old_private_key, passphrase="my-strong-passphrase")

# Recommended: context manager guarantees RAM erasure
with IdentitySession.open("my_agent", passphrase="my-strong-passphrase") as session:
    event = aiss.stamp_event(session.private_key, session.agent_id, payload)
    aiss.store_event(event)
# Key zeroed here — even if an exception occurred inside

# For Docker / Kubernetes / IoT — from environment variables
# export PIQRYPT_AGENT_NAME=my_agent
# export PIQRYPT_PASSPHRASE=my-strong-passphrase
os.environ.update(PIQRYPT_AGENT_NAME="my_agent", PIQRYPT_PASSPHRASE="my-strong-passphrase")
with IdentitySession.from_env() as session:
    event = aiss.stamp_event(session.private_key, session.agent_id, payload)
print("stamped by", session.name)

# Register an agent after creating its identity
private_key, public_key = aiss.generate_keypair()
agent_id = aiss.derive_agent_id(public_key)
register_agent("trading_bot", agent_id, tier="pro", metadata={"env": "prod"})

# List all agents on this installation
agents = list_agents()
for agent in agents:
    print(agent["name"], agent["agent_id"] in (old_agent_id, agent_id))

# Get info for a specific agent
info = get_agent_info("trading_bot")
print(info["tier"], info["metadata"])

last_event = aiss.stamp_genesis_event(old_private_key, old_public_key, old_agent_id, {"event_type": "init"})
aiss.store_event(last_event)

# Generate new keypair
new_priv, new_pub = aiss.generate_keypair()
new_agent_id = aiss.derive_agent_id(new_pub)

# Create signed attestation linking old → new identity
attestation = create_rotation_attestation(
    old_private_key, old_agent_id,
    new_agent_id,
    # Differs: the new public key goes in too. Without it nobody could hold the new chain against what the old key said.
    new_pub,
    reason="scheduled_rotation"
)

# Stamp rotation event in the chain (signed by OLD key)
rotation_event = create_rotation_pcp_event(
    old_private_key, old_agent_id,
    new_agent_id, attestation,
    previous_hash=aiss.compute_event_hash(last_event)
)
aiss.store_event(rotation_event)

aiss.store_event(aiss.stamp_event(new_priv, new_agent_id, payload, previous_hash=aiss.compute_event_hash(rotation_event)))

# Load complete history across rotation boundary
full_history = load_full_history(new_agent_id)
# → events from both identities, in chronological order
print([event["payload"]["event_type"] for event in full_history])
