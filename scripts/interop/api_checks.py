"""The HTTP interface: its description is valid, and generated requests find no failure and no undocumented answer."""

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

from harness import check, require
from openapi_spec_validator import validate
from tls_checks import served


@check("the interface is valid OpenAPI 3.1, and schemathesis finds nothing that it does not say")
def _(workshop):
    workshop.run("agent", "register", "clerk", "--role", "tester")
    workshop.stamp("clerk", "aiss-2.1", [{"event_type": "step", "n": number} for number in range(20)])
    workshop.run("log", "checkpoint")
    with served(workshop) as address:
        with urllib.request.urlopen(f"http://{address}/openapi.json", timeout=10) as answer:
            document = json.loads(answer.read())
        validate(document)
        command = [
            str(Path(sys.prefix) / "bin/schemathesis"), "run", f"http://{address}/openapi.json", "--max-examples", "60",
            "--seed", "20261121", "--phases", "examples,coverage,fuzzing", "--generation-database", "none", "--no-color",
        ]
        done = subprocess.run(command, capture_output=True, timeout=400, text=True, cwd=workshop.folder)
        require(done.returncode == 0, (done.stdout + done.stderr)[-6000:])
        cases = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
        require(cases and int(cases[1]) == int(cases[2]) > 100, f"too few cases: {done.stdout[-2000:]}")
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
            metrics = answer.read().decode()
        require('status="5' not in metrics, "the server failed")
        require(metrics.count("\n") < 400, "the labels of metrics are not bounded")
