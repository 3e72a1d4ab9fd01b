"""The HTTP interface: its description is valid, and generated requests find no failure and no undocumented answer."""

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

from harness import ROOT, check, require
from openapi_spec_validator import validate
from tls_checks import served


def founded(workshop):
    """Makes the home a federation of one, whose node decides alone."""
    enrolment, genesis = workshop.path("enrolment.json"), workshop.path("genesis.json")
    workshop.run("governance", "enrol", "--identity", "clerk", "--out", enrolment)
    output = workshop.run(
        "governance", "init", "--name", "one", "--member", enrolment, "--tolerate-no-fault", "--out", genesis, "--json")
    workshop.run("governance", "join", genesis, "--federation", json.loads(output)["federation"])


def session(workshop, address):
    """The token of a session with every role."""
    roles = [word for role in ("node", "operator", "approver", "agent", "auditor") for word in ("--role", role)]
    key = workshop.path("client.key")
    if not key.exists():
        workshop.run("api-key", "create", "tester", *roles, "--out", key)
    return json.loads(workshop.run("api", "POST", f"http://{address}/v1/sessions", "--key", key))["token"]


@check("the interface is valid OpenAPI 3.1, and schemathesis finds nothing that it does not say")
def _(workshop):
    workshop.run("agent", "register", "clerk", "--role", "tester")
    workshop.stamp("clerk", "aiss-2.1", [{"event_type": "step", "n": number} for number in range(20)])
    founded(workshop)
    workshop.run("governance", "propose", "authorize-model", "--manifest", "07" * 32)
    workshop.run("log", "checkpoint")
    with served(workshop) as address:
        with urllib.request.urlopen(f"http://{address}/openapi.json", timeout=10) as answer:
            document = json.loads(answer.read())
        validate(document)
        # A stream goes on, and ending the session would leave the other operations without one.
        excluded = [word for name in ("governanceEvents", "sessionEnd") for word in ("--exclude-operation-id", name)]
        command = [
            str(Path(sys.prefix) / "bin/schemathesis"), "--config-file", str(ROOT / "scripts/interop/schemathesis.toml"), "run", f"http://{address}/openapi.json", "--max-examples", "25",
            "--seed", "20261121", "--phases", "examples,coverage,fuzzing", "--generation-database", "none", "--no-color",
            "--header", f"Authorization: Bearer {session(workshop, address)}", *excluded,
        ]
        done = subprocess.run(command, capture_output=True, timeout=500, text=True, cwd=workshop.folder)
        require(done.returncode == 0, (done.stdout + done.stderr)[-6000:])
        cases = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
        require(cases and int(cases[1]) == int(cases[2]) > 100, f"too few cases: {done.stdout[-2000:]}")
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
            metrics = answer.read().decode()
        require('status="5' not in metrics, "the server failed")
        require(metrics.count("\n") < 1000, "the labels of metrics are not bounded")
