#!/usr/bin/env python3
"""Verifies a certificate of a federation's first members from docs/spec/ballot.md alone, with pyca (`cryptography` 50).

    verify_certificate.py CERTIFICATE GENESIS FEDERATION

FEDERATION is the hash of the genesis, known by another way. Exit code 0: approved, not proof of being in force; 1: not shown.
"""
import base64, json, sys
from hashlib import sha3_256
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey
FLOORS = {"add-node": 2, "remove-node": 2, "rotate-key": 2, "unfreeze": 2, "emergency-freeze": 1}  # thirds to be exceeded
FREEZING = {"approval": {"den": 3, "num": 1, "strict": True}, "participation": None, "profile": "fraction"}

def require(condition, message):
    return condition or sys.exit(f"refused: {message}")

def jcs(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

def base64url(text):
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    require(base64.urlsafe_b64encode(data).decode().rstrip("=") == text, "a text is not the one base64url of its bytes")
    return data

def verify_record(record, members, signer, **expected):
    require(set(record) == {"body", "signatures"}, "a record has other members")
    body, [signature] = record["body"], record["signatures"]
    require(set(signature) == {"key", "suite", "value"}, "a signature has other members")
    require(signer in members, f"{signer} is no member")
    require(body.items() >= expected.items(), f"a {expected['type']} belongs to something else")
    require(members[signer]["ballot"]["suite"] == signature["suite"] == "ML-DSA-65", "a key of another suite")
    public = base64url(members[signer]["ballot"]["key"])
    require(base64url(signature["key"]) == sha3_256(b"ML-DSA-65\0" + public).digest(), f"not {signer}'s key")
    try:
        MLDSA65PublicKey.from_public_bytes(public).verify(base64url(signature["value"]), jcs(body), expected["type"].encode())
    except Exception:
        require(False, f"a {expected['type']} was not signed by {signer}")

data, genesis, federation = open(sys.argv[1], "rb").read(), open(sys.argv[2], "rb").read(), sys.argv[3]
require(sha3_256(genesis.removesuffix(b"\n")).hexdigest() == federation, "the genesis is of another federation")
certificate, genesis, members, approvals = json.loads(data), json.loads(genesis), {}, 0
require(jcs(certificate) == data.removesuffix(b"\n"), "the certificate is not in canonical form")
require(certificate["type"] == "chancery/certificate/v1" and len(certificate) == 5, "not a certificate")
for founder in genesis["founders"]:
    enrolled = founder["enrolment"]["enrolment"]["body"]
    key = {name: enrolled["keys"][0][name] for name in ("key", "purpose", "suite")}
    members[enrolled["did"]] = {"ballot": key, "did": enrolled["did"], "weight": founder["weight"]}
rules, total = genesis["thresholds"], sum(member["weight"] for member in members.values())
roster = sha3_256(jcs({"epoch": 0, "federation": federation, "members": [members[did] for did in sorted(members)],
    "thresholds": rules, "tolerates_no_fault": genesis["tolerates_no_fault"], "type": "chancery/roster/v1"})).hexdigest()
require(certificate["roster"] == roster, "the certificate was made for another committee")
proposal, place = certificate["proposal"]["body"], {"federation": federation, "roster": roster}
verify_record(certificate["proposal"], members, proposal["proposer"], type="chancery/proposal/v1", **place)
named, voters = sha3_256(jcs(proposal)).hexdigest(), [ballot["body"]["voter"] for ballot in certificate["ballots"]]
require(voters == sorted(set(voters)), "voters are not ascending, each once")
for ballot in certificate["ballots"]:
    verify_record(ballot, members, ballot["body"]["voter"], type="chancery/ballot/v1", proposal=named, **place)
    approvals += members[ballot["body"]["voter"]]["weight"] if ballot["body"]["choice"] == "approve" else 0
rule = rules["kinds"].get(proposal["kind"], FREEZING if proposal["kind"] == "emergency-freeze" else rules["standard"])
require(jcs(certificate["threshold"]) == jcs(rule) and rule["participation"] is None, "decided by another threshold")
share, floor = rule["approval"], FLOORS.get(proposal["kind"], -1)
passes = approvals * share["den"] >= share["num"] * total + share["strict"] and 3 * approvals > floor * total
require(passes, f"approvals of {approvals} of {total} do not pass it")
print(f"approved by {approvals} of {total}: {proposal['kind']} {named}\nnot proof of being in force")
