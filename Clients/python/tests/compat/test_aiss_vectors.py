"""`chancery.aiss` against what PiQrypt 1.10 wrote; where the reference accepts something unsafe, the recommended answer
counts.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from vectors import load

from chancery.aiss import a2a, canonical, chain, encoding, exports, fork, identity, key_store, stamp, verify, verify_aiss2
from chancery.aiss.exceptions import AISSError, CanonicalError, InvalidPassphrase, KeyFileCorrupted
from chancery.aiss.replay import detect_replay_attacks


def refused(call: Any, *arguments: Any, **keywords: Any) -> bool:
    try:
        call(*arguments, **keywords)
    except AISSError:
        return True
    return False


def test_ids_are_derived_as_the_reference_derives_them() -> None:
    keys = load("piqrypt/keys.json")
    for key in [*keys["ed25519"], *keys["agent_id_edge_cases"]]:
        assert identity.derive_agent_id(bytes.fromhex(key["public_key_hex"])) == key["agent_id"]
    hybrid = {key["name"]: bytes.fromhex(key["public_key_hex"]) for key in keys["ml_dsa_65"]}
    for key in keys["aiss21_agent_ids"]:
        classical = bytes.fromhex(key["ed25519_public_key_hex"])
        assert verify_aiss2.derive_agent_id_aiss21(classical, hybrid[key["ml_dsa_65_key"]]) == key["agent_id"]
        assert verify_aiss2.genesis_hash_aiss21(key["agent_id"]) == key["genesis_previous_hash"]


def test_both_canonical_forms_are_those_of_the_reference() -> None:
    cases = load("piqrypt/canonical.json")
    for case in cases["cases"]:
        value = json.loads(case["input_json"])
        for name, form in (("aiss1", canonical.canonicalize), ("aiss21", canonical.canonicalize_jcs)):
            if "error" in case[name]:
                with pytest.raises(CanonicalError):
                    form(value)
            else:
                assert form(value).hex() == case[name]["hex"], (name, case["input_json"])
    for case in cases["must_fail"]:
        for form in (canonical.canonicalize, canonical.canonicalize_jcs):
            with pytest.raises((CanonicalError, ValueError)):
                form(json.loads(case["input_json"]))


def test_events_of_the_reference_have_its_bytes_hashes_and_signatures() -> None:
    keys = {key["name"]: bytes.fromhex(key["public_key_hex"]) for key in load("piqrypt/keys.json")["ed25519"]}
    for case in load("piqrypt/events_aiss1.json")["events"]:
        event = case["event"]
        assert stamp.signed_bytes(event).hex() == case["canonical_signed_hex"], case["name"]
        assert chain.compute_event_hash(event) == case["event_hash"], case["name"]
        assert verify.verify_signature(event, keys[case["signer"]])


def test_what_we_stamp_is_what_the_reference_stamps() -> None:
    """Ed25519 is deterministic: with its key, time and nonce each event comes out byte for byte."""
    keys = {key["name"]: bytes.fromhex(key["private_key_hex"]) for key in load("piqrypt/keys.json")["ed25519"]}
    stamped = 0
    for case in load("piqrypt/events_aiss1.json")["events"]:
        event = case["event"]
        if set(event) != {"version", "agent_id", "timestamp", "nonce", "payload", "previous_hash", "signature"}:
            continue
        ours = stamp.stamp_event(
            keys[case["signer"]],
            event["agent_id"],
            event["payload"],
            event["previous_hash"],
            timestamp=event["timestamp"],
            nonce=event["nonce"],
        )
        assert ours == event, case["name"]
        stamped += 1
    assert stamped > 5


def test_a_valid_chain_verifies_and_has_the_hash_of_the_reference() -> None:
    valid = load("piqrypt/chain_valid.json")
    assert verify.verify_chain(valid["events"], valid["identity"])
    assert verify.verify_chain(valid["events"], encoding.base64_decoded(valid["identity"]["public_key"]))
    assert chain.compute_chain_hash(valid["events"]) == valid["chain_hash"]


@pytest.mark.parametrize("case", load("piqrypt/chains_tampered.json")["cases"], ids=lambda case: case["name"])
def test_a_changed_chain_gets_the_recommended_verdict(case: dict[str, Any]) -> None:
    assert refused(verify.verify_chain, case["events"], case["identity"]) is not case["recommended_valid"], case["why"]


def test_replays_are_those_that_the_reference_finds() -> None:
    for case in load("piqrypt/replay.json")["cases"]:
        assert [found.nonce for found in detect_replay_attacks(case["events"])] == case["replayed_nonces"], case["name"]


def test_forks_of_branches_are_found() -> None:
    for case in load("piqrypt/forks.json")["cases"]:
        union = {chain.compute_event_hash(event): event for branch in case["branches"] for event in branch}
        expected = case["expected"]["find_forks_on_union"]
        found = fork.find_forks(list(union.values()))
        assert {one.hash: len(one.branches) for one in found} == {one["previous_hash"]: one["count"] for one in expected}, case[
            "name"
        ]


def test_a_rotation_of_the_reference_verifies_on_both_sides() -> None:
    rotation = load("piqrypt/rotation_aiss1.json")
    assert identity.verify_rotation_attestation(rotation["attestation"])
    for forged in rotation["tampered_attestations"]:
        assert not identity.verify_rotation_attestation(forged["attestation"])
    old = rotation["old_chain_including_rotation_event"]
    assert verify.verify_chain(old, rotation["old_identity"])
    new = rotation["new_chain"]
    assert verify.verify_chain(new, rotation["new_identity"], previous_hash=chain.compute_event_hash(old[-1]))
    assert refused(verify.verify_chain, new, rotation["new_identity"])


def test_key_files_open_as_stated() -> None:
    opened = wrong = 0
    for case in load("piqrypt/keyfiles.json")["cases"]:
        if not case["name"].startswith("v1") or "file_hex" not in case:
            continue
        content, expected = bytes.fromhex(case["file_hex"]), case["expected"]
        if "private_key_hex" in expected:
            key = key_store.decrypt_private_key(content, case["passphrase"])
            assert key.hex() == expected["private_key_hex"], case["name"]
            opened += 1
        else:
            with pytest.raises((InvalidPassphrase, KeyFileCorrupted)):
                key_store.decrypt_private_key(content, case["passphrase"])
            wrong += 1
    assert opened and wrong > 3


def test_audit_exports_get_the_recommended_verdict(tmp_path: Any) -> None:
    for case in load("piqrypt/audit_export.json")["cases"]:
        path = tmp_path / "audit.json"
        path.write_text(json.dumps(case["audit"], ensure_ascii=False), encoding="utf-8")
        for form in (path, case["audit"]):
            verdict = exports.verify_audit_export(form)
            assert verdict["valid"] is case["recommended_valid"], (case["name"], case["why"])
            assert verdict["complete"] is (case["name"] == "valid")


def test_handshake_messages_of_the_reference_are_read_and_its_faults_refused() -> None:
    vectors = load("piqrypt/a2a.json")
    agreed = a2a.verify_handshake(vectors["proposal"], vectors["response"])
    assert agreed == sorted(set(vectors["proposal"]["capabilities"]) & set(vectors["response"]["capabilities"]))
    assert a2a.proposal_hash(vectors["proposal"]) == vectors["proposal_hash"]
    changed = [case for case in vectors["negative"] if case["kind"] in ("proposal", "response")]
    assert len(changed) > 5
    for case in changed:
        proposal, response = case.get("proposal", vectors["proposal"]), case.get("response", vectors["response"])
        valid = not refused(a2a.verify_handshake, proposal, response)
        assert valid is case["recommended_valid"] or case["kind"] == "proposal", (case["name"], case["why"])
        assert not (valid and case["recommended_valid"] is False), case["name"]


def test_hybrid_events_of_both_versions_verify_and_changed_ones_do_not() -> None:
    keys = load("piqrypt/keys.json")
    hybrid = {key["name"]: key["public_key_hex"] for key in keys["ml_dsa_65"]}
    first = load("piqrypt/aiss2_0.json")
    event = first["event"]
    classical = next(key for key in keys["ed25519"] if key["name"] == first["ed25519_key"])
    document = identity.export_identity(event["agent_id"], bytes.fromhex(classical["public_key_hex"]))
    document["public_key_pq"] = "base64:" + encoding.base64_text(bytes.fromhex(hybrid[first["ml_dsa_65_key"]]))
    assert verify_aiss2.signed_message(event).hex() == first["canonical_signed_hex"]
    assert chain.compute_event_hash(event) == first["event_hash"]
    assert verify_aiss2.verify_event_aiss2(event, document)

    second = load("piqrypt/aiss2_1.json")
    native, name = second["native_chain"]["events"], second["native_chain"]["identity"]
    assert verify.verify_chain(native, second["identities"][name])
    for given, expected in zip(native, second["native_chain"]["per_event"], strict=True):
        assert chain.compute_event_hash(given) == expected["event_hash"]
    for other in second["identities"]:
        if other != name:
            assert refused(verify.verify_chain, native, second["identities"][other])
    for change in (
        lambda e: e["payload"].update(i=99),
        lambda e: e["signatures"].pop("post_quantum"),
        lambda e: e["signatures"].pop("classical"),
        lambda e: e.update(version="AISS-2.0"),
        lambda e: e.update(version="AISS-3.0"),
        lambda e: e["signatures"]["classical"].update(signature=e["signatures"]["classical"]["signature"][7:]),
        lambda e: e["payload"].update(i=2**53),
    ):
        changed = json.loads(json.dumps(native))
        change(changed[1])
        assert refused(verify.verify_chain, changed, second["identities"][name])
