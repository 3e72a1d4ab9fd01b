#!/usr/bin/env python3
"""Verifies an evidence file offline, without any other code of Chancery, as docs/spec/evidence.md says.

    verify_evidence.py FILE [--pin PIN]... [--json]        needs Python 3.10 and `cryptography` 50

    from chancery import evidence
    report = evidence.verify("payment.evidence.json", ["gate:did:pqaid:…", "log:…"])

Left to `chancery evidence verify`: whether the policy's text gives the verdict (step `replay`, gap `replay.unchecked`: what
a policy decided comes to B at best here), and what decisions of a committee come to (`state_root`, bases). Not judged:
histories with evidence against members, changes of members, delegations to the agent, thresholds with participation, and
AISS-2.0 events. Exit code 0: valid, 1: refused, 2: wrong usage, 3: not judged here.
"""

from __future__ import annotations

import base64
import json
import os
import re
import sys
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timezone
from hashlib import sha3_256, sha256, sha512
from pathlib import Path
from typing import Any, Callable, Iterable, Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey, MLDSA65PublicKey, MLDSA87PublicKey

__all__ = ["Gap", "NotJudged", "Refused", "Report", "Root", "Step", "verify"]

TYPE = "chancery/evidence/v1"
MAXIMUM_BYTES = 64 << 20
MAXIMUM_RECORDS = 20_000
LARGEST = (1 << 53) - 1
# The years 1970 to 9999.
TIME = re.compile(r"(?!19[0-6])(?:19|[2-9]\d)\d\d-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z", re.ASCII)
DID = re.compile(r"did:pqaid:[0-9a-f]{64}", re.ASCII)
HEX = re.compile(r"(?:[0-9a-f]{2})+", re.ASCII)
AGENT_ID = re.compile(r"[1-9A-HJ-NP-Za-km-z]{32}", re.ASCII)
NONCE = re.compile(r"[!-~]{1,128}", re.ASCII)
DECIMAL = re.compile(r"[+-]?(?:(\d+)\.?(\d*)|\.(\d+))(?:[eE]([+-]?\d{1,5}))?", re.ASCII)
BATCH, SEAL, IDENTITY = "chancery/batch-event/v1", "chancery/seal/v1", "chancery/identity/v1"
APPROVAL, APPROVER = "chancery/approval/v1", "chancery/approver/v1"
GENESIS, DECISION = "chancery/genesis/v1", "chancery/decision/v1"
LIMITS = {
    "time": "that the times are right: no timestamp authority says so; they are what the signers wrote",
    "views": "that the log showed everybody the same tree: no witness signed this checkpoint",
    "outside": "that the agent did nothing that was not recorded",
    "payloads": "what lies behind a hash: where a record holds a hash in place of content, the content is not here",
    "statements": "that the facts were so (risk, alerts, labels): the gate signed them; nothing here recomputes them",
    "others": "that a gate said nothing else about it: the gate's other events are not here",
    "chains": "what the agent did on its other chains: of other keys, and of AISS-1; one is shown here",
    "named": "that this event is what the decision allowed: the agent says it",
    "approver": "who the approver is: the home's operator alone says whose key it is",
    "house": "that this gate belongs to this federation: nobody's signature says so",
    "freshness": "that nothing took it back: what the committee decided after the last decision here is not here",
    "history": "that the federation's history is the only one: it is recomputed from genesis, without outside witnesses",
    "classical": "anything against a quantum computer, where events are signed with Ed25519 alone (AISS-1)",
}


class Refused(Exception):
    """The file does not show what it claims."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


class NotJudged(Exception):
    """The file may be true; this verifier does not know what it would have to."""


def require(condition: Any, detail: str, code: str = "evidence.contradiction") -> None:
    if not condition:
        raise Refused(code, detail)


# What a file comes to.


@dataclass(frozen=True)
class Step:
    name: str
    verdict: str
    detail: str = ""
    rests_on: str = ""


@dataclass(frozen=True)
class Gap:
    code: str
    weight: str
    detail: str


@dataclass(frozen=True)
class Root:
    pin: str
    pinned: bool


def grade_of(gaps: Sequence[Gap]) -> str:
    return "C" if any(gap.weight == "missing" for gap in gaps) else "B" if gaps else "A"


@dataclass
class Report:
    question: dict[str, Any] | None = None
    steps: list[Step] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    roots: list[Root] = field(default_factory=list)
    not_proven: list[str] = field(default_factory=list)
    # Pins of a kind of which the file has no root: nothing was held against them.
    unused_pins: list[str] = field(default_factory=list)
    refusal: dict[str, str] | None = None

    @property
    def valid(self) -> bool:
        return self.refusal is None

    @property
    def content_grade(self) -> str:
        """The grade that the content reaches when every root is pinned and every verdict is evaluated again."""
        return grade_of([gap for gap in self.gaps if gap.weight != "unchecked"])

    @property
    def grade(self) -> str | None:
        if not self.valid:
            return None
        return grade_of(self.gaps) if all(root.pinned for root in self.roots) else "D"

    def json(self) -> dict[str, Any]:
        return {
            "gaps": [{"code": gap.code, "detail": gap.detail} for gap in self.gaps],
            "grade": self.grade,
            "not_proven": [{"code": code, "text": LIMITS[code]} for code in self.not_proven],
            "question": self.question,
            "refusal": self.refusal,
            "roots": [{"pin": root.pin, "pinned": root.pinned} for root in self.roots],
            "steps": [
                {"detail": step.detail, "rests_on": step.rests_on, "step": step.name, "verdict": step.verdict}
                for step in self.steps
            ],
            "unused_pins": self.unused_pins,
            "valid": self.valid,
        }


# Bytes: docs/spec/canonical-json.md and record.md.


def no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    require(len(found) == len(pairs), "a member stands twice in an object", "wire.duplicate_key")
    return found


def no_constant(text: str) -> Any:
    raise Refused("wire.invalid_number", f"`{text}` is no number")


@dataclass(frozen=True)
class Digits:
    """An integer beyond 64 bits as it is written: nothing here reckons with one, and Python reads at most 4300 digits."""

    text: str


def whole(text: str) -> int | Digits:
    return int(text) if len(text) <= 20 else Digits(text)


def parse(data: bytes) -> Any:
    try:
        return json.loads(
            data.decode("utf-8"), object_pairs_hook=no_duplicates, parse_constant=no_constant, parse_int=whole)
    except (ValueError, RecursionError) as error:
        raise Refused("evidence.malformed", f"no strict JSON: {error}") from None


def decimal(value: float) -> str:
    """ECMAScript Number::toString, as RFC 8785 demands."""
    require(value == value and abs(value) != float("inf"), "a number beyond a double", "wire.number_out_of_range")
    if value == 0:
        return "0"
    sign, text = ("-", repr(-value)) if value < 0 else ("", repr(value))
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + ("" if fraction == "0" else fraction)).lstrip("0")
    leading = len(whole) if whole != "0" else -(len(fraction) - len(fraction.lstrip("0")))
    point = leading + int(exponent or 0)
    digits = digits.rstrip("0") or "0"
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    power = point - 1
    tail = "." + digits[1:] if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'+' if power > 0 else '-'}{abs(power)}"


def canonical(value: Any, aiss1: bool = False) -> str:
    """RFC 8785, or the form of AISS-1: order by code points, any integer, decimals as Python prints them."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        require(aiss1 or abs(value) <= LARGEST, "an integer beyond 2^53", "wire.number_out_of_range")
        return str(value)
    if isinstance(value, Digits):
        require(aiss1, "an integer beyond 2^53", "wire.number_out_of_range")
        return value.text
    if isinstance(value, float):
        return repr(value) if aiss1 else decimal(value)
    if isinstance(value, list):
        return "[" + ",".join(canonical(element, aiss1) for element in value) + "]"
    names = sorted(value) if aiss1 else sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(canonical(name) + ":" + canonical(value[name], aiss1) for name in names) + "}"


def jcs(value: Any) -> bytes:
    try:
        return canonical(value).encode("utf-8")
    except UnicodeEncodeError:
        raise Refused("wire.lone_surrogate", "half of a surrogate pair") from None


def base64url(text: str) -> bytes:
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    require(base64.urlsafe_b64encode(data).decode().rstrip("=") == text, "a text is not the one base64url of its bytes")
    return data


def base64standard(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    require(base64.b64encode(data).decode() == text, "a text is not the one base64 of its bytes")
    return data


def unhex(text: str, count: int) -> bytes:
    require(isinstance(text, str) and HEX.fullmatch(text) and len(text) == 2 * count, "hex digits are malformed")
    return bytes.fromhex(text)


def milliseconds(text: str) -> int:
    require(isinstance(text, str) and TIME.fullmatch(text), "a time is malformed", "wire.invalid_value")
    moment = datetime.fromisoformat(text[:-1]).replace(tzinfo=timezone.utc)
    return int(moment.timestamp()) * 1000 + int(text[20:23])


def text_of(value: Any, limit: int = 4096) -> str:
    """The value is a text of at most so many bytes."""
    require(isinstance(value, str), "a text was expected", "wire.wrong_type")
    require(len(value.encode()) <= limit, f"a text has more than {limit} bytes", "wire.too_long")
    return str(value)


def integer(value: Any, last: int, first: int = 0) -> int:
    require(type(value) is int, "an integer was expected", "wire.wrong_type")
    require(first <= value <= last, f"an integer lies outside of {first}…{last}", "wire.invalid_value")
    return int(value)


def listed(value: Any, limit: int) -> list[Any]:
    require(isinstance(value, list), "a list was expected", "wire.wrong_type")
    require(len(value) <= limit, f"a list has more than {limit} elements", "wire.too_long")
    return list(value)


def texts(value: Any, limit: int) -> list[str]:
    found = listed(value, limit)
    require(all(isinstance(text, str) for text in found), "a list of texts was expected", "wire.wrong_type")
    return found


def flag(value: Any) -> bool:
    require(isinstance(value, bool), "a boolean was expected", "wire.wrong_type")
    return bool(value)


def salted(value: Any) -> None:
    require(len(base64url(text_of(value, 32))) == 16, "a salt has 16 bytes", "wire.invalid_value")


def is_decimal(text: str) -> bool:
    """A number of at most 38 digits and an exponent within 9,999 (docs/spec/policy.md)."""
    found = DECIMAL.fullmatch(text)
    if not found:
        return False
    before, after, bare, power = found.groups()
    fraction = after or bare or ""
    digits = ((before or "") + fraction).lstrip("0")
    plain = digits.rstrip("0")
    return not plain or len(plain) <= 38 and abs(int(power or 0) - len(fraction) + len(digits) - len(plain)) <= 9999


# Marks and letters that nobody sees, besides the control and format characters (Default_Ignorable_Code_Point).
UNSEEN = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10),
          *range(0xE0100, 0xE01F0)}


def plain(value: Any, limit: int) -> str:
    """A text without characters that nobody sees."""
    text = text_of(value, limit)
    seen = all(unicodedata.category(letter) not in ("Cc", "Cf", "Zl", "Zp", "Co") and ord(letter) not in UNSEEN
               for letter in text)
    require(text and seen, "a name is empty, or has characters that nobody sees", "gate.action_malformed")
    return text


def whole_numbers(value: Any) -> bool:
    """Whether no decimal number stands in it, as in the bodies of all records."""
    if isinstance(value, (dict, list)):
        return all(whole_numbers(inner) for inner in (value.values() if isinstance(value, dict) else value))
    return not isinstance(value, (float, Digits))


def bounded(value: Any, depth: int) -> Any:
    """The value, if arrays and objects nest at most so deep in it."""
    layer = [value]
    while layer := [nest for nest in layer if isinstance(nest, (dict, list))]:
        require(depth > 0, "a value nests too deep", "wire.too_deep")
        layer = [inner for nest in layer for inner in (nest.values() if isinstance(nest, dict) else nest)]
        depth -= 1
    return value


def members(value: Any, names: str, optional: str = "") -> dict[str, Any]:
    """The value is an object with these members and perhaps some of the others."""
    require(isinstance(value, dict), "an object was expected", "wire.wrong_type")
    missing, unknown = set(names.split()) - set(value), set(value) - set(names.split()) - set(optional.split())
    require(not missing, f"members are missing: {sorted(missing)}", "wire.missing_member")
    require(not unknown, f"unknown members: {sorted(unknown)}", "wire.unknown_member")
    return value


# Signatures.

ALGORITHMS: dict[str, tuple[int, int]] = {
    "Ed25519": (32, 64), "ML-DSA-44": (1312, 2420), "ML-DSA-65": (1952, 3309), "ML-DSA-87": (2592, 4627),
}
LATTICES: dict[str, Any] = {
    "ML-DSA-44": MLDSA44PublicKey, "ML-DSA-65": MLDSA65PublicKey, "ML-DSA-87": MLDSA87PublicKey,
}
SUITES = {
    "Ed25519+ML-DSA-65": ["Ed25519", "ML-DSA-65"], "ML-DSA-65": ["ML-DSA-65"], "ML-DSA-87": ["ML-DSA-87"],
    "Ed25519+ML-DSA-44": ["Ed25519", "ML-DSA-44"],
}


def is_valid(algorithm: str, key: bytes, signature: bytes, message: bytes, context: bytes = b"") -> bool:
    try:
        if algorithm == "Ed25519":
            Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        else:
            LATTICES[algorithm].from_public_bytes(key).verify(signature, message, context)
        return True
    except (InvalidSignature, ValueError):
        return False


@dataclass(frozen=True)
class Key:
    """A public key of a suite, its halves one after the other."""

    suite: str
    data: bytes

    def __post_init__(self) -> None:
        require(self.suite in SUITES, f"`{self.suite}` is no suite", "suite.unknown_algorithm")
        count = sum(ALGORITHMS[name][0] for name in SUITES[self.suite])
        require(len(self.data) == count, "a key has another length than its suite", "suite.invalid_key")

    @property
    def id(self) -> bytes:
        return sha3_256(self.suite.encode() + b"\0" + self.data).digest()

    @property
    def parts(self) -> list[tuple[str, bytes]]:
        found, rest = [], self.data
        for name in SUITES[self.suite]:
            found.append((name, rest[: ALGORITHMS[name][0]]))
            rest = rest[ALGORITHMS[name][0] :]
        return found

    def verifies(self, signature: bytes, message: bytes, kind: str | None) -> bool:
        """`kind` is the context; None for keys of formats without one."""
        if len(signature) != sum(ALGORITHMS[name][1] for name in SUITES[self.suite]):
            return False
        rest = signature
        for name, data in self.parts:
            half, rest = rest[: ALGORITHMS[name][1]], rest[ALGORITHMS[name][1] :]
            told, context = message, b""
            if kind is not None and name == "Ed25519":
                told = b"chancery/ed25519/v1\0" + bytes([len(kind.encode())]) + kind.encode() + message
            elif kind is not None:
                context = kind.encode()
            if not is_valid(name, data, half, told, context):
                return False
        return True


def verified(record: Any, kind: str, *keys: Key) -> dict[str, Any]:
    """The body of a signed record, if it carries exactly the signatures of these keys."""
    members(record, "body signatures")
    require(record["body"].get("type") == kind, f"a record is no `{kind}`", "suite.invalid_signature")
    require(len(record["signatures"]) == len(keys), "another number of signatures", "suite.invalid_signature")
    for entry, key in zip(record["signatures"], keys):
        members(entry, "key suite value")
        named = entry["suite"] == key.suite and base64url(entry["key"]) == key.id
        require(named, f"a `{kind}` names another key", "suite.invalid_signature")
        valid = key.verifies(base64url(entry["value"]), jcs(record["body"]), kind)
        require(valid, f"a signature of a `{kind}` is false", "suite.invalid_signature")
    return dict(record["body"])


def name_of(record: Any) -> bytes:
    return sha3_256(jcs(record["body"])).digest()


# The log: docs/spec/transparency-log.md and log-entry.md.


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def root_of(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root of RFC 6962 to which a path leads."""
    require(0 <= index < size, "a record stands behind the end of the log", "ledger.proof_malformed")
    found, last, rest = leaf, size - 1, list(path)
    while last > 0:
        if index % 2 or index == last:
            if index % 2:
                require(rest, "a path is too short", "ledger.proof_malformed")
                found = node(rest.pop(0), found)
            if not index % 2:
                index, last = index // 2, last // 2
                continue
        else:
            require(rest, "a path is too short", "ledger.proof_malformed")
            found = node(found, rest.pop(0))
        index, last = index // 2, last // 2
    require(not rest, "a path is too long", "ledger.proof_malformed")
    return found


def hashes(path: Any) -> list[bytes]:
    return [unhex(text, 32) for text in listed(path, 64)]


def checkpoint(note: str, keys: Sequence[str]) -> tuple[str, int, bytes]:
    """Origin, size and root, if both keys of the log signed them."""
    require(len(keys) == 2, "a log has two keys", "wire.invalid_value")
    parsed = []
    for key in keys:
        name, number, data = key.split("+", 2)
        raw = base64standard(data)
        require(name and number == sha256(name.encode() + b"\n" + raw).digest()[:4].hex(), "a log key is malformed")
        parsed.append((name, bytes.fromhex(number), raw[0], raw[1:]))
    require({key[2] for key in parsed} == {1, 6} and parsed[0][0] == parsed[1][0], "a log has one key of each kind")
    text, _, tail = note.partition("\n\n")
    text += "\n"
    lines = text.split("\n")
    require(len(lines) == 4 and tail.endswith("\n"), "a checkpoint is malformed", "wire.invalid_value")
    origin, size, root = lines[0], int(lines[1]), base64standard(lines[2])
    require(origin == parsed[0][0], "a checkpoint is of another log", "ledger.checkpoint_origin")
    require(str(size) == lines[1] and len(root) == 32 and size < 1 << 63, "a checkpoint is malformed")
    seen: set[tuple[str, bytes]] = set()
    signed = set()
    for line in tail[:-1].split("\n"):
        mark, name, data = line.split(" ")
        raw = base64standard(data)
        require(mark == "—" and (name, raw[:4]) not in seen, "a signature line is malformed", "wire.invalid_value")
        seen.add((name, raw[:4]))
        for key_name, number, kind, public in parsed:
            if (name, raw[:4]) != (key_name, number):
                continue
            if kind == 1:
                valid = is_valid("Ed25519", public, raw[4:], text.encode())
            else:
                label = origin.encode()
                message = b"subtree/v1\n\0" + bytes([len(label)]) + label + raw[4:12] + bytes([len(label)]) + label
                message += bytes(8) + size.to_bytes(8, "big") + root
                valid = is_valid("ML-DSA-44", public, raw[12:], message)
            require(valid, "a signature of the log is false", "ledger.checkpoint_forged")
            signed.add(kind)
    require(1 in signed, "the checkpoint lacks the log's Ed25519 signature", "ledger.checkpoint_unsigned")
    require(6 in signed, "only Ed25519 vouches for the checkpoint", "ledger.checkpoint_classical")
    return origin, size, root


# Identities: docs/spec/identity.md.

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


@dataclass(frozen=True)
class Document:
    position: int
    hash: bytes
    did: str
    number: int
    root: Key
    next: bytes
    record: Key
    aiss: Key
    created: int
    agent_id: str
    classical_id: str


def identity_document(record: Any, position: int, before: Document | None) -> Document:
    body = members(
        record["body"],
        "agent_id classical_agent_id created_at did keys n name next previous salt sealing type")
    text_of(body["name"], 64)
    salted(body["salt"])
    integer(body["n"], 1_000_000)
    sealing = members(body["sealing"], "key suite")
    fits = sealing["suite"] == "X-Wing" and len(base64url(text_of(sealing["key"]))) == 1216
    require(fits, "the sealing key must be X-Wing", "ledger.identity_invalid")
    keys: dict[str, Key] = {}
    require(len(body["keys"]) == 3, "a document lists three keys", "ledger.identity_invalid")
    for entry, purpose in zip(body["keys"], ("root", "record", "aiss")):
        members(entry, "key proof purpose suite")
        known = entry["suite"] in SUITES and not entry["suite"].endswith("44")
        require(entry["purpose"] == purpose and known, "a key of another purpose", "ledger.identity_invalid")
        key = keys[purpose] = Key(entry["suite"], base64url(entry["key"]))
        claim = jcs({"did": body["did"], "n": body["n"], "purpose": purpose, "type": "chancery/pop/v1"})
        if purpose == "aiss":
            require(key.suite == "Ed25519+ML-DSA-65", "an `aiss` key of another suite", "ledger.identity_invalid")
            valid = key.verifies(base64url(entry["proof"]), b"\0chancery/pop/v1\0" + claim, None)
        else:
            valid = key.verifies(base64url(entry["proof"]), claim, "chancery/pop/v1")
        require(valid, f"the `{purpose}` key does not prove its possession", "ledger.identity_invalid")
    (_, classical), (_, lattice) = keys["aiss"].parts
    both = len(classical).to_bytes(4, "big") + classical + len(lattice).to_bytes(4, "big") + lattice
    agent_id = base58(sha512(b"PiQrypt-AISS-2.1-agent-id\0" + both).digest())[:32]
    classical_id = base58(sha256(classical).digest())[:32]
    copies = (body["agent_id"], body["classical_agent_id"]) == (agent_id, classical_id)
    require(copies, "the agent ids do not belong to the keys", "ledger.identity_invalid")
    created = milliseconds(body["created_at"])
    if before is None:
        did = "did:pqaid:" + sha3_256(keys["root"].parts[-1][1]).hexdigest()
        first = body["n"] == 0 and body["previous"] is None and body["did"] == did
        require(first, "the first document is not that of its root", "ledger.identity_invalid")
        verified(record, IDENTITY, keys["root"])
    else:
        follows = (body["did"], body["n"], body["previous"]) == (before.did, before.number + 1, before.hash.hex())
        require(follows and created >= before.created, "a document does not follow", "ledger.identity_broken")
        pledged = sha3_256(keys["root"].id).digest() == before.next
        require(pledged, "a root is not the one that was committed to", "ledger.identity_broken")
        verified(record, IDENTITY, before.root, keys["root"])
    return Document(
        position, name_of(record), body["did"], body["n"], keys["root"], unhex(body["next"], 32), keys["record"],
        keys["aiss"], created, agent_id, classical_id)


# Events: docs/spec/batch-seal.md, and AISS.


@dataclass(frozen=True)
class Link:
    """An event of the agent's chain, whichever its profile."""

    position: int
    sequence: int | None
    chain: str
    hash: str
    previous: str
    time: int
    nonce: str
    payload: dict[str, Any]
    genesis: str
    ends: bool


def aiss_event(event: dict[str, Any], text: bytes, document: Document) -> str:
    """The hash of an AISS event whose signatures are valid."""
    classical = event["version"] == "AISS-1.0"
    encode: Callable[[Any], bytes] = lambda value: canonical(value, classical).encode()
    require(encode(event) == text, "an event is not in canonical form", "evidence.malformed")
    detached = {"signature" if classical else "signatures", "trusted_timestamp"}
    body = encode({name: value for name, value in event.items() if name not in detached})
    (_, ed25519), (_, lattice) = document.aiss.parts
    if classical:
        require("signatures" not in event and event["agent_id"] == document.classical_id, "an event of another agent")
        valid = is_valid("Ed25519", ed25519, base64standard(event["signature"]), body)
    else:
        require("signature" not in event and event["agent_id"] == document.agent_id, "an event of another agent")
        signatures = members(event["signatures"], "classical post_quantum")
        message = b"PiQrypt-AISS-2.1\0" + bytes([17]) + b"Ed25519+ML-DSA-65\0" + body
        valid = True
        for part, algorithm, key in (("classical", "Ed25519", ed25519), ("post_quantum", "ML-DSA-65", lattice)):
            entry = members(signatures[part], "algorithm signature")
            require(entry["algorithm"] == algorithm and entry["signature"].startswith("base64:"), "a foreign signature")
            valid = valid and is_valid(algorithm, key, base64standard(entry["signature"][7:]), message)
    require(valid, "a signature of an event is false", "ledger.event_signature_invalid")
    return (sha256 if classical else sha512)(body).hexdigest()


@dataclass(frozen=True)
class Seal:
    body: dict[str, Any]
    id: bytes


# The gate: docs/spec/gate.md.

CLEARANCES = {"L1": 750, "L2": 900, "L3": 1000}
EFFECTS = ["ALLOW", "ALLOW_WITH_LOG", "RESTRICTED", "REQUIRE_HUMAN", "BLOCK"]
# The rules by which a gate denies without a policy.
OWN_RULES = ("NO_POLICY", "POLICY_NOT_IN_FORCE", "POLICY_UNREADABLE")
FOLLOWING = {
    "gate_answer": "approver choice expires name record",
    "gate_redemption": "action_hash caller",
    "gate_outcome": "caller detail result status",
    "gate_lapse": "",
}


# White_Space of Unicode; Python counts the four separators below U+0020 too.
WHITE_SPACE = {chr(code) for code in (
    *range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)}
OBLIGATIONS = ("log", "log_payload", "log_external_call", "log_level", "notify", "justify")


def check_action(action: Any) -> None:
    members(action, "action labels payload target tool")
    require(isinstance(action["payload"], dict), "arguments are an object", "wire.wrong_type")
    plain(action["action"], 256)
    bounded(action["payload"], 32)
    labels = [plain(label, 64) for label in texts(action["labels"], 16)]
    require(labels == sorted(set(labels)), "the labels of an action are not in order", "gate.event_malformed")
    if action["target"] is not None:
        target = plain(action["target"], 259)
        lowered = all(letter.lower() == letter for letter in target)
        require(lowered, "the target of an action is not in lower case", "gate.event_malformed")
    if action["tool"] is not None:
        members(action["tool"], "pin upstream")
        plain(action["tool"]["upstream"], 256)
        if action["tool"]["pin"] is not None:
            unhex(action["tool"]["pin"], 32)
    require(len(jcs(action)) <= 256 << 10, "an action has at most 256 KiB", "gate.action_too_long")


def check_facts(facts: Any) -> None:
    members(facts, "agent agent_name alerts authorized collusion delegated_by frozen labels risk role stability time trust "
                   "watches")
    text_of(facts["agent"], 128)
    for name in ("agent_name", "role", "delegated_by", "risk", "trust", "collusion", "stability"):
        if facts[name] is not None:
            text_of(facts[name])
    for name in ("risk", "trust", "collusion"):
        known = facts[name] is None or is_decimal(facts[name])
        require(known, f"the fact `{name}` is no decimal number", "policy.facts")
    stable = facts["stability"] in (None, "STABLE", "WATCH", "UNSTABLE", "CRITICAL")
    require(stable, "an unknown stability", "policy.facts")
    for moment in [facts["time"], *listed(facts["alerts"], 1 << 16), *listed(facts["watches"], 1 << 16)]:
        integer(moment, LARGEST, -LARGEST)
    flag(facts["authorized"]), flag(facts["frozen"])
    texts(facts["labels"], 4096)


def check_verdict(verdict: Any) -> None:
    members(verdict, "effect obligations reason rule rules")
    require(verdict["effect"] in EFFECTS, "an unknown effect", "gate.event_malformed")
    text_of(verdict["rule"], 256), text_of(verdict["reason"])
    texts(verdict["rules"], 2048)
    for obligation in listed(verdict["obligations"], 256):
        if not isinstance(obligation, str):
            text_of(members(obligation, "name value")["value"])
            obligation = obligation["name"]
        require(obligation in OBLIGATIONS, "an unknown obligation", "wire.invalid_value")


def check_question(question: Any) -> None:
    members(question, "channels clearance on_timeout principals require_justification timeout")
    texts(question["channels"], 64), texts(question["principals"], 1000)
    flag(question["require_justification"])
    known = question["clearance"] in CLEARANCES and question["on_timeout"] in ("REJECT", "BLOCK", "ESCALATE")
    require(known, "a question has no such clearance or end", "wire.invalid_value")
    integer(question["timeout"], 7 * 86_400, 1)


def check_claims(claims: Any) -> None:
    """What a caller said of itself, which decided nothing."""
    require(isinstance(claims, dict) and 1 <= len(claims) <= 16, "claims are an object of 1 to 16", "gate.event_malformed")
    for name, value in claims.items():
        short = 1 <= len(name.encode()) <= 256 and (value is None or isinstance(value, (bool, int, float, str)))
        require(short, "a claim is no short text, number or boolean", "gate.action_malformed")
        if isinstance(value, str):
            text_of(value, 256)


class Case:
    """A decision with what followed in the file."""

    def __init__(self, id: str, payload: dict[str, Any]) -> None:
        members(
            payload,
            "action action_hash agent caller engine event_type expires facts policy question time used verdict", "claims")
        self.id, self.short, self.payload = id, id[:16], payload
        self.facts, self.verdict, self.question = payload["facts"], payload["verdict"], payload["question"]
        check_action(payload["action"])
        check_facts(self.facts)
        check_verdict(self.verdict)
        self.action_hash = sha256(jcs(payload["action"])).hexdigest()
        same = (payload["action_hash"], payload["agent"]) == (self.action_hash, self.facts["agent"])
        require(same, "a decision's hash or agent is not that of its parts", "gate.event_malformed")
        text_of(payload["caller"], 256), text_of(payload["engine"], 256)
        self.effect = self.verdict["effect"]
        require((self.question is not None) == (self.effect == "REQUIRE_HUMAN"), "a question that nobody asks",
                "gate.event_malformed")
        self.permission = EFFECTS.index(self.effect) < EFFECTS.index("REQUIRE_HUMAN")
        self.used = flag(payload["used"])
        require(not self.used or self.permission, "only a permission is used at once", "gate.event_malformed")
        if "claims" in payload:
            check_claims(payload["claims"])
        self.time, self.expires = milliseconds(payload["time"]), milliseconds(payload["expires"])
        # When the permission was used or, without a later use, when it was decided.
        self.end = self.time
        span = 30
        if self.question is not None:
            check_question(self.question)
            span = self.stages * self.question["timeout"]
        require(self.expires == self.time + span * 1000, "a decision ends at another time", "gate.event_malformed")
        self.policy: str | None = payload["policy"]
        if self.policy is not None:
            unhex(self.policy, 32)
        # Whether the text of a policy gave the verdict.
        self.ruled = self.policy is not None and self.verdict["rule"] not in OWN_RULES
        require(self.effect == "BLOCK" or self.ruled, "the gate let something happen that no policy allowed")
        self.answer: dict[str, Any] | None = None
        self.lapsed = False
        self.outcome: dict[str, Any] | None = None

    @property
    def stages(self) -> int:
        if self.question["on_timeout"] != "ESCALATE":
            return 1
        return max(2, sum(limit >= CLEARANCES[self.question["clearance"]] for limit in CLEARANCES.values()))

    def standing(self, time: int) -> str:
        if self.used:
            return "redeemed"
        if self.effect == "BLOCK":
            return "blocked"
        if self.question is None:
            return "allowed" if time <= self.expires else "lapsed"
        if self.answer is not None:
            if self.answer["choice"] != "approve":
                return "rejected"
            return "approved" if time <= milliseconds(self.answer["expires"]) else "lapsed"
        return "lapsed" if self.lapsed or self.stage(time) is None else "waiting"

    def stage(self, time: int) -> int | None:
        stage = max(0, time - self.time) // (self.question["timeout"] * 1000)
        return stage if stage < self.stages else None

    def clearance(self, stage: int) -> int:
        order = sorted(CLEARANCES.values())
        return order[min(order.index(CLEARANCES[self.question["clearance"]]) + stage, 2)]


@dataclass(frozen=True)
class Approver:
    position: int
    id: str
    name: str
    clearance: int
    key: Key
    active: bool
    begins: int
    ends: int


def approver(value: dict[str, Any], position: int) -> Approver:
    members(value, "approver clearance key name not_after not_before proof salt status suite time type")
    for name, limit in (("suite", 64), ("key", 16_384), ("name", 64), ("proof", 16_384), ("time", 32)):
        text_of(value[name], limit)
    salted(value["salt"])
    key = Key(value["suite"], base64url(value["key"]))
    claim = jcs({"key": value["key"], "name": value["name"], "purpose": "approval"})
    proven = key.verifies(base64url(value["proof"]), claim, "chancery/pop/v1")
    known = value["clearance"] in CLEARANCES and value["status"] in ("active", "revoked")
    own = value["approver"] == "apr_" + key.id[:16].hex()
    require(proven and known and own, "an approver does not prove the key", "gate.approver_malformed")
    return Approver(
        position, value["approver"], value["name"], CLEARANCES[value["clearance"]], key, value["status"] == "active",
        milliseconds(value["not_before"]), milliseconds(value["not_after"]))


# A federation: docs/spec/decision-file.md. As far as a stranger needs it to see who let an agent act.

TWO_THIRDS, ONE_THIRD = ({"den": 3, "num": num, "strict": True} for num in (2, 1))
FREEZING = {"approval": ONE_THIRD, "participation": None, "profile": "fraction"}
FLOORS = {"unfreeze": TWO_THIRDS, "emergency-freeze": ONE_THIRD}


def meets(share: dict[str, Any], weight: int, total: int) -> bool:
    left, right = weight * share["den"], share["num"] * total
    return bool(left > right or (left == right and not share["strict"]))


def expects(value: dict[str, Any], kind: str, names: str, expected: dict[str, Any]) -> None:
    members(value, " ".join(["type", names, *expected]))
    same = value["type"] == kind and all(jcs(value[name]) == jcs(wanted) for name, wanted in expected.items())
    require(same, f"a `{kind}` belongs to something else", "governance.decision_invalid")


class Committee:
    """The members of epoch 0, as the genesis names them."""

    def __init__(self, genesis: dict[str, Any], federation: str) -> None:
        self.federation, self.thresholds = federation, genesis["thresholds"]
        self.members: dict[str, dict[str, Any]] = {}
        for founder in genesis["founders"]:
            body = founder["enrolment"]["enrolment"]["body"]
            keys = {key["purpose"]: {name: key[name] for name in ("key", "purpose", "suite")} for key in body["keys"]}
            self.members[body["did"]] = {"name": body["name"], "weight": founder["weight"], **keys}
        self.total = self.weight(self.members)
        self.roster = sha3_256(jcs({
            "epoch": 0, "federation": federation, "members": self.listed("ballot", "weight"),
            "thresholds": self.thresholds, "tolerates_no_fault": genesis["tolerates_no_fault"],
            "type": "chancery/roster/v1"})).hexdigest()
        operators = sha3_256(jcs({
            "members": self.listed("consensus", "http", "name"), "type": "chancery/operators/v1"})).hexdigest()
        label = b"chancery/committee/v1\0" + bytes.fromhex(federation) + bytes(8)
        self.hash = sha3_256(label + bytes.fromhex(self.roster + operators)).hexdigest()

    def listed(self, *names: str) -> list[dict[str, Any]]:
        return [{"did": did, **{name: self.members[did][name] for name in names}} for did in sorted(self.members)]

    def weight(self, voters: Iterable[str]) -> int:
        return sum(self.members[voter]["weight"] for voter in voters)

    def verify(self, record: Any, kind: str, purpose: str, signer: str) -> None:
        require(signer in self.members, f"{signer} is no member", "governance.not_a_member")
        key = self.members[signer][purpose]
        verified(record, kind, Key(key["suite"], base64url(key["key"])))

    def voters(self, records: list[Any], kind: str, purpose: str, names: str, expected: dict[str, Any]) -> list[str]:
        for record in records:
            expects(record["body"], kind, names, expected)
            self.verify(record, kind, purpose, record["body"]["voter"])
        voters = [record["body"]["voter"] for record in records]
        require(voters == sorted(set(voters)), f"voters of a {kind} do not ascend", "governance.decision_invalid")
        return voters


class Federation:
    """What a federation decided, from genesis on."""

    def __init__(self, genesis: dict[str, Any], federation: str) -> None:
        self.committee = Committee(genesis, federation)
        self.federation, self.slot, self.parent = federation, 0, federation
        self.time = milliseconds(genesis["time"])
        self.decided: set[str] = set()
        # The time of each block, and what it ordered.
        self.history: list[tuple[int, list[tuple[str, dict[str, Any]]]]] = [(self.time, [])]

    def follow(self, decision: dict[str, Any]) -> None:
        expects(decision, DECISION, "block certificate", {})
        block, commit, committee = decision["block"], decision["certificate"], self.committee
        place = {"committee": committee.hash, "epoch": 0, "federation": self.federation, "slot": self.slot + 1}
        expects(block, "chancery/block/v1", "items proposer state_root time", {"parent": self.parent, **place})
        time = milliseconds(block["time"])
        invalid = "governance.decision_invalid"
        require(time > self.time and block["proposer"] in committee.members, "a block does not follow", invalid)
        id = sha3_256(jcs(block)).hexdigest()
        expects(commit, "chancery/consensus-commit/v1", "round votes", {"block": id, **place})
        vote = {"phase": "precommit", "round": commit["round"], "value": id, **place}
        voters = committee.voters(commit["votes"], "chancery/consensus-vote/v1", "consensus", "voter", vote)
        require(meets(TWO_THIRDS, committee.weight(voters), committee.total), "too few votes on a block", invalid)
        ordered = [self.certified(item, block["time"]) for item in block["items"]]
        self.slot, self.parent, self.time = self.slot + 1, id, time
        self.history.append((time, ordered))

    def certified(self, item: dict[str, Any], time: str) -> tuple[str, dict[str, Any]]:
        """The id and body of the proposal that a block's item orders (docs/spec/ballot.md)."""
        committee, invalid = self.committee, "governance.decision_invalid"
        if item.get("type") != "chancery/certificate/v1":
            raise NotJudged("evidence against members is verified by `chancery evidence verify`")
        expects(item, "chancery/certificate/v1", "ballots proposal threshold", {"roster": committee.roster})
        body = item["proposal"]["body"]
        kind, place = body["kind"], {"federation": self.federation, "roster": committee.roster}
        if kind in ("add-node", "remove-node", "rotate-key"):
            raise NotJudged("changes of members are verified by `chancery evidence verify`")
        committee.verify(item["proposal"], "chancery/proposal/v1", "ballot", body["proposer"])
        require({name: body[name] for name in place} == place, "a proposal of another committee", invalid)
        moment = milliseconds(time)
        open_then = milliseconds(body["not_before"]) <= moment < milliseconds(body["expires"])
        require(open_then, "a proposal is not open at its block's time", invalid)
        id = sha3_256(jcs(body)).hexdigest()
        require(id not in self.decided, "a proposal is decided twice", invalid)
        self.decided.add(id)
        committee.voters(item["ballots"], "chancery/ballot/v1", "ballot", "choice voter", {"proposal": id, **place})
        choices = {ballot["body"]["voter"]: ballot["body"]["choice"] for ballot in item["ballots"]}
        require(set(choices.values()) <= {"approve", "reject", "abstain"}, "a ballot chooses something else", invalid)
        weight = committee.weight(voter for voter, choice in choices.items() if choice == "approve")
        standard = FREEZING if kind == "emergency-freeze" else committee.thresholds["standard"]
        threshold = committee.thresholds["kinds"].get(kind, standard)
        require(jcs(item["threshold"]) == jcs(threshold), "another threshold than the committee's", invalid)
        if threshold["participation"] is not None:
            raise NotJudged("thresholds with participation are verified by `chancery evidence verify`")
        for share in (threshold["approval"], FLOORS.get(kind, threshold["approval"])):
            require(meets(share, weight, committee.total), "too few approvals of a proposal", invalid)
        return id, body

    def reached(self, time: int) -> bool:
        return self.history[0][0] <= time

    def ordered(self, time: int) -> Iterable[tuple[int, str, dict[str, Any]]]:
        for moment, proposals in self.history:
            if moment <= time:
                for id, body in proposals:
                    yield moment, id, body

    def policy(self, time: int) -> tuple[str, str] | None:
        """The policy in force and the proposal that put it there."""
        found = None
        for _, id, body in self.ordered(time):
            if body["kind"] == "update-policy":
                found = (body["parameters"]["policy"], id)
        return found

    def authorises(self, agent: str, time: int) -> str | None:
        """The proposal that lets the agent act everywhere, at the gate; None when none does."""
        grant: tuple[str, int, dict[str, Any]] | None = None
        freezes: dict[str, dict[str, Any]] = {}
        for moment, id, body in self.ordered(time):
            kind, parameters = body["kind"], body["parameters"]
            if kind == "delegation" and parameters["delegate"] == agent:
                raise NotJudged("delegations are verified by `chancery evidence verify`")
            if kind == "emergency-freeze":
                freezes[id] = parameters
            elif kind == "unfreeze":
                for lifted in parameters["freezes"]:
                    freezes.pop(lifted, None)
            elif kind == "authorize-agent" and parameters["agent"] == agent and parameters["scope"] == "*":
                grant = (id, moment, parameters["constraints"])
            elif kind == "revoke-agent" and parameters["agent"] == agent:
                grant = None
        if grant is None or any("gate" in freeze["rooms"] for freeze in freezes.values()):
            return None
        end = grant[2].get("not_after")
        return None if end is not None and time >= milliseconds(end) else grant[0]


# The verification.

# How many bytes a record has at most, and how deep it may nest; of other kinds 1 MiB and 24.
SIZES = {
    **{kind: (1 << 20, 64) for kind in (BATCH, "AISS-1.0", "AISS-2.0", "AISS-2.1")},
    APPROVER: (1 << 16, 4), GENESIS: (16 << 20, 32), DECISION: ((4 << 20) + 1024, 32),
}


class Examination:
    def __init__(self, pins: Sequence[str]) -> None:
        self.report = Report()
        self.pins: dict[str, list[str]] = {}
        for pin in pins:
            kind, _, name = pin.partition(":")
            fits = kind in ("log", "gate", "agent", "federation") and (
                (HEX.fullmatch(name) and len(name) == 64) or (kind in ("gate", "agent") and DID.fullmatch(name)))
            if not fits:
                raise ValueError(f"`{pin}` is no pin")
            self.pins.setdefault(kind, []).append(name)
        self.used: set[int] = set()
        self.limits: set[str] = set()
        self.values: dict[int, Any] = {}
        self.seals: dict[int, Seal] = {}
        self.hashes: dict[int, str] = {}
        self.approvers: dict[str, Approver] = {}
        self.agent: list[Document] = []
        self.gate: list[Document] = []
        self.federation: Federation | None = None

    def note(self, name: str, verdict: str, detail: str, rests_on: str = "") -> None:
        self.report.steps.append(Step(name, verdict, detail, rests_on))

    def gap(self, weight: str, code: str, detail: str) -> None:
        self.report.gaps.append(Gap(code, weight, detail))

    def root(self, kind: str, names: Sequence[str]) -> None:
        pinned = kind in self.pins
        if pinned:
            known = bool(set(self.pins[kind]) & set(names))
            require(known, f"the {kind} is not the one that is pinned", "evidence.pin_mismatch")
        self.report.roots.append(Root(f"{kind}:{names[0]}", pinned))

    def run(self, data: bytes) -> Report:
        steps: list[tuple[str, Callable[[], None]]] = [
            ("form", lambda: self.form(data)), ("log", self.log), ("identities", self.identities),
            ("signatures", self.signatures), ("federation", self.decisions), ("chain", self.chain),
            ("gate", self.decide), ("parties", self.parties), ("records", self.records), ("claims", self.claims),
        ]
        for name, step in steps:
            try:
                step()
            except (Refused, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
                code = error.code if isinstance(error, Refused) else "evidence.malformed"
                detail = error.detail if isinstance(error, Refused) else f"malformed: {error!r}"
                self.note(name, "fails", detail)
                self.report.refusal = {"code": code, "detail": detail, "step": name}
                break
        self.report.not_proven = [code for code in LIMITS if code in self.limits]
        if self.report.valid:
            found = {root.pin.partition(":")[0] for root in self.report.roots}
            unused = [kind for kind in ("log", "gate", "agent", "federation") if kind not in found]
            self.report.unused_pins = [f"{kind}:{name}" for kind in unused for name in self.pins.get(kind, [])]
        return self.report

    def form(self, data: bytes) -> None:
        require(len(data) <= MAXIMUM_BYTES, "an evidence file has at most 64 MiB", "evidence.too_large")
        head, middle, tail = b'{"content":', b',"digest":"', b'","type":"' + TYPE.encode() + b'"}'
        end = len(data) - len(middle) - 64 - len(tail)
        framed = end >= len(head) and data.startswith(head) and data.endswith(tail) and data[end:].startswith(middle)
        require(framed, f"the file is no `{TYPE}`, or not in its one form", "evidence.malformed")
        content, digest = data[len(head) : end], data[end + len(middle) : -len(tail)]
        require(sha256(content).hexdigest().encode() == digest, "the content is not the one that was written",
                "evidence.altered")
        value = bounded(parse(content), 8)
        require(jcs(value) == content, "the evidence is not in canonical form", "wire.not_canonical")
        self.content = members(value, "checkpoint claims keys parties question records")
        text_of(value["checkpoint"], 256 << 10)
        for key in listed(value["keys"], 2):
            text_of(key, MAXIMUM_BYTES)
        members(value["claims"], "grade")
        require(value["claims"]["grade"] in ("A", "B", "C", "D"), "a grade is A, B, C or D", "wire.invalid_value")
        parties = members(value["parties"], "agent federation gate")
        for name in ("agent", "gate"):
            require(parties[name] is None or DID.fullmatch(parties[name]), f"the {name} is no DID", "wire.invalid_value")
        require(parties["agent"] is None or parties["agent"] != parties["gate"], "nobody is agent and gate at once")
        if parties["federation"] is not None:
            unhex(parties["federation"], 32)
        self.question = value["question"]
        shape = {"action": "decision", "event": "event", "period": "chain from until", "decision": "slot"}
        members(self.question, "type " + shape[self.question["type"]])
        if self.question["type"] == "action":
            unhex(self.question["decision"], 64)
        elif self.question["type"] == "event":
            unhex(self.question["event"], 64 if len(self.question["event"]) == 128 else 32)
        elif self.question["type"] == "period":
            require(AGENT_ID.fullmatch(self.question["chain"]), "the chain is no agent id", "ledger.event_malformed")
            self.start, self.end = milliseconds(self.question["from"]), milliseconds(self.question["until"])
            require(self.start < self.end, "a period ends after it begins", "wire.invalid_value")
        else:
            integer(self.question["slot"], 1 << 20, 1)
        places = []
        for record in listed(value["records"], MAXIMUM_RECORDS):
            members(record, "kind path position text", "seal")
            text_of(record["kind"], 255)
            text_of(record["text"], MAXIMUM_BYTES)
            hashes(record["path"])
            places.append(integer(record["position"], LARGEST))
            if "seal" in record:
                seal = members(record["seal"], "path position sequence")
                hashes(seal["path"])
                integer(seal["position"], LARGEST)
                integer(seal["sequence"], 1 << 48)
        require(places == sorted(set(places)), "the records do not ascend by position", "evidence.malformed")
        self.report.question = self.question
        self.note("form", "holds", f"{len(places)} records in canonical form", "the file's digest")

    def log(self) -> None:
        keys = self.content["keys"]
        fingerprint = sha256("".join(key + "\n" for key in keys).encode()).hexdigest()
        self.root("log", [fingerprint])
        _, size, root = checkpoint(self.content["checkpoint"], keys)
        for record in self.content["records"]:
            text = record["text"].encode()
            value = parse(text)
            id = self.name(record, text, value)
            require('"' not in record["kind"] and "\\" not in record["kind"], "a kind is malformed")
            entry = jcs({"id": id, "sha256": sha256(text).hexdigest(), "type": record["kind"]})
            found = root_of(sha256(b"\0" + entry).digest(), record["position"], size, hashes(record["path"]))
            require(found == root, f"record {record['position']} does not stand in the log", "ledger.proof_mismatch")
            self.values[record["position"]] = value
            self.hashes[record["position"]] = id
        self.limits |= {"time", "views", "outside", "payloads"}
        self.note("log", "holds", f"{len(self.values)} records stand in a checkpoint of {size}", "the log's keys")

    def name(self, record: dict[str, Any], text: bytes, value: Any) -> str:
        """The name of a record in the log. Events of AISS are checked against it when their signer is known."""
        kind = record["kind"]
        require((kind == BATCH) == ("seal" in record), "batch events, and no others, stand under a seal",
                "evidence.malformed")
        limit, depth = SIZES.get(kind, (1 << 20, 24))
        require(len(text) <= limit, f"a `{kind}` has at most {limit} bytes", "wire.too_long")
        bounded(value, depth)
        if kind in (BATCH, "AISS-1.0", "AISS-2.0", "AISS-2.1"):
            malformed = "ledger.batch_event_malformed" if kind == BATCH else "ledger.event_malformed"
            own = AGENT_ID.fullmatch(value["agent_id"]) and NONCE.fullmatch(value["nonce"])
            require(own and isinstance(value["payload"], dict), "an event is malformed", malformed)
            integer(value["timestamp"], LARGEST)
        if kind == BATCH:
            members(value, "agent_id nonce payload previous_hash timestamp version")
            unhex(value["previous_hash"], 64)
            own = value["version"] == BATCH and jcs(value) == text and not set(value["nonce"]) & set('"\\')
            require(own, "a batch event is malformed", "ledger.batch_event_malformed")
            return sha512(text).hexdigest()
        if kind in ("AISS-1.0", "AISS-2.0", "AISS-2.1"):
            require(value["version"] == kind, "an event is of another kind", "evidence.malformed")
            if value["previous_hash"] is not None:
                text_of(value["previous_hash"], 128)
            # AISS-2.0 hashes its signatures with the rest.
            detached = {"signatures" if kind == "AISS-2.1" else "signature", "trusted_timestamp"}
            body = {name: member for name, member in value.items() if name not in detached}
            encoded = canonical(body, kind != "AISS-2.1").encode()
            return (sha512 if kind == "AISS-2.1" else sha256)(encoded).hexdigest()
        require(jcs(value) == text, "a record is not in canonical form", "wire.not_canonical")
        if kind in (APPROVER, GENESIS):
            require(value["type"] == kind, "a record is of another kind", "evidence.malformed")
            if kind == APPROVER:
                person = approver(value, record["position"])
                self.approvers.setdefault(person.id, person)
            return sha3_256(text).hexdigest()
        if kind == DECISION:
            require(value["type"] == kind, "a record is of another kind", "evidence.malformed")
            return sha3_256(jcs(value["block"])).hexdigest()
        require(kind in (IDENTITY, SEAL, APPROVAL), f"a `{kind}` answers no question", "evidence.unrelated")
        members(value, "body signatures")
        require(value["body"]["type"] == kind, "a record is of another kind", "evidence.malformed")
        require(whole_numbers(value["body"]), "the body of a record holds a decimal number", "wire.invalid_value")
        return name_of(value).hex()

    def of(self, *kinds: str) -> Iterable[tuple[dict[str, Any], Any]]:
        for record in self.content["records"]:
            if record["kind"] in kinds:
                yield record, self.values[record["position"]]

    def identities(self) -> None:
        parties = self.content["parties"]
        histories: dict[str, list[Document]] = {}
        for record, value in self.of(IDENTITY):
            did = value["body"]["did"]
            require(did in (parties["agent"], parties["gate"]), "the identity of somebody else", "evidence.unrelated")
            known = histories.setdefault(did, [])
            known.append(identity_document(value, record["position"], known[-1] if known else None))
            self.used.add(record["position"])
        self.agent, self.gate = histories.get(parties["agent"], []), histories.get(parties["gate"], [])
        for kind, history in (("gate", self.gate), ("agent", self.agent)):
            if parties[kind] is not None:
                self.root(kind, [document.hash.hex() for document in reversed(history)] + [parties[kind]])
        count = len(self.agent) + len(self.gate)
        if count == 0:
            return self.note("identities", "absent", "no identity is needed")
        self.note("identities", "holds", f"{count} identity documents", "the first document of each")

    def signer(self, fits: Callable[[Document], bool], position: int, last: bool) -> Document:
        """The document whose keys were the latest when the log took the record."""
        for history in (self.agent, self.gate):
            for index, document in enumerate(history):
                if not fits(document):
                    continue
                following = history[index + 1].position + (8 if last else 0) if index + 1 < len(history) else 1 << 63
                timely = document.position < position < following
                require(timely, f"record {position} was signed with keys that were not valid then")
                return document
        raise Refused("evidence.contradiction", f"record {position} is signed by nobody whose identity is in the file")

    def signatures(self) -> None:
        count = 0
        for record, value in self.of(SEAL):
            body = members(
                value["body"],
                "agent_id batch count did first_seq genesis head identity previous_head previous_seal root salt time type")
            document = self.signer(lambda found: found.hash.hex() == body["identity"], record["position"], True)
            own = (body["did"], body["agent_id"]) == (document.did, document.agent_id)
            require(own, "a seal names another identity", "ledger.seal_foreign")
            for name, last, first in (("count", 8192, 1), ("first_seq", 1 << 48, 0), ("batch", 1 << 48, 0)):
                integer(body[name], last, first)
            for name, size in (("genesis", 64), ("previous_head", 64), ("head", 64), ("root", 32)):
                unhex(body[name], size)
            if body["previous_seal"] is not None:
                unhex(body["previous_seal"], 32)
            milliseconds(body["time"])
            salted(body["salt"])
            verified(value, SEAL, document.record)
            self.seals[record["position"]] = Seal(body, name_of(value))
        for _ in self.of("AISS-2.0"):
            raise NotJudged("AISS-2.0 events are verified by `chancery evidence verify`")
        for record, value in self.of("AISS-1.0", "AISS-2.1"):
            text = record["text"].encode()
            payload = value["payload"]
            document = next(
                (found for found in self.agent if value["agent_id"] in (found.agent_id, found.classical_id)), None)
            require(document, "an event of nobody whose identity is in the file")
            last = payload.get("event_type") == "key_rotation"
            self.signer(lambda found: found == document, record["position"], last)
            require(aiss_event(value, text, document) == self.hashes[record["position"]], "an event has another hash")
            if record["kind"] == "AISS-1.0":
                self.limits.add("classical")
            count += 1
        for record, value in self.of(BATCH):
            place = record["seal"]
            require(place["position"] in self.seals, "a batch event stands under no seal of the file")
            seal = self.seals[place["position"]].body
            index = place["sequence"] - seal["first_seq"]
            covered = value["agent_id"] == seal["agent_id"] and 0 <= index < seal["count"]
            require(covered, "a seal does not cover an event", "ledger.seal_mismatch")
            leaf = sha256(b"\0" + place["sequence"].to_bytes(8, "big") + record["text"].encode()).digest()
            found = root_of(leaf, index, seal["count"], hashes(place["path"]))
            require(found.hex() == seal["root"], "an event does not stand under its seal", "ledger.proof_mismatch")
            self.used.add(place["position"])
            count += 1
        if count == 0:
            return self.note("signatures", "absent", "the file holds no events")
        self.note("signatures", "holds", f"{count} events, {len(self.seals)} seals", "the identity documents")

    def decisions(self) -> None:
        named = self.content["parties"]["federation"]
        found = list(self.of(GENESIS))
        ordered = [value for _, value in self.of(DECISION)]
        require(len(found) <= 1, "the file holds two federations")
        if not found:
            require(not ordered and named is None, "the genesis of the federation is not in the file")
            return self.note("federation", "absent", "no committee speaks in this file")
        for record, _ in [*found, *self.of(DECISION)]:
            self.used.add(record["position"])
        genesis = found[0][1]
        federation = sha3_256(jcs(genesis)).hexdigest()
        require(federation == named, "the genesis is of another federation")
        self.root("federation", [federation])
        self.federation = Federation(genesis, federation)
        for decision in sorted(ordered, key=lambda value: value["block"]["slot"]):
            self.federation.follow(decision)
        if self.question["type"] == "decision":
            require(self.federation.slot == self.question["slot"], "the history does not end with that slot")
        self.limits |= {"freshness", "history"}
        self.note("federation", "holds", f"{len(ordered)} decisions from genesis", "the federation's id")

    # The agent's chain.

    def links(self) -> list[Link]:
        chains = {}
        for document in self.agent:
            chains.setdefault(document.agent_id, document)
            chains.setdefault(document.classical_id, document)
        links = []
        for record, value in self.of(BATCH, "AISS-1.0", "AISS-2.1"):
            document = chains.get(value["agent_id"])
            if document is None:
                continue
            if record["kind"] == BATCH:
                sequence: int | None = record["seal"]["sequence"]
            else:
                sequence = None
            if record["kind"] == "AISS-1.0":
                genesis = sha256(document.aiss.parts[0][1]).hexdigest()
            else:
                # Of batches too: what a seal says is the agent's own word, and after a rotation another hash.
                genesis = sha512(b"PiQrypt-AISS-2.1-genesis\0" + value["agent_id"].encode()).hexdigest()
            payload = value["payload"]
            links.append(Link(
                record["position"], sequence, value["agent_id"], self.hashes[record["position"]],
                value["previous_hash"] or "", value["timestamp"] * 1000, value["nonce"], payload, genesis,
                payload.get("event_type") == "key_rotation"))
        return links

    def chain(self) -> None:
        links, kind = self.links(), self.question["type"]
        if kind in ("action", "decision"):
            require(not links, "the question is not about the agent's own chain", "evidence.unrelated")
            return self.note("chain", "absent", "the question is not about the agent's own chain")
        if kind == "period":
            return self.linked(
                links, self.question["chain"], lambda link: link.time < self.start, lambda link: link.time >= self.end)
        asked = next((link for link in links if link.hash == self.question["event"]), None)
        require(asked, "the event that is asked about is not in the file")
        require(len(links) <= 3, "more events than the one before and the one after", "evidence.unrelated")
        self.linked(links, asked.chain, lambda link: link != asked, lambda link: link != asked)

    def chain_before(self, chain: str) -> str | None:
        """The chain that the agent wrote before this one, under its keys before."""
        for old, new in zip(self.agent, self.agent[1:]):
            if chain in (new.agent_id, new.classical_id):
                return old.agent_id if chain == new.agent_id else old.classical_id
        return None

    def linked(
        self, links: list[Link], chain: str, before: Callable[[Link], bool], after: Callable[[Link], bool],
    ) -> None:
        self.limits.add("chains")
        rotated = len(links) > 1 and links[0].ends and links[0].chain == self.chain_before(chain) and (
            links[1].previous == links[0].hash)
        if rotated:
            self.used.add(links[0].position)
            links = links[1:]
        require(all(link.chain == chain for link in links), "an event of another chain", "evidence.unrelated")
        if not links:
            self.gap("missing", "chain.head", "no event is shown, not even one before or after")
            return self.note("chain", "absent", "no event of the agent is in the file")
        require(len({link.nonce for link in links}) == len(links), "a nonce is used twice")
        for earlier, link in zip(links, links[1:]):
            follows = link.time >= earlier.time and not earlier.ends
            require(follows, f"event {link.position} is older than the one before, or follows the chain's end")
            joined = link.previous == earlier.hash
            if link.sequence is not None and earlier.sequence is not None:
                placed = link.sequence > earlier.sequence and joined == (link.sequence == earlier.sequence + 1)
                require(placed, "two seals place events where their links do not")
            if not joined:
                self.gap("missing", "chain.missing", f"events between {earlier.position} and {link.position} are missing")
        self.used |= {link.position for link in links}
        if not before(links[0]) and not rotated and links[0].previous != links[0].genesis:
            self.gap("missing", "chain.head", "what stands before the first event is not shown")
        if not after(links[-1]) and not links[-1].ends:
            self.gap("open", "chain.tail", "nothing shows that the chain did not go on after its last event here")
        self.note("chain", "holds", f"{len(links)} events linked by their hashes", "the identity documents")

    # The gate.

    def decide(self) -> None:
        chains = {document.agent_id for document in self.gate}
        entries = [(record, value) for record, value in self.of(BATCH) if value["agent_id"] in chains]
        if self.question["type"] != "decision":
            self.limits.add("others")
        if self.question["type"] == "period":
            # Whoever makes a file can leave out what a gate said, above all what it denied.
            self.gap("open", "decisions.unproven", "nothing shows that all that a gate decided in the period is here")
        if not entries:
            require(self.content["parties"]["gate"] is None, "the gate says nothing in this file")
            self.unnamed()
            return self.note("gate", "absent", "no gate speaks in this file")
        cases: dict[str, Case] = {}
        policies: dict[str, tuple[int, dict[str, Any]]] = {}
        active: str | None = None
        for record, value in entries:
            payload, time, position = value["payload"], value["timestamp"] * 1000, record["position"]
            kind = payload["event_type"]
            if kind == "gate_policy":
                members(payload, "by comment event_type name policy previous proposal text time version")
                for name, size in (("text", 256 << 10), ("name", 256), ("version", 256), ("by", 256), ("comment", 4096)):
                    text_of(payload[name], size)
                for name in ("proposal", "previous"):
                    if payload[name] is not None:
                        unhex(payload[name], 32)
                milliseconds(payload["time"])
                active = sha256(payload["text"].encode()).hexdigest()
                require(active == payload["policy"], "the text of a policy was changed", "gate.policy_altered")
                policies[active] = (position, payload)
                continue
            self.used.add(position)
            if kind == "gate_decision":
                case = Case(self.hashes[position], payload)
                require(case.facts["agent"] == self.content["parties"]["agent"], "a decision is about another agent")
                require(case.time // 1000 == time // 1000, "a decision names another time than its event")
                cases[case.id] = case
                continue
            if kind == "gate_refusal":
                members(payload, "agent caller code detail event_type what", "session_id")
                for name, size in (("agent", 256), ("caller", 256), ("code", 128), ("detail", 1024), ("what", 256)):
                    text_of(payload[name], size)
                require("session_id" in payload, "a refusal that follows no decision", "evidence.unrelated")
                require(payload["session_id"] in cases, "something follows a decision that is not in the file")
                continue
            members(payload, f"event_type session_id {FOLLOWING[kind]}")
            require(payload["session_id"] in cases, "something follows a decision that is not in the file")
            self.follow(cases[payload["session_id"]], kind, payload, time, active, policies)
        self.asked(cases)
        self.limits.add("statements")
        self.note("gate", "holds", f"{len(cases)} decisions of {len(entries)} events", "the gate's identity")
        for case in cases.values():
            self.judge(case, policies)
        federation, latest = self.federation, max((case.end for case in cases.values()), default=None)
        if federation is not None and latest is not None and federation.time <= latest:
            # Slots at the end of a history can be left out, a revocation for one.
            self.gap("open", "writ.tail", "nothing shows that the committee had decided no more when the agent acted")
        for case in cases.values():
            if case.policy is None:
                continue
            if case.policy in policies:
                self.used.add(policies[case.policy][0])
            else:
                self.gap("missing", "policy.missing", f"the text of policy {case.policy[:16]}… is not in the file")
        ruled = sum(case.ruled and case.policy in policies for case in cases.values())
        if ruled:
            self.gap("unchecked", "replay.unchecked", f"{ruled} verdicts were not evaluated again by the policy's text")
        self.note("replay", "unchecked", "whether the policy's text gives the verdict takes `chancery evidence verify`")

    def follow(
        self, case: Case, kind: str, payload: dict[str, Any], time: int, active: str | None,
        policies: dict[str, tuple[int, dict[str, Any]]],
    ) -> None:
        if kind == "gate_answer":
            text_of(payload["approver"], 64), text_of(payload["name"], 64)
            unhex(payload["record"], 32)
            milliseconds(payload["expires"])
            require(payload["choice"] in ("approve", "reject"), "an answer approves or rejects", "gate.event_malformed")
            self.answered(case, payload, time)
            if case.answer is None and not case.lapsed:
                case.answer = payload
        elif kind == "gate_redemption":
            text_of(payload["caller"], 256)
            require(payload["action_hash"] == case.action_hash, "another action was done", "gate.action_changed")
            standing = case.standing(time)
            codes = {"redeemed": "gate.already_redeemed", "lapsed": "gate.decision_expired"}
            require(standing in ("allowed", "approved"), f"a decision that is {standing} was used",
                    codes.get(standing, "gate.not_approved"))
            stale = case.policy != active and case.policy in policies
            require(not stale, "another policy was active than the one that decided", "gate.policy_changed")
            case.used = True
            # The event has whole seconds; nobody uses what was not decided yet.
            case.end = max(time, case.time)
        elif kind == "gate_outcome":
            require(payload["status"] in ("done", "failed", "unknown"), "an unknown outcome", "gate.event_malformed")
            text_of(payload["caller"], 256), text_of(payload["detail"], 1024)
            if payload["result"] is not None:
                unhex(payload["result"], 32)
            require(case.used and case.outcome is None, "an outcome of what was not done, or a second one")
            case.outcome = payload
        elif case.answer is None:
            case.lapsed = True

    def answered(self, case: Case, answer: dict[str, Any], time: int) -> None:
        for record, value in self.of(APPROVAL):
            if self.hashes[record["position"]] != answer["record"]:
                continue
            body = members(
                value["body"], "action action_hash agent approver choice decision expires justification policy salt target "
                               "time type")
            require(len(record["text"].encode()) <= 1 << 16, "an answer has at most 64 KiB", "wire.too_long")
            person = self.approvers.get(body["approver"])
            require(person, "the answer is of nobody who may approve here", "gate.approver_unknown")
            verified(value, APPROVAL, person.key)
            salted(body["salt"])
            text_of(body["justification"], 1024)
            signed, ends = milliseconds(body["time"]), milliseconds(body["expires"])
            moment = min(max(signed, time), time + 999)
            require(case.question is not None and case.standing(moment) == "waiting", "nobody was asked",
                    "gate.not_pending")
            action = case.payload["action"]
            told = (body["decision"], body["agent"], body["action"], body["action_hash"], body["policy"], body["target"])
            asked = (case.id, case.facts["agent"], action["action"], case.action_hash, case.policy, action["target"])
            require(told == asked, "the answer is about something else", "gate.approval_mismatch")
            live = person.active and person.begins <= moment <= person.ends
            require(live, "the key of the approver is over", "gate.approver_inactive")
            names = {str(name).lower() for name in (case.facts["agent"], case.facts["agent_name"] or "", case.payload["caller"])}
            require(not names & {person.name.lower(), person.id}, "nobody answers for themselves", "gate.self_approval")
            allowed = not case.question["principals"] or person.name in case.question["principals"]
            require(allowed, "the policy names others", "gate.not_a_principal")
            timely = signed <= moment + 60_000 and signed >= case.time - 60_000 and moment < ends <= signed + 3_600_000
            require(timely, "the answer is over, or lives longer than an hour", "gate.approval_expired")
            require(body["choice"] in ("approve", "reject"), "an answer approves or rejects", "wire.invalid_value")
            if body["choice"] == "approve":
                enough = person.clearance >= case.clearance(case.stage(moment) or 0)
                require(enough, "the clearance is too low", "gate.clearance_too_low")
                told_why = not case.question["require_justification"] or set(body["justification"]) - WHITE_SPACE
                require(told_why, "the policy wants a justification", "gate.justification_missing")
            noted = (answer["approver"], answer["choice"], answer["expires"], answer["name"])
            require(noted == (person.id, body["choice"], body["expires"], person.name), "the gate noted another answer")
            self.used |= {record["position"], person.position}
            self.limits.add("approver")
            return self.note("approval", "holds", f"{person.name}: {body['choice']}", "the person's key")
        self.gap("missing", "approval.missing", f"the signed answer of `{answer['name']}` is not in the file")

    def named(self) -> str | None:
        """The decision that the event in question names."""
        for record, value in self.of(BATCH, "AISS-1.0", "AISS-2.1"):
            if self.hashes[record["position"]] == self.question["event"]:
                found = value["payload"].get("decision")
                # Agents write what they like: a `decision` that is no id names none.
                is_id = isinstance(found, str) and len(found) == 128 and HEX.fullmatch(found)
                return found if is_id else None
        return None

    def unnamed(self) -> None:
        if self.question["type"] != "event":
            return
        named = self.named()
        if named is None:
            self.gap("open", "decision.unnamed", "the event names no decision of a gate")
        else:
            self.limits.add("named")
            self.gap("missing", "decision.missing", "the decision that the event names is not in the file")

    def asked(self, cases: dict[str, Case]) -> None:
        kind = self.question["type"]
        if kind == "action":
            require(list(cases) == [self.question["decision"]], "the decision in the file is another one")
        elif kind == "event":
            require(list(cases) == [self.named()], "a decision that the event does not name", "evidence.unrelated")
            self.limits.add("named")
        elif kind == "period":
            timely = all(self.start <= case.time < self.end for case in cases.values())
            require(timely, "a decision of another time", "evidence.unrelated")
        else:
            raise Refused("evidence.unrelated", "a gate speaks where a committee was asked about")

    def judge(self, case: Case, policies: dict[str, tuple[int, dict[str, Any]]]) -> None:
        if case.question is not None and case.answer is None and not case.lapsed:
            self.gap("open", "answer.missing", f"nobody's answer to decision {case.short} is in the file")
        elif not case.used and (case.permission or (case.answer or {}).get("choice") == "approve"):
            self.gap("open", "use.missing", f"no use of the permission {case.short} is in the file")
        if case.outcome is not None and case.outcome["status"] == "unknown":
            self.gap("open", "outcome.unknown", f"nobody knows what came of decision {case.short}")
        elif case.outcome is None and case.used:
            self.gap("missing", "outcome.missing", f"what came of decision {case.short} is not in the file")
        if not self.agent:
            self.gap("missing", "agent.unidentified", "the agent's identity is not in the file")
        activation = policies[case.policy][1] if case.policy in policies else None
        federation = self.federation
        if federation is None or not federation.reached(case.time):
            governed = (activation and activation["proposal"]) or case.facts["delegated_by"] or federation is not None
            if governed:
                self.gap("missing", "writ.missing", "a committee governs this home, and its decisions are not in the file")
            else:
                self.gap("open", "writ.none", "no committee authorised the agent: the home's operator alone did")
            return self.note("writ", "absent", "no committee speaks in this file")
        self.limits.add("house")
        voted = federation.policy(case.time)
        # What the gate denied for just this reason is not held against it.
        if case.policy is not None and case.verdict["rule"] != "POLICY_NOT_IN_FORCE":
            other = voted is None or voted[0] != case.policy
            # Still when the permission was used, perhaps by another proposal.
            last = federation.policy(case.end)
            gone = last is None or last[0] != case.policy
            if other or gone or (activation is not None and activation["proposal"] != voted[1]):
                self.gap("missing", "policy.not_voted", "the committee had not voted the policy that decided")
        if not case.facts["authorized"]:
            if case.effect != "BLOCK":
                self.gap("missing", "writ.denied", "the gate let an agent act that it took for one that is not authorised")
            return self.note("writ", "absent", "the gate took the agent for one that is not authorised")
        proposal = federation.authorises(case.facts["agent"], case.time)
        if proposal is None or federation.authorises(case.facts["agent"], case.end) is None:
            self.gap("missing", "writ.denied", "the committee's decisions do not authorise the agent")
            return self.note("writ", "absent", "the decisions in the file do not authorise the agent")
        self.note("writ", "holds", f"authorised by proposal {proposal[:16]}…", "the federation's id")

    # The whole.

    def parties(self) -> None:
        parties, kind = self.content["parties"], self.question["type"]
        if kind == "action":
            wanted = parties["gate"] is not None and parties["agent"] is not None
        elif kind == "decision":
            wanted = parties["federation"] is not None and parties["agent"] is None and parties["gate"] is None
        else:
            wanted = parties["agent"] is not None and bool(self.agent)
        require(wanted, "the parties are not those of the question")

    def records(self) -> None:
        for record in self.content["records"]:
            related = record["position"] in self.used
            require(related, f"record {record['position']} has nothing to do with the question", "evidence.unrelated")

    def claims(self) -> None:
        claimed, found = self.content["claims"]["grade"], self.report.content_grade
        require(claimed == found, f"the file claims the grade {claimed}, its content comes to {found}",
                "evidence.claim_false")
        self.note("claims", "holds", "the grade that the file claims is the one recomputed", "all steps before")


def verify(file: str | Path | bytes, pins: Sequence[str] = ()) -> Report:
    """What an evidence file comes to. Raises `NotJudged` for what only `chancery evidence verify` can say.

    A pin is `log:`, `gate:`, `agent:` or `federation:` and a name: SHA-256 of the log's verifier key lines, the hash of an
    identity document or its DID, the federation's id. What is not pinned is said in the report.
    """
    data = file if isinstance(file, bytes) else Path(file).read_bytes()
    return Examination(list(pins)).run(data)


def printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def show(report: Report, as_json: bool) -> None:
    if as_json:
        print(json.dumps(report.json(), sort_keys=True, separators=(",", ":")))
        return
    refusal = report.refusal
    print("REFUSED  " + printable(f"{refusal['code']}: {refusal['detail']}") if refusal else f"VALID  grade {report.grade}")
    for step in report.steps:
        mark = {"holds": "✓", "fails": "✗"}.get(step.verdict, "·")
        print(printable(f"  {mark} {step.name}: {step.detail}"))
    for root in report.roots:
        print(f"  {'✓' if root.pinned else '!'} {root.pin} {'pinned' if root.pinned else 'self-asserted: not pinned'}")
    for pin in report.unused_pins:
        print(f"  ! {pin} pinned, and nothing in the file is of its kind")
    for gap in report.gaps:
        print(printable(f"  ! {gap.code}: {gap.detail}"))
    for code in report.not_proven:
        print(f"  not proven: {LIMITS[code]}")


def main(arguments: list[str]) -> int:
    pins, files, as_json = [], [], False
    rest = iter(arguments)
    for argument in rest:
        if argument == "--json":
            as_json = True
        elif argument == "--pin":
            pins.append(next(rest, ""))
        elif argument.startswith("-") or files:
            files = []
            break
        else:
            files.append(argument)
    if len(files) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        report = verify(files[0], pins)
    except NotJudged as error:
        print(f"not judged: {error}", file=sys.stderr)
        return 3
    except (OSError, ValueError) as error:
        print(f"verify_evidence: {error}", file=sys.stderr)
        return 2
    try:
        show(report, as_json)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, `head` for one, has seen enough; Python would write once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0 if report.valid else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
