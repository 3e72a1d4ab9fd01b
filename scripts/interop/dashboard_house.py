"""The house that the browser looks at: a home with every room, its server, and a browser that is signed in."""

import contextlib
import functools
import json
import os
import re
import subprocess
import tempfile
import urllib.parse
from pathlib import Path

from dashboard_browser import Browser
from harness import ROOT, Workshop, free_ports, require

RULES = r"""
language: chancery/policy/v2
name: payments
version: "1"
rules:
  - {id: working, effect: allow, when: {action: ["read_*", "pay", "search"]}}
  - {id: paying, effect: require_human, when: {action: [pay]}}
  - {id: destroying, effect: forbid, when: {pattern: ["rm\\s+-rf", "DROP\\s+TABLE"]}}
  - {id: risky, effect: forbid, when: {risk: {ge: 0.75}}}
approval: {timeout_seconds: 7200, on_timeout: ESCALATE, require_justification: true}
"""


# Most keys of the house are in the clear: opening one that is not takes most of a second, on purpose.
OPEN = "--insecure-no-passphrase"


@functools.cache
def house():
    """A furnished home that the checks share; it lasts as long as the program."""
    folder = tempfile.TemporaryDirectory(prefix="chancery-house-", ignore_cleanup_errors=True)
    workshop = Workshop(Path(folder.name) / "house")
    # Held, or it would be gone at once.
    workshop.held = folder
    furnish(workshop)
    return workshop


def furnish(workshop, readings=20_000):
    """A home with every room: agents and their events, a log, a gate with questions, a vault, a federation of one."""
    run = workshop.run
    for name, role in [("planner", "planner"), ("clerk", "bookkeeper"), ("sensor", "telemetry"), ("reader", "operator")]:
        run("agent", "register", name, "--role", role, OPEN)
    workshop.stamp("clerk", "aiss-2.1", [
        {"event_type": "invoice", "customer": "miller", "cents": 1250}, {"event_type": "reminder", "customer": "miller"},
        {"event_type": "payment", "customer": "miller", "cents": 1250},
    ])
    workshop.stamp("planner", "aiss-2.1", [{"event_type": "plan", "step": step} for step in range(4)])
    kinds = ["reading", "calibration", "tool_call"]
    workshop.stamp("sensor", "batch", [{"event_type": kinds[number % 3], "value": number} for number in range(readings)])
    run("log", "start", "--origin", "example.org/house", OPEN)
    run("gate", "init", OPEN)
    run("policy", "activate", workshop.write("policy.yaml", RULES.encode()), "--comment", "the first one")
    run("approver", "register", "ada", "--clearance", "L3", "--leave")
    for agent in ("planner", "clerk", "reader"):
        for page in range(2):
            decide(workshop, agent, "read_ledger", {"page": page})
    decide(workshop, "clerk", "read_db", {"query": "DROP TABLE users"})
    decide(workshop, "clerk", "delete_all", {"path": "/srv"})
    run("vault", "init")
    run("vault", "put", "bank-token", "-", "--kind", "credential", input=b"the token of the bank")
    weights = workshop.write("weights.bin", os.urandom(300_000))
    for _ in range(2):
        run("vault", "put", "assistant", weights, "--kind", "model-weights")
    run("vault", "policy", workshop.write("access.json", {"type": "chancery/vault-policy/v1", "rules": [
        {"kind": "credential", "bundles": ["clerk"], "rights": ["read"], "presence": False, "limit": {"uses": 10, "seconds": 3600}}]}))
    run("vault", "grant", "bank-token", "--agent", "clerk", "--lifetime", "1h")
    run("governance", "enrol", "--identity", "reader", "--out", workshop.path("enrolment.json"))
    founded = json.loads(run(
        "governance", "init", "--name", "house", "--member", workshop.path("enrolment.json"), "--tolerate-no-fault", "--out",
        workshop.path("genesis.json"), "--json"))
    run("governance", "join", workshop.path("genesis.json"), "--federation", founded["federation"])
    run("log", "checkpoint")
    # Where a committee exists, the gate decides by the policy that it voted, for agents that it authorised.
    policy = json.loads(run("policy", "lint", workshop.path("policy.yaml"), "--json"))["policy"]
    agents = {agent["name"]: agent["did"] for agent in json.loads(run("agent", "list", "--json"))}
    with serving(workshop):
        enact(workshop, "update-policy", "--policy", policy, "--title", "Decide payments by the first policy")
        for name, role in [("clerk", "bookkeeper"), ("planner", "planner")]:
            enact(workshop, "authorize-agent", "--agent", agents[name], "--role", role, "--title", f"Let the {name} work")


def decide(workshop, agent, action, payload, *arguments):
    """Asks the gate; what it answers is an exit code besides."""
    done = workshop.attempt("gate", "decide", "--agent", agent, "--action", action, "--payload", json.dumps(payload), "--json", *arguments)
    require(done.stdout, done.stderr.decode())
    return json.loads(done.stdout)


def propose(workshop, *arguments):
    """A proposal's id and six words."""
    text = workshop.run("governance", "propose", *arguments)
    return [re.search(rf"^{name} +(.+)$", text, re.M)[1] for name in ("proposal", "fingerprint")]


SCORE = b"""
secret w: int<16>[2] in -100...100
input income: int<16> in 0...1000
input debts: int<16> in 0...1000
output granted = dot(w, [income, debts]) >= 5000
"""


# The owner sets no limit on copying, so nobody has to state what could be copied.
POLICY = {
    "allow_unchecked": False, "bits": None, "client_budget": 5, "cost": 1, "evaluations_per_minute": 10, "extraction": None,
    "output_bits": 1, "program_budget": 100, "ranges": True, "rank": None, "refill": True, "ticket_seconds": 3600,
    "type": "chancery/compute-policy/v1",
}


@contextlib.contextmanager
def committee(workshop):
    """Four custodians and a coordinator with a program that answered once; gives its address and its folder."""
    run, folder = workshop.run, workshop.path("committee")
    port = free_ports(9)
    try:
        run("compute", "cluster", "up", "--dir", folder, "--n", "4", "--k", "2", "--base-port", port, "--material", "64")
        source, secrets = workshop.write("score.chc", SCORE), workshop.write("secrets.json", {"w[0]": "40", "w[1]": "-25"})
        run("compute", "package", source, "--dir", folder, "--secrets", secrets,
            "--policy", workshop.write("compute-policy.json", json.dumps(POLICY, sort_keys=True, separators=(",", ":")).encode()), "--out", workshop.path("package.json"))
        program = run("compute", "install", "--dir", folder, workshop.path("package.json")).strip()
        run("compute", "secrets", "--dir", folder, program, secrets)
        for number in (1, 2):
            run("compute", "approve", "--dir", folder, "--home", folder / f"c{number}/home", program)
        run("compute", "activate", "--dir", folder, program)
        run("compute", "eval", "--dir", folder, program, "--input", "income=300", "--input", "debts=40")
        yield f"http://127.0.0.1:{port}", folder
    finally:
        workshop.attempt("compute", "cluster", "stop", "--dir", folder)


def enact(workshop, *arguments):
    """Proposes something and decides it: the federation has one member."""
    proposal, words = propose(workshop, *arguments)
    workshop.run("governance", "vote", proposal, "approve", "--fingerprint", words)
    workshop.run("governance", "watch", proposal, "--timeout", "30")


@contextlib.contextmanager
def serving(workshop, port=0, compute=None):
    """`chancery serve`; gives its address, a link that signs in, and the process."""
    local = workshop.path("s")
    command = [str(ROOT / ".build/release/chancery"), "serve", "--port", str(port), "--socket", str(local), "--json"]
    command += ["--compute", compute] if compute else []
    process = subprocess.Popen(command, env=workshop.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        told = json.loads(process.stdout.readline())
        workshop.run("vault", "unlock", "--socket", local)
        yield told["url"], told.get("sign_in"), process
    finally:
        process.terminate()
        process.wait(timeout=10)


@contextlib.contextmanager
def looking(link, **size):
    """A browser that is signed in, and was clean at the end."""
    with Browser(**size) as page:
        page.open(link)
        page.wait("document.querySelector('.nav')", "the link signs in")
        page.wait("document.querySelector('.pulse.live')", "the stream is open")
        yield page
        require_clean(page, urllib.parse.urlsplit(link).netloc)


def require_clean(page, host, allowing=()):
    errors = [error for error in page.errors if not any(word in error for word in allowing)]
    require(not errors, f"the browser logged {errors[:5]}")
    require(page.evaluate("window.violations.length") == 0, f"policy violated: {page.evaluate('window.violations')}")
    foreign = [url for url in page.requests if not url.startswith(("data:", "about:", "blob:")) and urllib.parse.urlsplit(url).netloc != host]
    require(not foreign, f"another host was asked: {foreign[:5]}")
