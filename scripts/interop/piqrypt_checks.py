"""piqrypt 1.10.0, the AISS reference: its events and key files in ours, ours in its."""

import base64
import copy
import hashlib
import json

from aiss import chain, exports, identity, key_store, stamp, verify
from aiss.canonical_aiss21 import canonicalize
from aiss.crypto import ed25519
from aiss.exceptions import AISSError
from aiss.signer import ML_DSA_65, HybridSigner, InMemoryEd25519Signer, Signer
from aiss.stamp_aiss2 import _build_signed_message
from dilithium_py.ml_dsa import ML_DSA_65 as dilithium
from harness import PASSPHRASE, PAYLOADS, check, refuses, require


class PythonSigner(Signer):
    """ML-DSA-65 by dilithium-py behind the reference's own interface for signers."""

    algorithm = ML_DSA_65

    def __init__(self):
        self._public, self._private = dilithium.keygen()

    def public_key(self):
        return self._public

    def sign(self, message):
        return dilithium.sign(self._private, message)


def encoded(prefix, raw):
    return prefix + base64.b64encode(raw).decode()


def damaged(events, place, **payload):
    events = copy.deepcopy(events)
    events[place]["payload"].update(payload)
    return events


# MARK: our exports in their verifier


@check("piqrypt verifies our AISS-1 chain")
def _(workshop):
    workshop.run("identity", "create", "ours")
    workshop.stamp("ours", "aiss-1", PAYLOADS)
    document, _ = workshop.identity("ours", "aiss-1")
    audit, _ = workshop.export("ours", "aiss-1")
    require(len(audit["events"]) == len(PAYLOADS), "the export is not whole")
    require(identity.verify_agent_id(document["agent_id"], ed25519.decode_base64(document["public_key"])), "agent id")
    require(verify.verify_chain(audit["events"], document), "verify_chain")
    require([event["payload"] for event in audit["events"]] == PAYLOADS, "the payloads are not those stamped")
    refuses(AISSError, verify.verify_chain, damaged(audit["events"], 2, text="other"), document)


@check("piqrypt accepts our audit export of an AISS-1 chain")
def _(workshop):
    workshop.run("identity", "create", "ours")
    receipts = workshop.stamp("ours", "aiss-1", PAYLOADS)
    audit, _ = workshop.export("ours", "aiss-1")
    require(exports.validate_audit_export(audit), "validate_audit_export")
    require(verify.verify_audit_chain(audit), "verify_audit_chain")
    require(audit["chain_integrity_hash"] == chain.compute_chain_hash(audit["events"]), "chain hash")
    hashes = [chain.compute_event_hash(event) for event in audit["events"]]
    require(hashes == [receipt["hash"] for receipt in receipts], "our receipts name other hashes")


@check("piqrypt verifies our AISS-2.1 chain")
def _(workshop):
    workshop.run("identity", "create", "ours")
    workshop.stamp("ours", "aiss-2.1", PAYLOADS)
    document, _ = workshop.identity("ours", "aiss-2.1")
    audit, _ = workshop.export("ours", "aiss-2.1")
    require(verify.verify_chain(audit["events"], document), "verify_chain")
    keys = [identity._decode_b64_prefixed(document[name], name) for name in ("public_key_classical", "public_key_pq")]
    require(identity.derive_agent_id_aiss21(*keys) == document["agent_id"], "agent id")
    refuses(AISSError, verify.verify_chain, damaged(audit["events"], 2, text="other"), document)


@check("piqrypt accepts our audit export of an AISS-2.1 chain")
def _(workshop):
    workshop.run("identity", "create", "ours")
    receipts = workshop.stamp("ours", "aiss-2.1", PAYLOADS)
    audit, _ = workshop.export("ours", "aiss-2.1")
    require(exports.validate_audit_export(audit), "validate_audit_export")
    require(verify.verify_chain(audit["events"], audit["agent_identity"]), "verify_chain")
    hashes = [chain.compute_event_hash(event) for event in audit["events"]]
    require(hashes == [receipt["hash"] for receipt in receipts], "our receipts name other hashes")




# MARK: their chains in our verifier


def their_classical_chain():
    private, public = identity.generate_keypair()
    agent = identity.derive_agent_id(public)
    events = [stamp.stamp_genesis_event(private, public, agent, PAYLOADS[0])]
    for payload in PAYLOADS[1:]:
        events.append(stamp.stamp_event(private, agent, payload, previous_hash=chain.compute_event_hash(events[-1])))
    return events, identity.export_identity(agent, public)


def their_hybrid_chain():
    private, public = identity.generate_keypair()
    pair = HybridSigner(InMemoryEd25519Signer(private), PythonSigner(), verify_after_sign=False)
    keys = pair.public_keys()
    agent = identity.derive_agent_id_aiss21(*keys)
    previous = hashlib.sha512(b"PiQrypt-AISS-2.1-genesis\x00" + agent.encode()).hexdigest()
    events = []
    for number, payload in enumerate(PAYLOADS):
        event = {
            "version": "AISS-2.1", "agent_id": agent, "timestamp": 1_790_000_000 + number,
            "nonce": stamp.generate_nonce(), "payload": payload, "previous_hash": previous,
        }
        signature = pair.sign(_build_signed_message(canonicalize(event)))
        event["signatures"] = {
            "classical": {"algorithm": "Ed25519", "signature": encoded("base64:", signature.classical)},
            "post_quantum": {"algorithm": "ML-DSA-65", "signature": encoded("base64:", signature.post_quantum)},
        }
        event["trusted_timestamp"] = {"status": "pending"}
        events.append(event)
        previous = chain.compute_event_hash(event)
    document = identity.export_identity_aiss21(agent, *keys)
    require(verify.verify_chain(events, document), "the reference refuses its own chain")
    return events, document


def accepted(workshop, document, identity_path):
    path = workshop.write("document.json", document)
    output = json.loads(workshop.run("verify", path, "--identity", identity_path, "--json"))
    require(output["valid"], output)


def refused(workshop, document, identity_path):
    done = workshop.attempt("verify", workshop.write("damaged.json", document), "--identity", identity_path)
    require(done.returncode == 4, f"exit code {done.returncode} for a damaged document")


def verified_by_us(workshop, events, document):
    path = workshop.write("identity.json", document)
    accepted(workshop, events, path)
    refused(workshop, damaged(events, 2, text="other"), path)
    refused(workshop, events[1:], path)
    audit = exports.export_audit_chain(document, events)
    accepted(workshop, audit, path)
    refused(workshop, {**audit, "events": audit["events"][:-1]}, path)
    workshop.run("import", workshop.write("audit.json", audit), "--identity", path)


@check("we verify and import piqrypt's AISS-1 chain and export")
def _(workshop):
    verified_by_us(workshop, *their_classical_chain())


@check("we verify and import piqrypt's AISS-2.1 chain and export")
def _(workshop):
    verified_by_us(workshop, *their_hybrid_chain())


# MARK: key files


@check("piqrypt opens our PQKY v1 and v2 key files")
def _(workshop):
    workshop.run("identity", "create", "ours")
    first, second = workshop.path("private.key.enc"), workshop.path("private_pq.key.enc")
    workshop.run("identity", "export", "ours", "--format", "pqky-v1", "--out", first)
    workshop.run("identity", "export", "ours", "--format", "pqky-v2", "--out", second)
    document, _ = workshop.identity("ours", "aiss-2.1")
    message = b"signed with a key from our key file"
    classical = key_store.load_encrypted_key(first, PASSPHRASE)
    public = identity._decode_b64_prefixed(document["public_key_classical"], "key")
    require(ed25519.verify(public, message, ed25519.sign(classical, message)), "the Ed25519 key is another one")
    quantum = bytes(key_store.load_encrypted_pq_key(second, PASSPHRASE))
    public = identity._decode_b64_prefixed(document["public_key_pq"], "key")
    require(dilithium.verify(public, message, dilithium.sign(quantum, message)), "the ML-DSA-65 key is another one")
    refuses(key_store.KeyStoreError, key_store.load_encrypted_key, first, "another passphrase")
    refuses(key_store.KeyStoreError, key_store.load_encrypted_pq_key, second, "another passphrase")


@check("we open piqrypt's PQKY v1 and v2 key files and stamp with their keys")
def _(workshop):
    private, public = identity.generate_keypair()
    quantum_public, quantum_private = dilithium.keygen()
    first, second = workshop.path("private.key.enc"), workshop.path("private_pq.key.enc")
    key_store.save_encrypted_key(private, PASSPHRASE, first)
    key_store.save_encrypted_pq_key(quantum_private, PASSPHRASE, second)
    workshop.run("identity", "import", first, "--pqky-v2", second, "--name", "theirs")
    document, _ = workshop.identity("theirs", "aiss-2.1")
    require(document["agent_id"] == identity.derive_agent_id_aiss21(public, quantum_public), "AISS-2.1 agent id")
    workshop.stamp("theirs", "aiss-2.1", PAYLOADS[:2])
    audit, _ = workshop.export("theirs", "aiss-2.1")
    theirs = identity.export_identity_aiss21(document["agent_id"], public, quantum_public)
    require(verify.verify_chain(audit["events"], theirs), "verify_chain")
    workshop.environment["CHANCERY_PASSPHRASE"] = "another passphrase"
    done = workshop.attempt("identity", "import", first, "--pqky-v2", second, "--name", "wrong")
    require(done.returncode != 0, "a wrong passphrase opens the key file")
