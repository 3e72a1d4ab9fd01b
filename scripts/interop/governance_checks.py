"""A federation's decisions, verified by Examples/verify_decision.py, which has none of our code."""

import contextlib
import copy
import json
import select
import socket
import subprocess
import sys
import time
from hashlib import sha3_256

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey
from harness import ROOT, check, require

sys.path.insert(0, str(ROOT / "Examples"))
import verify_decision  # noqa: E402

MEMBERS = [1, 2, 3, 4]
PATIENCE = 30


@contextlib.contextmanager
def home(workshop, number):
    """Commands in the home of one member."""
    before = dict(workshop.environment)
    workshop.environment["CHANCERY_HOME"] = str(workshop.path(f"home-{number}"))
    workshop.environment["CHANCERY_STATE"] = str(workshop.path(f"state-{number}"))
    try:
        yield
    finally:
        workshop.environment = before


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def founded(workshop):
    """Four homes that adopted one genesis; gives its id and where each node shall listen."""
    for number in MEMBERS:
        with home(workshop, number):
            workshop.run("agent", "register", f"n{number}", "--role", "node", "--insecure-no-passphrase")
            enrolment = workshop.path(f"enrolment-{number}")
            workshop.run("governance", "enrol", "--identity", f"n{number}", "--insecure-no-passphrase", "--out", enrolment)
    genesis = workshop.path("genesis.json")
    listed = [word for number in MEMBERS for word in ("--member", workshop.path(f"enrolment-{number}"))]
    with home(workshop, 1):
        output = workshop.run("governance", "init", "--name", "interop", *listed, "--out", genesis, "--json")
    federation = json.loads(output)["federation"]
    ports = dict(zip(MEMBERS, free_ports(len(MEMBERS))))
    for number in MEMBERS:
        with home(workshop, number):
            workshop.run("governance", "join", genesis, "--federation", federation)
            for other in MEMBERS:
                if other != number:
                    workshop.run("governance", "peer", f"n{other}", f"http://127.0.0.1:{ports[other]}")
    return federation, ports


@contextlib.contextmanager
def nodes(workshop, ports):
    """The four daemons; they are gone afterwards."""
    processes = []
    try:
        for number in MEMBERS:
            with home(workshop, number):
                command = [ROOT / ".build/release/chancery", "serve", "--port", str(ports[number]), "--json"]
                processes.append(subprocess.Popen(
                    command, env=workshop.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL))
        for process in processes:
            ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
            require(ready and process.stdout.readline(), "a node did not start")
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


def decided(workshop, voters, *terms):
    """Lets these members approve a proposal of the first; gives its id once the fourth's node knows the decision."""
    with home(workshop, 1):
        proposal = json.loads(workshop.run("governance", "propose", *terms, "--json"))
    for number in voters:
        with home(workshop, number):
            eventually(
                workshop, "governance", "vote", proposal["id"], "approve", "--fingerprint", proposal["fingerprint"])
    with home(workshop, 4):
        eventually(workshop, "governance", "certificate", "export", proposal["id"])
    return proposal["id"]


def eventually(workshop, *arguments):
    """Runs a command again until it succeeds: nodes need a moment to tell each other."""
    end = time.monotonic() + PATIENCE
    while (done := workshop.attempt(*arguments)).returncode != 0:
        require(time.monotonic() < end, f"`{' '.join(map(str, arguments))}`: {done.stderr.decode()}")
        time.sleep(0.1)


def verifier(path, federation):
    command = [sys.executable, "-B", ROOT / "Examples/verify_decision.py", path, federation]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def refused(workshop, file, federation, because):
    """Requires that both verifiers refuse a file, the independent one for this reason."""
    path = workshop.write("forged.json", verify_decision.jcs(file))
    done = verifier(path, federation)
    require(done.returncode == 1 and because in done.stderr, f"not refused because {because}: {done}")
    ours = workshop.attempt("governance", "certificate", "verify", path, "--federation", federation)
    require(ours.returncode in (3, 4), f"we accept it: {ours}")


def requires_true_ballots(file, federation):
    """Changes what even a quorum of dishonest nodes could not decide: the ballots inside a block."""
    committee = verify_decision.Committee(file["genesis"], federation)
    first, second = (decision["block"] for decision in file["decisions"][:2])

    def certified(item):
        return verify_decision.certified(item, committee, first["time"])

    [item], [other] = first["items"], second["items"]
    certified(item)
    changed = copy.deepcopy(item)
    changed["ballots"][0]["body"]["choice"] = "abstain"
    stolen = copy.deepcopy(item)
    stolen["ballots"][0] = next(
        ballot for ballot in other["ballots"] if ballot["body"]["voter"] == item["ballots"][0]["body"]["voter"])
    disguised = copy.deepcopy(stolen)
    disguised["ballots"][0]["body"]["proposal"] = item["ballots"][0]["body"]["proposal"]
    fewer = copy.deepcopy(item)
    fewer["ballots"] = fewer["ballots"][:2]
    twice = copy.deepcopy(fewer)
    twice["ballots"].append(twice["ballots"][1])
    for forged, because in [
        (changed, "was not signed by"), (stolen, "belongs to something else"), (disguised, "was not signed by"),
        (fewer, "do not pass"), (twice, "each once"),
    ]:
        try:
            verdict = f"accepted: {certified(forged)}"
        except verify_decision.Refused as error:
            verdict = str(error)
        require(because in verdict, f"not refused because {because}: {verdict}")


def requires_each_bit_of_a_signature(data, file, federation):
    """A vote's signature has one spelling: of its entry every changed bit is refused, but for the middle of its value."""
    [entry] = file["decisions"][0]["certificate"]["votes"][0]["signatures"]
    text = verify_decision.jcs(entry)
    start, middle = data.index(text), entry["value"][8:-8].encode()
    skipped = range(text.index(middle), text.index(middle) + len(middle))
    accepted = []
    for index in (index for index in range(len(text)) if index not in skipped):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[start + index] ^= 1 << bit
            try:
                verify_decision.verify(bytes(flipped), federation)
            except (verify_decision.Refused, AttributeError, LookupError, RecursionError, TypeError, ValueError):
                continue
            accepted.append((index, bit))
    require(not accepted, f"changed at {accepted} of {text!r}, and still accepted")


def certificate_verifier(*arguments):
    command = [sys.executable, "-B", ROOT / "Examples/verify_certificate.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def requires_true_certificate(workshop, path, other, federation):
    """A certificate alone, and what both verifiers refuse of it; `other` is one of the same voters on another proposal."""
    genesis = workshop.path("genesis.json")
    done = certificate_verifier(path, genesis, federation)
    require(done.returncode == 0 and "not proof of being in force" in done.stdout, done.stderr)
    ours = workshop.run("governance", "certificate", "verify", path, "--federation", federation, "--genesis", genesis)
    require("approved, not proof of being in force" in ours, ours)

    true = json.loads(path.read_bytes())
    forged, stolen, rejected, foreign, spelled, noted, annexed, proposed = (copy.deepcopy(true) for _ in range(8))
    ballot = forged["ballots"][0]
    signature = MLDSA65PrivateKey.generate().sign(verify_decision.jcs(ballot["body"]), ballot["body"]["type"].encode())
    ballot["signatures"][0]["value"] = verify_decision.base64.urlsafe_b64encode(signature).decode().rstrip("=")
    stolen["ballots"][0] = json.loads(other.read_bytes())["ballots"][0]
    rejected["ballots"] = rejected["ballots"][:2]
    foreign["roster"] = "ab" * 32
    # Of the last of 43 digits two bits are no part of the 32 bytes.
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    key = spelled["ballots"][0]["signatures"][0]["key"]
    spelled["ballots"][0]["signatures"][0]["key"] = key[:-1] + digits[digits.index(key[-1]) + 1]
    noted["ballots"][0]["signatures"][0]["note"] = "x"
    annexed["ballots"][0]["note"] = proposed["proposal"]["note"] = "x"
    for certificate, because in [
        (forged, "was not signed by"), (stolen, "belongs to something else"), (rejected, "do not pass"),
        (foreign, "another committee"), (spelled, "not the one base64url"), (noted, "other members"),
        (annexed, "a record has other members"), (proposed, "a record has other members"),
    ]:
        wrong = workshop.write("wrong.json", verify_decision.jcs(certificate))
        done = certificate_verifier(wrong, genesis, federation)
        require(done.returncode == 1 and because in done.stderr, f"not refused because {because}: {done}")
        ours = workshop.attempt(
            "governance", "certificate", "verify", wrong, "--federation", federation, "--genesis", genesis)
        require(ours.returncode in (3, 4), f"we accept it: {ours}")
    # The same members, and another genesis than the one that was pinned.
    founding = json.loads(genesis.read_bytes())
    founding["salt"] = "A" * 22
    done = certificate_verifier(path, workshop.write("genesis-2.json", verify_decision.jcs(founding)), federation)
    require(done.returncode == 1 and "another federation" in done.stderr, f"a committee that nobody pinned: {done}")


def requires_true_export(workshop, proposal):
    """A decision in the form of pqc-ai-governance: its signature, and what it names, recomputed from that form alone."""
    path, terms = workshop.path("result.json"), workshop.path("proposal.json")
    workshop.run(
        "governance", "export", proposal, "--format", "pqaid-v0", "--key", workshop.path("pqaid.key"), "--new-key",
        "--insecure-no-passphrase", "--proposal-out", terms, "--out", path)
    result = json.loads(path.read_bytes())
    key, signature = (bytes.fromhex(result[name]) for name in ("public_key", "signature"))
    signed = {name: value for name, value in result.items() if name not in ("signer_did", "algorithm", "signature", "public_key")}
    signed["included_vote_ids"] = sorted(signed["included_vote_ids"])
    MLDSA65PublicKey.from_public_bytes(key).verify(signature, sha3_256(verify_decision.jcs(signed)).digest())
    require(result["signer_did"] == "did:pqaid:" + sha3_256(key).hexdigest(), "the signer is not the hash of its key")
    require(result["proposal_hash"] == sha3_256(terms.read_bytes()).hexdigest(), "the result names another proposal")
    require((result["decision"], result["approve_weight"], result["total_weight"]) == ("passed", 3, 4), f"{result}")
    workshop.run("governance", "import", path, "--signer", result["signer_did"])
    result["approve_weight"] = 4
    wrong = workshop.write("result-2.json", result)
    done = workshop.attempt("governance", "import", wrong, "--signer", result["signer_did"])
    require(done.returncode == 4 and b"false signature" in done.stdout, f"a changed result is not refused: {done}")


@check("an independent verifier recomputes a federation's decisions and refuses forged ones")
def _(workshop):
    federation, ports = founded(workshop)
    with nodes(workshop, ports):
        proposals = [
            decided(workshop, MEMBERS[:3], "authorize-model", "--manifest", byte * 32, "--scope", "prod")
            for byte in ("ab", "cd")
        ]
        # Restricting takes more than a third.
        proposals.append(decided(workshop, MEMBERS[:2], "emergency-freeze", "--scope", "prod", "--reason", "interop"))
        path = workshop.path("decisions.json")
        with home(workshop, 4):
            workshop.run("governance", "certificate", "export", proposals[-1], "--out", path)
            certificates = [workshop.path(f"certificate-{number}.json") for number in (1, 2)]
            for proposal, certificate in zip(proposals, certificates):
                workshop.run("governance", "certificate", "export", proposal, "--certificate", "--out", certificate)
            requires_true_export(workshop, proposals[0])
    requires_true_certificate(workshop, *certificates, federation)
    done = verifier(path, federation)
    require(done.returncode == 0, done.stderr)
    lines = done.stdout.splitlines()
    require(len(lines) == 4 and all(p in line for p, line in zip(proposals, lines)), done.stdout)
    workshop.run("governance", "certificate", "verify", path, "--federation", federation)

    file = json.loads(path.read_bytes())
    refused(workshop, file, "00" * 32, "the file is of another federation")
    requires_each_bit_of_a_signature(path.read_bytes(), file, federation)
    forged = copy.deepcopy(file)
    forged["decisions"][0]["certificate"]["votes"][0]["signatures"][0]["note"] = "x"
    refused(workshop, forged, federation, "has other members")
    requires_true_ballots(file, federation)
    forged = copy.deepcopy(file)
    forged["decisions"][0]["block"]["items"][0]["ballots"][0]["body"]["choice"] = "abstain"
    refused(workshop, forged, federation, "belongs to something else")
    forged = copy.deepcopy(file)
    vote = forged["decisions"][1]["certificate"]["votes"][0]
    context = vote["body"]["type"].encode()
    signature = MLDSA65PrivateKey.generate().sign(verify_decision.jcs(vote["body"]), context)
    vote["signatures"][0]["value"] = verify_decision.base64.urlsafe_b64encode(signature).decode().rstrip("=")
    refused(workshop, forged, federation, "was not signed by")
    forged = copy.deepcopy(file)
    forged["decisions"][1]["certificate"]["votes"][2:] = []
    refused(workshop, forged, federation, "two thirds or less")
    forged = copy.deepcopy(file)
    del forged["decisions"][0]
    refused(workshop, forged, federation, "belongs to something else")
