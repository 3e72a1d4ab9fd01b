"""PiQrypt: stamping events, chain verification, memory and search, export and audit."""

import copy
import hashlib
import json
import time

from chancery import aiss
from chancery.aiss.chain import verify_chain_linkage, verify_monotonic_timestamps
from chancery.aiss.exceptions import InvalidChainError
from chancery.aiss.exports import verify_audit_export
from chancery.aiss.fork import find_forks
from chancery.aiss.memory import MemorySession, encrypt_memory, load_full_history
from chancery.aiss.replay import detect_replay_attacks

private_key, public_key = aiss.generate_keypair()
agent_id = aiss.derive_agent_id(public_key)
# Differs: the registry is told the public key, so that stored events are verified and `verify_event` finds it.
aiss.register_agent("my_agent", agent_id, public_key=public_key)


def h(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


events = []
genesis = aiss.stamp_genesis_event(private_key, public_key, agent_id, {"event_type": "init"})
events.append(genesis)
aiss.store_event(genesis, agent_name="my_agent")

for action in ["step_1", "step_2", "step_3"]:
    prev_hash = aiss.compute_event_hash(events[-1])
    event = aiss.stamp_event(private_key, agent_id,
        payload={"event_type": action},
        previous_hash=prev_hash)
    events.append(event)
    aiss.store_event(event)

event = aiss.stamp_event(private_key, agent_id, payload={
    "event_type": "patient_diagnosis",
    "patient_hash": h("patient_id:P2026-441"),   # PII hashed
    "diagnosis_hash": h("ICD10:I21.4"),          # diagnosis hashed
    "confidence": 0.91,                          # non-PII: stored as-is
}, previous_hash=aiss.compute_event_hash(events[-1]))
events.append(event)
aiss.store_event(event)

# Raises InvalidChainError, InvalidSignatureError, or ReplayAttackDetected on failure
aiss.verify_chain(events, public_key)
print("Chain valid ✓")

# Hash chain linkage
verify_chain_linkage(events)  # raises InvalidChainError on break

# Monotonic timestamps
verify_monotonic_timestamps(events)  # raises InvalidChainError if ts goes backward

# Replay attack detection
replays = detect_replay_attacks(events)  # returns list of duplicate nonces
if replays:
    raise Exception(f"Replay detected: {replays}")

# Individual event signature
aiss.verify_event(event)  # raises InvalidSignatureError on bad sig
aiss.verify_signature(event, public_key)

# Attacker modifies Event 2
tampered_chain = copy.deepcopy(events)
tampered_chain[2]["payload"]["amount"] = 999999

try:
    verify_chain_linkage(tampered_chain)
except InvalidChainError as e:
    print(f"Tamper detected at event index: {e.event_index}")
    # → Tamper detected at event index: 3
    # (Event 3's previous_hash no longer matches the modified Event 2)
    print(f"Break at index {e.event_index}", e.expected_hash[:16] != e.actual_hash[:16])

# Differs: the seed has no fork to find; here is one.
other = aiss.stamp_event(private_key, agent_id, {"event_type": "another step_3"}, previous_hash=events[3]["previous_hash"])
forks = find_forks([*events, other])
if forks:
    for fork in forks:
        print(f"Fork: {len(fork.branches)} branches", fork.hash == events[3]["previous_hash"])

# Load all events for an agent
print(len(aiss.load_events(agent_id=agent_id, agent_name="my_agent")), len(load_full_history(agent_id)))

results = aiss.search_events(
    agent_id=agent_id,
    event_type="step_2",           # filter by type
    after=int(time.time()) - 3600,  # Unix timestamp
    before=int(time.time()) + 1,
    limit=50,
)
print([found["payload"]["event_type"] for found in results])

# Search by session (multi-agent session_id)
results = aiss.search_events(session_id="sess_a3f29b4c...")
print(results)

# Follow key rotation chain automatically
results = aiss.search_events(agent_id=agent_id, follow_rotation=True)
print(len(results))

stats = aiss.get_memory_stats()
print(stats["total_events"], stats["agents"], stats["sessions_count"], stats["rotations_count"])

# Differs: memory is encrypted by a call, from its first event on; PiQrypt does it with a Pro key for all agents at once.
secret_private, secret_public = aiss.generate_keypair()
secret_id = aiss.derive_agent_id(secret_public)
aiss.register_agent("secret_agent", secret_id, public_key=secret_public)
encrypt_memory("secret_agent", passphrase="my-strong-passphrase")
aiss.store_event(aiss.stamp_genesis_event(secret_private, secret_public, secret_id, {"event_type": "hidden"}))
aiss.lock("secret_agent")

# Unlock encrypted memory with passphrase
aiss.unlock("secret_agent", passphrase="my-strong-passphrase")
print(len(aiss.load_events(agent_id=secret_id)))

# Always lock when done
aiss.lock("secret_agent")

# Or use context manager
with MemorySession("secret_agent", passphrase="my-strong-passphrase") as mem:
    print(len(mem.load_events(secret_id)))

identity = aiss.export_identity(agent_id, public_key)
audit = aiss.export_audit_chain(identity, events)
with open("audit.json", "w") as f:
    json.dump(audit, f, indent=2)

# Programmatic verification
result = verify_audit_export("audit.json")
print(result["valid"])        # True
print(result["event_count"])  # 5
print(result["chain_hash"] == audit["chain_integrity_hash"])
