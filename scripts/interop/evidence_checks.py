"""Evidence files, verified by Examples/verify_evidence.py, which has none of our code."""

import contextlib
import copy
import json
import random
import subprocess
import sys
import time
from hashlib import sha256, sha512
from pathlib import Path

from governance_checks import PATIENCE, decided, eventually, founded, home, nodes
from harness import PAYLOADS, ROOT, check, require
from tls_checks import served

sys.path.insert(0, str(ROOT / "Examples"))
import verify_evidence  # noqa: E402

POLICY = """
language: chancery/policy/v2
name: payments
version: "1"
rules:
  - {id: working, effect: allow, when: {action: ["read_*", "pay"]}}
  - {id: paying, effect: require_human, when: {action: [pay]}}
  - {id: destroying, effect: forbid, when: {pattern: ["rm\\\\s+-rf"]}}
approval: {timeout_seconds: 600, on_timeout: ESCALATE, require_justification: true}
"""
PAYMENT = ["--agent", "clerk", "--action", "pay", "--payload", '{"amount": 12.5, "to": "<script>ACME</script> \U0001f600"}']


def gated(workshop):
    """A home with an agent, a gate and a person."""
    workshop.run("agent", "register", "clerk", "--role", "clerk")
    workshop.run("gate", "init")
    workshop.run("approver", "register", "ada", "--clearance", "L3", "--out", workshop.path("ada.key"))


def paid(workshop, use=True, outcome="done"):
    """A payment that ada approved; gives the decision's id."""
    done = workshop.attempt("gate", "decide", *PAYMENT, "--json")
    require(done.returncode == 5, f"nobody is asked: {done}")
    decision = json.loads(done.stdout)["decision"]
    workshop.run("gate", "approve", decision, "--by", "ada", "--key", workshop.path("ada.key"), "--reason", "invoice 7", "--yes")
    if use:
        workshop.run("gate", "redeem", decision, *PAYMENT)
    if outcome:
        workshop.run("gate", "outcome", decision, "--agent", "clerk", "--status", outcome)
    return decision


def built(workshop, name, *question):
    """The file that answers a question, and its pins."""
    workshop.run("log", "checkpoint")
    path = workshop.path(f"{name}.evidence.json")
    written = json.loads(workshop.run("evidence", "build", *question, "--out", path, "--json"))
    return path, written["pins"], written["grade"]


def summary(report):
    """What every verifier must say alike."""
    return {
        "gaps": [gap["code"] for gap in report["gaps"]],
        "grade": report["grade"],
        "not_proven": [limit["code"] for limit in report["not_proven"]],
        "question": report["question"],
        "roots": report["roots"],
        "steps": [(step["step"], step["verdict"]) for step in report["steps"] if step["step"] != "replay"],
        "unused_pins": report["unused_pins"],
        "valid": report["valid"],
    }


def by_script(ours):
    """What the script says where we say this: it evaluates no policy again, so what one decided comes to B at best."""
    told = summary(ours)
    if ("replay", "holds") in [(step["step"], step["verdict"]) for step in ours["steps"]]:
        told["gaps"].append("replay.unchecked")
        told["grade"] = "B" if told["grade"] == "A" else told["grade"]
    return told


def agreed(workshop, path, pins, grade):
    """Requires that both verifiers come to the same, with and without pins, but for the replay; gives our pinned report."""
    for given, expected in ((pins, grade), ([], "D")):
        words = [word for pin in given for word in ("--pin", pin)]
        ours = json.loads(workshop.run("evidence", "verify", path, *words, "--json"))
        theirs = verify_evidence.verify(path, given).json()
        require(by_script(ours) == summary(theirs), f"the verifiers differ:\n{by_script(ours)}\n{summary(theirs)}")
        require(ours["grade"] == expected, f"grade {ours['grade']} instead of {expected}: {ours['gaps']}")
        if given:
            report = ours
    done = subprocess.run(
        [sys.executable, "-B", ROOT / "Examples/verify_evidence.py", path], capture_output=True, text=True, timeout=120)
    require(done.returncode == 0 and "VALID  grade D" in done.stdout, done.stdout + done.stderr)
    return report


def refuses_flips(workshop, path):
    """Single bits, all over the file; some of them with the digest made anew, so that it alone does not find them."""
    data = path.read_bytes()
    for place in range(0, len(data), max(1, len(data) // 600)):
        flipped = data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :]
        require(not verify_evidence.verify(flipped).valid, f"a changed bit at {place} is accepted")
    content = data[len(b'{"content":') : data.rindex(b',"digest":"')]
    for place in range(0, len(content), max(1, len(content) // 150)):
        forged = content[:place] + bytes([content[place] ^ 1 << place % 7]) + content[place + 1 :]
        whole = b'{"content":' + forged + b',"digest":"' + sha256(forged).hexdigest().encode()
        whole += b'","type":"chancery/evidence/v1"}'
        require(not verify_evidence.verify(whole).valid, f"a change at {place} under a new digest is accepted")
        if place % 5 == 0:
            ours = workshop.attempt("evidence", "verify", workshop.write("flipped.json", whole))
            require(ours.returncode == 4, f"we accept a change at {place}: {ours}")


def edited(path, change):
    """The file with another content and the digest of it."""
    content = json.loads(path.read_bytes())["content"]
    change(content)
    text = verify_evidence.jcs(content)
    return b'{"content":' + text + b',"digest":"' + sha256(text).hexdigest().encode() + b'","type":"chancery/evidence/v1"}'


def agree_on_refusal(workshop, data, code, what):
    forged = workshop.write("edited.json", data)
    ours = workshop.attempt("evidence", "verify", forged, "--json")
    theirs = verify_evidence.verify(forged)
    codes = (json.loads(ours.stdout)["refusal"] or {}).get("code"), (theirs.refusal or {}).get("code")
    require(ours.returncode == 4 and codes == (code, code), f"{what}: {codes}")


def refuse_alike(workshop, path, pins, count):
    """Parts of a file exchanged for others, each under a new digest: both come to the same, or refuse at the same step."""
    dice = random.Random(f"{path.name}, {count}")
    words = [word for pin in pins for word in ("--pin", pin)]

    def bent(text):
        place = dice.randrange(len(text) + 1)
        return dice.choice([
            text[:place], text[:place] + "\0" + text[place:], text[:place] + "e\u0301" + text[place:], text.upper(),
            text[:place] + text[place + 1 :], text + "\n", text.replace('"', '" ', 1), text[:place] + "\ufeff" + text[place:]])

    def texts(content):
        record = dice.choice(content["records"])
        record["text"] = bent(record["text"])

    def positions(content):
        record = dice.choice(content["records"])
        record["position"] = dice.choice([record["position"] + 1, 0, 2**53 - 1, -1, 1.5, "1", None, True])

    def paths(content):
        record = dice.choice([record for record in content["records"] if record["path"]])
        path = record["path"]
        record["path"] = dice.choice([
            path[:-1], path + path[:1], [step.upper() for step in path], [], path * 65, [None], None, path[::-1]])

    def kinds(content):
        dice.choice(content["records"])["kind"] = dice.choice([
            "AISS-1.0", "AISS-2.0", "AISS-2.1", "chancery/batch-event/v1", "chancery/seal/v1", "chancery/refusal/v1", "",
            "x" * 255, "x" * 256, None])

    def seals(content):
        record = dice.choice([record for record in content["records"] if "seal" in record] or content["records"])
        seal = record.get("seal", {"path": [], "position": 0, "sequence": 0})
        record["seal"] = dice.choice([
            {**seal, "sequence": seal["sequence"] + 1}, {**seal, "position": 0}, {**seal, "sequence": -1}, {**seal, "x": 1},
            None, {}, {**seal, "sequence": 2**48}, {**seal, "sequence": 2**48 + 1}, {**seal, "path": ["AA" * 32]}, "x"])

    def parties(content):
        named = content["parties"]
        named[dice.choice(list(named))] = dice.choice([None, named["agent"], "00" * 32, bent(named["agent"] or "x"), 7])

    def claims(content):
        content["claims"] = dice.choice([
            {"grade": "A"}, {"grade": "C"}, {"grade": "D"}, {"grade": "a"}, {"grade": ""}, {}, {"grade": "B", "x": 1}, None])

    def keys(content):
        first, second = content["keys"]
        content["keys"] = dice.choice([
            [second, first], [first], [first, second] * 2, [], [bent(first), second], [first, first], [first, None], None])

    def checkpoints(content):
        content["checkpoint"] = dice.choice([bent(content["checkpoint"]), None, "x" * (256 << 10), "x" * ((256 << 10) + 1)])

    def questions(content):
        question = content["question"]
        name = dice.choice(list(question))
        question[name] = dice.choice([
            bent(str(question[name])), None, 1, "", "9999-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z",
            "2026-02-30T00:00:00.000Z", "2026-11-22T24:00:00.000Z", "2026-11-22T17:20:60.000Z"])

    def orders(content):
        dice.shuffle(content["records"])

    def losses(content):
        content["records"].remove(dice.choice(content["records"]))

    changes = [texts, positions, paths, kinds, seals, parties, claims, keys, checkpoints, questions, orders, losses]
    for number in range(count):
        change = changes[number % len(changes)]
        data = edited(path, change)
        ours = workshop.attempt("evidence", "verify", workshop.write("bent.json", data), *words, "--json")
        require(ours.returncode in (0, 4), f"{change.__name__} {number}: {ours}")
        ours, theirs = json.loads(ours.stdout), verify_evidence.verify(data, pins).json()
        found = [
            report["refusal"]["step"] if report["refusal"] else told(report)
            for report, told in ((ours, by_script), (theirs, summary))]
        require(found[0] == found[1], f"the verifiers differ about {change.__name__} {number}: {ours} {theirs}")


@contextlib.contextmanager
def elsewhere(workshop):
    """Commands in another home."""
    before = workshop.environment
    workshop.environment = before | {
        "CHANCERY_HOME": str(workshop.path("elsewhere")), "CHANCERY_STATE": str(workshop.path("elsewhere-state"))}
    key = workshop.path("ada.key")
    key.rename(key.with_suffix(".kept"))
    try:
        yield
    finally:
        workshop.environment = before
        key.unlink()
        key.with_suffix(".kept").rename(key)


@check("an evidence file of a payment is verified by a script without our code, bit flips are not")
def _(workshop):
    gated(workshop)
    workshop.run("policy", "activate", workshop.write("policy.yaml", POLICY.encode()))
    decision = paid(workshop)
    path, pins, grade = built(workshop, "payment", "--decision", decision)
    require(grade == "B", grade)
    report = agreed(workshop, path, pins, "B")
    require([gap["code"] for gap in report["gaps"]] == ["writ.none"], report["gaps"])
    require(("replay", "holds") in [(step["step"], step["verdict"]) for step in report["steps"]], report["steps"])
    refuses_flips(workshop, path)
    refuse_alike(workshop, path, pins, 96)

    # What an editor who makes the digest anew could try, refused by both for the same reason.
    def raise_grade(content):
        content["claims"]["grade"] = "A"

    def drop_outcome(content):
        content["records"] = [record for record in content["records"] if "gate_outcome" not in record["text"]]

    def drop_person(content):
        content["records"] = [record for record in content["records"] if record["kind"] != "chancery/approver/v1"]

    def change_policy(content):
        for record in content["records"]:
            if "gate_policy" in record["text"]:
                record["text"] = record["text"].replace("require_human", "allow")

    def ask_another(content):
        content["question"]["decision"] = "ab" * 64

    def name_another(content):
        content["parties"]["agent"] = "did:pqaid:" + "ab" * 32

    def exchange_paths(content):
        first, second = content["records"][3:5]
        first["path"], second["path"] = second["path"], first["path"]

    second = paid(workshop)
    other = json.loads(built(workshop, "second", "--decision", second)[0].read_bytes())["content"]

    def swap_answer(content):
        """The answer to the other decision: its records, under the checkpoint that both have."""
        [answer] = [record for record in other["records"] if record["kind"] == "chancery/approval/v1"]
        content["records"] = [record for record in content["records"] if record["kind"] != "chancery/approval/v1"]
        content["records"] = sorted([*content["records"], answer], key=lambda record: record["position"])

    path, pins, _ = built(workshop, "first", "--decision", decision)
    for change, code in [
        (raise_grade, "evidence.claim_false"), (drop_outcome, "evidence.unrelated"), (drop_person, "gate.approver_unknown"),
        (change_policy, "ledger.proof_mismatch"), (ask_another, "evidence.contradiction"), (exchange_paths, "ledger.proof_mismatch"),
        (name_another, "evidence.unrelated"), (swap_answer, "evidence.unrelated"),
    ]:
        agree_on_refusal(workshop, edited(path, change), code, change.__name__)

    # Parts of another home's log.
    with elsewhere(workshop):
        gated(workshop)
        workshop.run("policy", "activate", workshop.write("policy.yaml", POLICY.encode()))
        stranger, _, _ = built(workshop, "stranger", "--decision", paid(workshop))
    foreign = json.loads(stranger.read_bytes())["content"]
    for name, code in (("keys", "ledger.checkpoint_origin"), ("checkpoint", "ledger.checkpoint_origin")):
        agree_on_refusal(workshop, edited(path, lambda content: content.update({name: foreign[name]})), code, name)
    for kind in ("chancery/identity/v1", "chancery/approver/v1", "chancery/approval/v1"):

        def swap(content):
            theirs = (record for record in foreign["records"] if record["kind"] == kind)
            for record in content["records"]:
                if record["kind"] == kind:
                    record["text"] = next(theirs)["text"]

        agree_on_refusal(workshop, edited(path, swap), "ledger.proof_mismatch", kind)

    # Whoever makes the file of a period can leave out what the gate denied; the file looks no better for it.
    workshop.run("stamp", "--agent", "clerk", "--quiet", input=b'{"event_type": "first"}\n')
    denied = workshop.attempt("gate", "decide", "--agent", "clerk", "--action", "drop")
    require(denied.returncode == 3, f"nothing is denied: {denied}")
    words = ["--agent", "clerk", "--from", "0", "--until", "4000000000"]
    whole, pins, grade = built(workshop, "whole", *words)
    gate = json.loads(whole.read_bytes())["content"]["parties"]["gate"]

    def drop_gate(content):
        content["records"] = [
            record for record in content["records"] if gate not in record["text"] and "gate_" not in record["text"]
            and record["kind"] not in ("chancery/approval/v1", "chancery/approver/v1")]
        content["parties"]["gate"] = None
        content["claims"]["grade"] = "B"

    require(grade in "BC", grade)
    silent = workshop.write("silent.json", edited(whole, drop_gate))
    report = agreed(workshop, silent, pins, "B")
    require(report["unused_pins"] == [pin for pin in pins if pin.startswith("gate:")], report["unused_pins"])
    require([gap["code"] for gap in report["gaps"]] == ["chain.tail", "decisions.unproven"], report["gaps"])
    require("others" in [limit["code"] for limit in report["not_proven"]], report["not_proven"])

    for use, outcome, gap, expected in (
        (False, None, "use.missing", "B"), (True, None, "outcome.missing", "C"), (True, "unknown", "outcome.unknown", "B"),
    ):
        other, pins, _ = built(workshop, gap, "--decision", paid(workshop, use, outcome))
        report = agreed(workshop, other, pins, expected)
        require(gap in [found["code"] for found in report["gaps"]], report["gaps"])

    # The pins are the result of a build into a file; a reader who goes away early is no error of the file.
    path, pins, _ = built(workshop, "named", "--decision", decision)
    listed = workshop.run("evidence", "build", "--decision", decision, "--out", workshop.path("listed.evidence.json"))
    require(listed.splitlines() == pins, f"the pins go elsewhere: {listed}")
    process = subprocess.Popen(
        [sys.executable, "-B", ROOT / "Examples/verify_evidence.py", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    told = process.stderr.read()
    require(process.wait(timeout=60) == 0 and not told, f"a reader went away: {told}")

    # The same file over HTTP.
    key = workshop.path("client.key")
    workshop.run("api-key", "create", "auditor", "--role", "auditor", "--out", key)
    path, pins, _ = built(workshop, "http", "--decision", decision)
    with served(workshop) as address:
        body = workshop.write("question.json", {"decision": decision})
        answer = workshop.run("api", "POST", f"http://{address}/v1/evidence", "--key", key, "--body", body)
        require(answer.encode().removesuffix(b"\n") == path.read_bytes(), "the server gives another file")

    page = workshop.path("payment.html")
    workshop.run("evidence", "show", path, "--html", page)
    html = page.read_text()
    require("<script" not in html and "&lt;script&gt;ACME" in html, "the report does not escape a payload")


@check("evidence files of periods and events agree with the script in every profile")
def _(workshop):
    for profile in ("aiss-2.1", "aiss-1", "batch"):
        name = f"agent-{profile}"
        workshop.run("agent", "register", name, "--role", "worker")
        receipts = workshop.stamp(name, profile, PAYLOADS)
        words = ["--agent", name, "--profile", profile, "--from", "0", "--until", "4000000000"]
        path, pins, _ = built(workshop, name, *words)
        report = agreed(workshop, path, pins, "B")
        require([gap["code"] for gap in report["gaps"]] == ["chain.tail", "decisions.unproven"], report["gaps"])
        classical = "classical" in [limit["code"] for limit in report["not_proven"]]
        require(classical == (profile == "aiss-1"), "Ed25519 alone is not said")

        def drop_middle(content):
            events = [record for record in content["records"] if record["kind"] in ("AISS-2.1", "AISS-1.0") or "seal" in record]
            content["records"].remove(events[2])

        agree_on_refusal(workshop, edited(path, drop_middle), "evidence.claim_false", "a missing event")
        if profile == "aiss-1":
            # AISS-1 writes integers in full: more digits than Python reads.
            long = b'{"event_type": "long", "n": ' + b"9" * 5000 + b"}\n"
            workshop.run("stamp", "--agent", name, "--profile", profile, "--quiet", input=long)
            wide, _, _ = built(workshop, f"{name}-long", *words)
            require(b"9" * 5000 in wide.read_bytes(), "the integer is not in the file")
            agreed(workshop, wide, pins, "B")
        path, pins, _ = built(workshop, f"{name}-event", "--event", receipts[2]["position"])
        report = agreed(workshop, path, pins, "B")
        require([gap["code"] for gap in report["gaps"]] == ["decision.unnamed"], report["gaps"])
        refuses_flips(workshop, path)
        refuse_alike(workshop, path, pins, 24)
        # Agents write what they like; a `decision` that is no id names none.
        [odd] = workshop.stamp(name, profile, [{"event_type": "x", "decision": "yes"}])
        path, pins, _ = built(workshop, f"{name}-odd", "--event", odd["position"])
        report = agreed(workshop, path, pins, "B")
        require([gap["code"] for gap in report["gaps"]] == ["chain.tail", "decision.unnamed"], report["gaps"])
    # After a rotation the old chain is complete at its end.
    workshop.run("identity", "rotate", "agent-aiss-2.1")
    words = ["--agent", "agent-aiss-2.1", "--document", "0", "--profile", "aiss-2.1", "--from", "0", "--until", "4000000000"]
    path, pins, _ = built(workshop, "rotated", *words)
    gaps = [gap["code"] for gap in agreed(workshop, path, pins, "B")["gaps"]]
    require(gaps == ["decisions.unproven"], f"a rotation ends a chain: {gaps}")
    # The new chain begins with it, in every profile.
    for profile in ("aiss-2.1", "aiss-1", "batch"):
        name = f"agent-{profile}"
        if profile != "aiss-2.1":
            workshop.run("identity", "rotate", name)
        receipts = workshop.stamp(name, profile, PAYLOADS)
        words = ["--agent", name, "--profile", profile, "--from", "0", "--until", "4000000000"]
        path, pins, _ = built(workshop, f"{name}-next", *words)
        gaps = [gap["code"] for gap in agreed(workshop, path, pins, "B")["gaps"]]
        require(gaps == ["chain.tail", "decisions.unproven"], f"a rotation begins a chain: {gaps}")

        def drop_rotation(content):
            [rotation] = [record for record in content["records"] if '"event_type":"key_rotation"' in record["text"]]
            gone = [rotation["position"], rotation.get("seal", rotation)["position"]]
            content["records"] = [record for record in content["records"] if record["position"] not in gone]

        agree_on_refusal(workshop, edited(path, drop_rotation), "evidence.claim_false", "a rotation left out")
        path, pins, _ = built(workshop, f"{name}-first", "--event", receipts[0]["position"])
        gaps = [gap["code"] for gap in agreed(workshop, path, pins, "B")["gaps"]]
        require(gaps == ["decision.unnamed"], f"a rotation begins a chain: {gaps}")
        done = workshop.attempt("evidence", "build", *words)
        require(b"on another chain" in done.stderr, f"the chain before is not named: {done.stderr}")


def latest(workshop):
    """The last slot that the home knows."""
    return max(step["slot"] for step in json.loads(workshop.run("governance", "decisions", "--json")))


@check("evidence of an agent under a committee is verified by a script without our code")
def _(workshop):
    federation, ports = founded(workshop)
    with home(workshop, 1):
        gated(workshop)
        agent = json.loads(workshop.run("agent", "info", "clerk", "--json"))["did"]
    policy = sha256(POLICY.encode()).hexdigest()
    with nodes(workshop, ports):
        grant = ["authorize-agent", "--agent", agent, "--role", "clerk", "--scope", "*", "--title", "clerk"]
        for terms in (grant, ["update-policy", "--policy", policy, "--title", "payments"]):
            decided(workshop, [1, 2, 3], *terms)
        with home(workshop, 1):
            eventually(workshop, "governance", "decisions")
    with home(workshop, 1):
        workshop.run("policy", "activate", workshop.write("policy.yaml", POLICY.encode()))
        payment, slot = paid(workshop), latest(workshop)
        path, pins, _ = built(workshop, "tail", "--decision", payment)
        gaps = [gap["code"] for gap in agreed(workshop, path, pins, "B")["gaps"]]
        require(gaps == ["writ.tail"], f"later slots may be left out: {gaps}")
    # A later slot shows that the committee had decided no more before; without it the file is as it was.
    with nodes(workshop, ports):
        decided(workshop, [1, 2, 3], "revoke-agent", "--agent", agent, "--scope", "*", "--title", "no clerk")
        with home(workshop, 1):
            end = time.monotonic() + PATIENCE
            while latest(workshop) == slot:
                require(time.monotonic() < end, "the first node does not hear of the revocation")
                time.sleep(0.1)
    with home(workshop, 1):
        path, pins, _ = built(workshop, "writ", "--decision", payment)
        report = agreed(workshop, path, pins, "A")

        def drop_slot(content):
            slots = [record for record in content["records"] if record["kind"] == "chancery/decision/v1"]
            content["records"].remove(slots[-1])

        agree_on_refusal(workshop, edited(path, drop_slot), "evidence.claim_false", "a slot at the end")
        require(f"federation:{federation}" in pins and not report["gaps"], report["gaps"])
        require(("writ", "holds") in [(step["step"], step["verdict"]) for step in report["steps"]], report["steps"])

        def drop_committee(content):
            kinds = ("chancery/genesis/v1", "chancery/decision/v1")
            content["records"] = [record for record in content["records"] if record["kind"] not in kinds]
            content["parties"]["federation"] = None
            content["claims"]["grade"] = "C"

        forged = workshop.write("stripped.json", edited(path, drop_committee))
        ours = json.loads(workshop.run("evidence", "verify", forged, "--json"))
        theirs = verify_evidence.verify(forged).json()
        require(by_script(ours) == summary(theirs), f"the verifiers differ:\n{by_script(ours)}\n{summary(theirs)}")
        require([gap["code"] for gap in ours["gaps"]] == ["writ.missing"], ours["gaps"])

        path, pins, _ = built(workshop, "slot", "--slot", latest(workshop))
        agreed(workshop, path, pins, "A")
        genesis = workshop.attempt("evidence", "build", "--slot", 0)
        require(genesis.returncode == 1 and not genesis.stdout, f"a file that everybody refuses: {genesis}")


@check("evidence files that were made before come to the same grades by the script")
def _(_):
    golden = ROOT / "Tests/NodeTests/Evidence/Golden"
    for name, expected in json.loads((golden / "pins.json").read_text()).items():
        report = verify_evidence.verify(golden / f"{name}.evidence.json", expected["pins"])
        # Whether the policy's text gives the verdict about the action is left to us.
        unchecked = ["replay.unchecked"] if name == "action" else []
        require([gap.code for gap in report.gaps if gap.weight == "unchecked"] == unchecked, f"{name}: {report.json()}")
        grade = "B" if unchecked else expected["grade"]
        require(report.valid and report.grade == grade, f"{name}: {report.json()}")
        require(report.question["type"] == name, name)


def nested(depth):
    return {"x": nested(depth - 1)} if depth > 1 else {}


def refused(body):
    try:
        body()
    except verify_evidence.Refused:
        return True
    return False


@check("the script refuses what only the holder of a gate's or an agent's key could write")
def _(_):
    content = json.loads((ROOT / "Tests/NodeTests/Evidence/Golden/action.evidence.json").read_bytes())["content"]
    events = [record for record in content["records"] if record["kind"] == "chancery/batch-event/v1"]
    values = [json.loads(record["text"]) for record in events]
    [payload] = [value["payload"] for value in values if value["payload"]["event_type"] == "gate_decision"]

    def case(where, value):
        bent = copy.deepcopy(payload)
        *above, name = where.split(".")
        part = bent
        for step in above:
            part = part[step]
        part[name] = value
        bent["action_hash"] = sha256(verify_evidence.jcs(bent["action"])).hexdigest()
        return verify_evidence.Case("00" * 64, bent)

    case("caller", payload["caller"])
    for where, value in [
        ("caller", 7), ("caller", "x" * 257), ("engine", None), ("engine", "x" * 257), ("policy", "AB" * 32), ("policy", "ab"),
        ("used", 0), ("used", None), ("facts.authorized", 1), ("facts.frozen", None), ("facts.risk", 0.5), ("facts.risk", "x"),
        ("facts.risk", "9" * 39), ("facts.trust", "1e"), ("facts.role", 1), ("facts.stability", "CALM"), ("facts.alerts", [True]),
        ("facts.watches", ["1"]), ("facts.time", "1"), ("facts.labels", [1]), ("verdict.rules", ["x"] * 2049),
        ("verdict.rule", "x" * 257), ("verdict.obligations", ["dance"]), ("verdict.reason", 1), ("question.timeout", 0),
        ("question.timeout", 604_801), ("question.principals", "ann"), ("question.require_justification", 1),
        ("question.on_timeout", "WAIT"), ("action.labels", ["b", "a"]), ("action.labels", ["a", "a"]),
        ("action.target", "Bank.example"), ("action.action", ""), ("action.action", "pay\u200b"), ("action.payload", nested(33)),
        ("action.tool", {"pin": "ab", "upstream": "x"}), ("claims", {}), ("claims", {"role": ["admin"]}),
    ]:
        require(refused(lambda: case(where, value)), f"a decision whose {where} is {str(value)[:40]}")

    examination = verify_evidence.Examination([])

    def named(name, value):
        bent = {**values[0], name: value}
        return examination.name(events[0], verify_evidence.jcs(bent), bent)

    require(named("nonce", values[0]["nonce"]) == sha512(events[0]["text"].encode()).hexdigest(), "another name")
    for name, value in [
        ("nonce", ""), ("nonce", "a b"), ("nonce", "x" * 129), ("nonce", 'a"'), ("previous_hash", "AB" * 64),
        ("previous_hash", "ab" * 32), ("timestamp", -1), ("timestamp", 2**53), ("timestamp", True), ("payload", []),
        ("payload", {"x": "x" * (1 << 20)}), ("payload", nested(64)),
    ]:
        require(refused(lambda: named(name, value)), f"a batch event whose {name} is {str(value)[:40]}")


@check("the evidence that the demo leaves is verified by a script without our code, and no bit of it may flip")
def _(workshop):
    path = workshop.path("payment.json")
    workshop.run("demo", "gate", "--evidence", path)
    pins = Path(f"{path}.pins").read_text().split()
    report = verify_evidence.verify(path, pins)
    require(report.valid and report.grade == "B", report.json())
    content = path.read_bytes()
    for place in range(0, len(content), max(1, len(content) // 60)):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        require(not verify_evidence.verify(workshop.write("changed.json", bytes(changed)), pins).valid, f"byte {place} may change")
