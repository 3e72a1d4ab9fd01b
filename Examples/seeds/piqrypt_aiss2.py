"""PiQrypt: AISS-2, post-quantum events."""

from chancery.aiss.crypto import dilithium
from chancery.aiss.exceptions import ProfileMismatchError
from chancery.aiss.identity_aiss2 import generate_aiss2_identity
from chancery.aiss.stamp_aiss2 import stamp_event_aiss2
from chancery.aiss.verify import verify_event
from chancery.aiss.verify_aiss2 import verify_aiss2_conformance

# Differs: no licence is asked for, and the key is one of FIPS 204: its private form is the seed of 32 bytes.
pq_priv, pq_pub = dilithium.generate_keypair()
print(len(pq_priv), len(pq_pub))

# Generate hybrid keypair: Ed25519 (AISS-1) + ML-DSA-65 (post-quantum)
identity = generate_aiss2_identity(agent_name="my_pq_agent", passphrase="my-strong-passphrase")
# → identity["aiss1"]["private_key"] — Ed25519
# → identity["aiss2"]["private_key"] — ML-DSA-65
# → identity["agent_id"] — same derivation as AISS-1

prev_hash = None
event = stamp_event_aiss2(
    ed25519_private_key=identity["aiss1"]["private_key"],
    dilithium_private_key=identity["aiss2"]["private_key"],
    agent_id=identity["agent_id"],
    payload={"event_type": "critical_action"},
    previous_hash=prev_hash,
    # Differs: without `tsa=True`. There are no RFC 3161 timestamps in this version; a checkpoint of the home's log says when an event was there.
)
print(event["signatures"]["post_quantum"]["algorithm"])
print(event["version"])
print(verify_event(event, identity["identity"]))

del event["signatures"]["post_quantum"]
try:
    verify_aiss2_conformance(event)
except ProfileMismatchError as e:
    # "AISS-2.0 event missing ML-DSA-65 signature"
    # Event rejected — not silently downgraded to AISS-1
    print(e)
