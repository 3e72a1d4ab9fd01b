#!/usr/bin/env python3
"""Verifies a decision file offline, without any code of ours, as docs/spec/decision-file.md says.

    verify_decision.py FILE FEDERATION        needs Python 3.10 and `cryptography` 50

Recomputed: the committee of the pinned genesis, each block's id and place, its commit votes, each proposal, its ballots and
their weight. Left to `chancery governance certificate verify`: what decisions come to (`state_root`, bases, freezes) and the
founders' enrolments, which the federation's id pins. Refused: files with evidence or a change of members, keys of another
suite than ML-DSA-65, the threshold `pbft-classic`. Exit code 0: decided, 1: not shown, 2: wrong usage.
"""

import base64
import json
import re
import sys
from hashlib import sha3_256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey

TWO_THIRDS, ONE_THIRD = ({"den": 3, "num": num, "strict": True} for num in (2, 1))
FREEZING = {"approval": ONE_THIRD, "participation": None, "profile": "fraction"}
FLOORS = {"unfreeze": TWO_THIRDS, "emergency-freeze": ONE_THIRD}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


class Refused(Exception):
    """The file does not show what it claims."""


def require(condition, message):
    if not condition:
        raise Refused(message)


def no_decimals(text):
    raise Refused(f"`{text[:32]}` is no integer")


def jcs(value):
    """RFC 8785, as far as it is needed: texts, integers, and names whose order is that of their code points."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def identity(value):
    return sha3_256(jcs(value)).hexdigest()


def base64url(text):
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    require(base64.urlsafe_b64encode(data).decode().rstrip("=") == text, "a text is not the one base64url of its bytes")
    return data


def requires(value, kind, names, expected=()):
    """The value is a `kind` with these members and no others, and says what is expected."""
    require(value["type"] == kind and set(value) == {"type", *names.split(), *expected}, f"not a {kind}")
    require(jcs({name: value[name] for name in expected}) == jcs(dict(expected)), f"a {kind} belongs to something else")


def meets(share, weight, total):
    left, right = weight * share["den"], share["num"] * total
    return left > right or (left == right and not share["strict"])


class Committee:
    """The members of epoch 0, as the genesis names them (docs/spec/federation.md)."""

    def __init__(self, genesis, federation):
        self.federation, self.thresholds, self.members = federation, genesis["thresholds"], {}
        for founder in genesis["founders"]:
            body = founder["enrolment"]["enrolment"]["body"]
            keys = {key["purpose"]: {name: key[name] for name in ("key", "purpose", "suite")} for key in body["keys"]}
            self.members[body["did"]] = {"name": body["name"], "weight": founder["weight"], **keys}
        self.total = self.weight(self.members)
        self.roster = identity({
            "epoch": 0, "federation": federation, "members": self.listed("ballot", "weight"), "thresholds": self.thresholds,
            "tolerates_no_fault": genesis["tolerates_no_fault"], "type": "chancery/roster/v1"})
        operators = identity({"members": self.listed("consensus", "http", "name"), "type": "chancery/operators/v1"})
        label = b"chancery/committee/v1\0" + bytes.fromhex(federation) + bytes(8)
        self.hash = sha3_256(label + bytes.fromhex(self.roster + operators)).hexdigest()

    def listed(self, *names):
        return [{"did": did, **{name: self.members[did][name] for name in names}} for did in sorted(self.members)]

    def weight(self, voters):
        return sum(self.members[voter]["weight"] for voter in voters)

    def verify(self, record, kind, purpose, signer):
        """Requires that the member `signer` signed this record, with its key of this purpose and the kind as context."""
        require(set(record) == {"body", "signatures"} and record["body"]["type"] == kind, f"not a {kind}")
        require(signer in self.members, f"{signer} is no member")
        key, [signature] = self.members[signer][purpose], record["signatures"]
        require(set(signature) == {"key", "suite", "value"}, f"a signature of a {kind} has other members")
        require(key["suite"] == signature["suite"] == "ML-DSA-65", "a key of another suite than ML-DSA-65")
        public = base64url(key["key"])
        require(base64url(signature["key"]) == sha3_256(b"ML-DSA-65\0" + public).digest(), f"not {signer}'s {purpose} key")
        try:
            MLDSA65PublicKey.from_public_bytes(public).verify(base64url(signature["value"]), jcs(record["body"]), kind.encode())
        except InvalidSignature:
            raise Refused(f"a {kind} was not signed by {signer}") from None

    def voters(self, records, kind, purpose, names, expected):
        """Who signed these votes, each for what is expected; ascending and each once."""
        for record in records:
            requires(record["body"], kind, names, expected)
            self.verify(record, kind, purpose, record["body"]["voter"])
        voters = [record["body"]["voter"] for record in records]
        require(voters == sorted(set(voters)), f"voters of a {kind} are not ascending, each once")
        return voters


def certified(item, committee, time):
    """The id and body of the proposal that a block's item orders (docs/spec/ballot.md)."""
    requires(item, "chancery/certificate/v1", "ballots proposal threshold", {"roster": committee.roster})
    body = item["proposal"]["body"]
    kind, place = body["kind"], {"federation": committee.federation, "roster": committee.roster}
    committee.verify(item["proposal"], "chancery/proposal/v1", "ballot", body["proposer"])
    require({name: body[name] for name in place} == place, "a proposal was made for another committee")
    require(kind not in ("add-node", "remove-node", "rotate-key"), "a change of members is not verified here")
    require(TIME.fullmatch(body["not_before"]) and TIME.fullmatch(body["expires"]), "a time is malformed")
    require(body["not_before"] <= time < body["expires"], "a proposal is not open at its block's time")
    expected = {"proposal": identity(body), **place}
    committee.voters(item["ballots"], "chancery/ballot/v1", "ballot", "choice voter", expected)
    choices = {ballot["body"]["voter"]: ballot["body"]["choice"] for ballot in item["ballots"]}
    require(set(choices.values()) <= {"approve", "reject", "abstain"}, "a ballot chooses something else")
    approvals = [voter for voter, choice in choices.items() if choice == "approve"]
    standard = FREEZING if kind == "emergency-freeze" else committee.thresholds["standard"]
    threshold = committee.thresholds["kinds"].get(kind, standard)
    require(jcs(item["threshold"]) == jcs(threshold), "the committee decides this kind by another threshold")
    require(threshold["participation"] is None, "a threshold with participation is not verified here")
    for share in (threshold["approval"], FLOORS.get(kind, threshold["approval"])):
        weight = committee.weight(approvals)
        require(meets(share, weight, committee.total), f"approvals of {weight} of {committee.total} do not pass a proposal")
    return identity(body), body


def verify(data, federation):
    """What was decided: the slot and body of each proposal by its id. Raises `Refused` for what does not hold."""
    file = json.loads(data, parse_float=no_decimals, parse_constant=no_decimals)
    require(jcs(file) == data.removesuffix(b"\n"), "the file is not in canonical form")
    requires(file, "chancery/decision-file/v1", "decisions genesis")
    require(identity(file["genesis"]) == federation, "the file is of another federation")
    committee, parent, time, decided = Committee(file["genesis"], federation), federation, file["genesis"]["time"], {}
    for slot, decision in enumerate(file["decisions"], 1):
        requires(decision, "chancery/decision/v1", "block certificate")
        block, commit = decision["block"], decision["certificate"]
        place = {"committee": committee.hash, "epoch": 0, "federation": federation, "slot": slot}
        requires(block, "chancery/block/v1", "items proposer state_root time", {"parent": parent, **place})
        require(TIME.fullmatch(block["time"]) and time < block["time"], "a block is not later than the one before")
        require(block["proposer"] in committee.members, "the proposer of a block is no member")
        parent, time = identity(block), block["time"]
        requires(commit, "chancery/consensus-commit/v1", "round votes", {"block": parent, **place})
        vote = {"phase": "precommit", "round": commit["round"], "value": parent, **place}
        voters = committee.voters(commit["votes"], "chancery/consensus-vote/v1", "consensus", "voter", vote)
        require(meets(TWO_THIRDS, committee.weight(voters), committee.total), "the votes on a block weigh two thirds or less")
        for item in block["items"]:
            proposal, body = certified(item, committee, time)
            require(proposal not in decided, "a proposal is decided twice")
            decided[proposal] = (slot, body)
    require(decided, "the file decides nothing")
    return decided


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with open(arguments[0], "rb") as file:
            decided = verify(file.read(), arguments[1])
    except (Refused, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        print(f"refused: {error if isinstance(error, Refused) else f'malformed: {error!r}'}", file=sys.stderr)
        return 1
    for proposal, (slot, body) in decided.items():
        title = "".join(letter if letter.isprintable() else "?" for letter in body["title"])
        print(f"decided in slot {slot}: {body['kind']} {json.dumps(body['parameters'])} {proposal} {title}")
    print("not proven: that nothing later took it back")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
