"""PiQrypt: AISS-1, single agent quick start."""

from chancery import aiss

# 1. Generate Ed25519 keypair
private_key, public_key = aiss.generate_keypair()
agent_id = aiss.derive_agent_id(public_key)
print(f"Agent ID: {agent_id}")
# Differs: the id has 32 characters and no `PIQR1` before them. No version of PiQrypt writes that prefix; its events would not verify with it.

# 2. Stamp the genesis event (first event in the chain)
genesis = aiss.stamp_genesis_event(
    private_key, public_key, agent_id,
    payload={"event_type": "agent_initialized", "version": "1.0"}
)

# 3. Stamp subsequent events
event1 = aiss.stamp_event(
    private_key,
    agent_id,
    payload={"event_type": "trade_decision", "symbol": "AAPL", "action": "buy"},
    previous_hash=aiss.compute_event_hash(genesis),
)

event2 = aiss.stamp_event(
    private_key,
    agent_id,
    payload={"event_type": "trade_executed", "order_id": "ORD-001", "status": "filled"},
    previous_hash=aiss.compute_event_hash(event1),
)

# 4. Store events locally
aiss.store_event(genesis)
aiss.store_event(event1)
aiss.store_event(event2)

# 5. Verify the chain
chain = [genesis, event1, event2]
aiss.verify_chain(chain, public_key)  # raises on failure
print("Chain valid ✓")

# 6. Export audit trail
identity = aiss.export_identity(agent_id, public_key)
audit = aiss.export_audit_chain(identity, chain)

import json
with open("audit.json", "w") as f:
    json.dump(audit, f, indent=2)

print("Audit exported → audit.json")
