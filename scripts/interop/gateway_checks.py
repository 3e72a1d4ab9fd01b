"""QuorumVM's request sequences against the trusted gateway, over HTTP, with custodians as processes."""

import base64
import hashlib
import json
import subprocess
import threading
import urllib.error
import urllib.request

from harness import ROOT, check, free_ports, require

SCENARIOS = json.loads((ROOT / "Tests/Vectors/quorumvm/api_scenarios.json").read_text())
CUSTODIANS, QUORUM = 4, 2


def package(program, policy):
    """A package as QuorumVM's compiler makes it: nodes, and the SHA-256 of the canonical text."""
    nodes, output = [], None
    for words in (line.split() for line in program.splitlines() if line.strip()):
        kind = words[0]
        if kind == "output":
            output = words[1]
        elif kind == "input":
            nodes.append({"id": words[1], "inputs": [], "type": "input"})
        elif kind == "const":
            nodes.append({"id": words[1], "inputs": [], "type": "const", "value": int(words[3])})
        else:
            nodes.append({"id": words[1], "inputs": words[3:5], "op": kind, "type": kind})
    content = {
        "ir": {"nodes": nodes, "output_node_id": output}, "policy_manifest": policy, "secret_manifest": {"secret_name": "S_v"},
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return content | {"program_id": hashlib.sha256(text.encode()).hexdigest(), "version": "1.0.0"}


def custodians_policy(policy):
    """What the custodians' people approve for the gateway's key: room for all labels, and no material but what is ordered."""
    return {
        "allow_unchecked": False, "bits": None, "client_budget": 100_000, "cost": policy["cost_per_eval"],
        "evaluations_per_minute": 100_000, "extraction": {"agreement": 900_000, "weight_error": 50_000}, "output_bits": 127,
        "program_budget": 100_000, "ranges": False, "rank": None, "refill": False, "ticket_seconds": 600,
        "type": "chancery/compute-policy/v1",
    }


class Gateway:
    """A committee and a gateway to it."""

    def __init__(self, workshop):
        self.workshop = workshop
        self.folder = workshop.path("committee")
        self.base = free_ports(CUSTODIANS + 2)
        workshop.run(
            "compute", "cluster", "up", "--dir", self.folder, "--n", CUSTODIANS, "--k", QUORUM, "--base-port", self.base,
            "--material", 32)
        self.port = self.base + CUSTODIANS + 1
        self.process = subprocess.Popen(
            [ROOT / ".build/release/chancery", "compute", "gateway", "--dir", self.folder, "--port", str(self.port)],
            env=workshop.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        require("trusted gateway listening" in self.process.stdout.readline(), "the gateway does not listen")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        self.workshop.run("compute", "cluster", "stop", "--dir", self.folder)

    def call(self, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                headers, status, content = answer.headers, answer.status, answer.read()
        except urllib.error.HTTPError as error:
            headers, status, content = error.headers, error.code, error.read()
        require(headers["X-Chancery-Trusted-Gateway"] == "sees inputs and results", f"{path}: the label is missing")
        return status, json.loads(content)

    def approval(self, program, custodian, policy):
        out = self.workshop.path(f"approval-{program[:8]}-{custodian}")
        out.unlink(missing_ok=True)
        self.workshop.run(
            "compute", "approve", program, "--dir", self.folder, "--home", self.folder / f"c{custodian + 1}/home", "--policy",
            policy, "--out", out)
        return out.read_text()


class Scenario:
    def __init__(self, gateway, scenario):
        self.gateway = gateway
        self.scenario = scenario
        self.policy = None
        if scenario["program"]:
            self.package = package(scenario["program"], scenario["policy"])
            self.program = self.package["program_id"]
            self.policy = gateway.workshop.path(f"policy-{scenario['id']}")
            text = json.dumps(custodians_policy(scenario["policy"]), sort_keys=True, separators=(",", ":"))
            self.policy.write_text(text)
        else:
            self.program = "0" * 64

    def run(self):
        for number, step in enumerate(self.scenario["steps"]):
            where = f"{self.scenario['id']}, step {number} ({step['do']})"
            result = getattr(self, step["do"])(step)
            if result is None:
                continue
            status, body = result
            expected = step.get("expect_status_in", [step.get("expect_status", 200)])
            require(status in expected, f"{where}: {status} {body}, expected {expected}")
            for name, value in step.get("expect", {}).items():
                found = str(body[name]) if name == "result" else body[name]
                require(found == value, f"{where}: {name} is {found}, expected {value}")
            if "result" in body:
                require(body["result_text"] == str(body["result"]), f"{where}: the text differs from the number")
            if "expect_events_in_order" in step:
                events = [entry["event"] for entry in body["entries"]]
                require(events == step["expect_events_in_order"], f"{where}: {events}")

    def install(self, step):
        return self.gateway.call("/install", {"program_package": self.package, "beaver_pool_size": self.scenario["pool"]})

    def install_tampered_id(self, step):
        tampered = self.package | {"program_id": "1" * 64}
        return self.gateway.call("/install", {"program_package": tampered})

    def approve(self, step):
        index, kind = step["custodian"], step["signature"]
        signature = base64.urlsafe_b64encode(b"{}").decode().rstrip("=")
        if self.policy:
            # A forged one is that of another custodian; -1 comes with the last custodian's true approval.
            signer = (index + 1) % CUSTODIANS if kind == "forged" else index % CUSTODIANS
            signature = self.gateway.approval(self.program, signer, self.policy)
        return self.gateway.call(
            "/approve", {"program_id": self.program, "custodian_index": index, "signature": signature})

    def status(self, step):
        return self.gateway.call(f"/status/{self.program}")

    def eval(self, step):
        return self.gateway.call(
            "/eval", {"identity_id": step["identity"], "program_id": self.program, "inputs": step["inputs"]})

    def parallel_eval(self, step):
        wrong = []

        def client(number):
            for count in range(step["count"] // step["clients"]):
                x = 3 + number * 100 + count
                answer = self.gateway.call(
                    "/eval", {"identity_id": f"p{number}", "program_id": self.program, "inputs": {"x": x}})
                if answer[0] != 200 or answer[1]["result"] != x**3 - x**2:
                    wrong.append((x, answer))

        threads = [threading.Thread(target=client, args=(number,)) for number in range(step["clients"])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        require(not wrong, f"{len(wrong)} of {step['count']} parallel evaluations: {wrong[:2]}")

    def replenish(self, step):
        return self.gateway.call("/replenish_beaver", {"program_id": self.program, "pool_size": step["pool_size"]})

    def pool(self, step):
        return self.gateway.call(f"/beaver_pool/{self.program}")

    def audit(self, step):
        return self.gateway.call("/audit")

    def stop_custodian(self, step):
        self.gateway.workshop.run("compute", "cluster", "kill", "--dir", self.gateway.folder, step["custodian"] + 1)

    def custodian_direct_eval(self, step):
        for path in ("/eval_share", "/eval_beaver", "/beaver_round2", "/install_beaver"):
            status, body = self.gateway.call(path, {"program_id": self.program})
            require((status, body["code"]) == (403, "gateway.custodian_endpoint"), f"{path}: {status} {body}")
        for path, body in (("/approve", {"program_id": self.program}), ("/install", {"share_x": 1, "share_y": "2"})):
            require(self.gateway.call(path, body)[0] == 403, f"{path} of a custodian is served")
        return 403, {}


def register(scenario):
    @check(f"the trusted gateway keeps QuorumVM's statuses: {scenario['id']}")
    def _(workshop):
        with Gateway(workshop) as gateway:
            Scenario(gateway, scenario).run()


for each in SCENARIOS:
    register(each)


@check("the trusted gateway answers big integers as numbers and as text, and keeps no results in its log")
def _(workshop):
    with Gateway(workshop) as gateway:
        scenario = {
            "id": "big", "program": "input x\nconst c = -5\nadd t = x c\nmul y = t t\noutput y\n", "pool": 4, "steps": [],
            "policy": {"cost_per_eval": 1, "budget_per_identity": 9, "max_evals_per_minute": 60},
        }
        run = Scenario(gateway, scenario)
        require(run.install({})[0] == 200, "not installed")
        for custodian in range(QUORUM):
            run.approve({"custodian": custodian, "signature": "valid"})
        prime = 2**127 - 1
        for x in (2**126 + 12345, -3, "170141183460469231731687303715884105729"):
            status, body = run.eval({"identity": "é", "inputs": {"x": x, "other": 1}})
            expected = (int(x) - 5) ** 2 % prime
            require((status, body.get("result")) == (200, expected), f"{x}: {status} {body}")
            require(body["result_text"] == str(expected), f"{x}: {body}")
            log = gateway.call("/audit")[1]
            data = log["entries"][-1]["data"]
            require(log["chain_valid"], f"the chain is broken: {log}")
            require(not {expected, str(expected)} & set(data.values()) and data["identity_id"] == "é", f"{data}")
        for inputs in ({"x": 1.5}, {"x": None}, {"x": "1e3"}, {}, {"x": [1]}):
            require(run.eval({"identity": "a", "inputs": inputs})[0] == 422, f"{inputs} is taken")
        status, body = run.eval({"identity": "b", "inputs": {"x": True}})
        require((status, body.get("result")) == (200, 16), f"true is not 1: {status} {body}")
        for body in ({"program_package": {}}, {"program_package": run.package, "beaver_pool_size": "x"}):
            require(gateway.call("/install", body)[0] == 422, f"{sorted(body)} is not refused as malformed")
