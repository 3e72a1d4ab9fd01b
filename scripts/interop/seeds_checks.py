"""The quick starts of the seeds, run as they stand in Examples/seeds, and the data of their packages against ours in Python."""

import contextlib
import http.server
import json
import os
import subprocess
import sys
import threading

from bridges_checks import environment
from bridges_checks import run as run_tests
from gateway_checks import free_ports
from harness import ROOT, check, require
from inference_checks import POLICY, chancery, running

SEEDS = ROOT / "Examples/seeds"


def quick_start(workshop, name, *arguments, python=sys.executable, **more):
    """Runs a script in the workshop's folder; the lines that it prints."""
    given = workshop.environment | {
        "CHANCERY": str(ROOT / ".build/release/chancery"),
        "CHANCERY_BIN": str(ROOT / ".build/release/chancery"),
        "CHANCERY_AISS_HOME": str(workshop.path("aiss")),
        "PYTHONPATH": str(ROOT / "Clients/python/src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
        **more,
    }
    command = [python, SEEDS / name] if name.endswith(".py") else [SEEDS / name]
    done = subprocess.run(
        [*map(str, command), *map(str, arguments)], cwd=workshop.folder, env=given, capture_output=True, text=True, timeout=300)
    require(done.returncode == 0, f"{name} exits {done.returncode}: {(done.stdout + done.stderr)[-3000:]}")
    return done.stdout.splitlines()


def verified(workshop, audit):
    """Has the binary verify an export under its own document, and refuse it when an event is another."""
    content = json.loads(workshop.path(audit).read_bytes())
    document = workshop.write("identity.json", content["agent_identity"])
    workshop.run("verify", workshop.path(audit), "--identity", document)
    content["events"][1]["payload"]["changed"] = True
    changed = workshop.attempt("verify", workshop.write("changed.json", content), "--identity", document)
    require(changed.returncode != 0, "a changed export is valid")


def same(found, expected):
    require(found == expected, f"prints {found}, expected {expected}")


@check("seeds: the packages' data, in Python")
def _(workshop):
    run_tests(workshop, sys.executable, ["tests/compat"])


@check("seeds: PiQrypt's quick start, whose export `chancery verify` takes")
def _(workshop):
    lines = quick_start(workshop, "piqrypt_quickstart.py")
    require(len(lines[0].removeprefix("Agent ID: ")) == 32, lines[0])
    same(lines[1:], ["Chain valid ✓", "Audit exported → audit.json"])
    verified(workshop, "audit.json")


@check("seeds: PiQrypt's chains, tampering, forks, memory, search and export")
def _(workshop):
    lines = quick_start(workshop, "piqrypt_chains.py")
    same(lines, [
        "Chain valid ✓", "Tamper detected at event index: 3", "Break at index 3 True", "Fork: 2 branches True", "5 5", "['step_2']",
        "[]", "5", "5 1 0 0", "1", "1", "True", "5", "True"])
    verified(workshop, "audit.json")


@check("seeds: PiQrypt's identity sessions, registry and rotation")
def _(workshop):
    same(quick_start(workshop, "piqrypt_identity.py"), [
        "stamped by my_agent", "my_agent True", "trading_bot True", "pro {'env': 'prod'}",
        "['action_taken', 'init', 'key_rotation', 'action_taken']"])


@check("seeds: PiQrypt's handshake, AISS-2 and policy evaluation")
def _(workshop):
    same(quick_start(workshop, "piqrypt_a2a.py"), ["True", "Downgrade detected: the event says other than what was signed"])
    same(quick_start(workshop, "piqrypt_aiss2.py"), [
        "32 1952", "ML-DSA-65", "AISS-2.0", "True", "AISS-2.0 event missing ML-DSA-65 signature"])
    same(quick_start(workshop, "piqrypt_trustgate.py"), ["ALLOW_WITH_LOG", "`nyse.com` is external: allowed and logged", "True"])


@check("seeds: PiQrypt's session of three agents, verified with their documents alone")
def _(workshop):
    same(quick_start(workshop, "piqrypt_session.py"), [
        "3 handshakes", "instruction_sent instruction_sent_received", "True", "None", "True P2026-441", "True", "True"])


@check("seeds: PiQrypt's bridges to LangChain, CrewAI and AutoGen (bridges)")
def _(workshop):
    same(quick_start(workshop, "piqrypt_langchain.py", python=environment("langchain")), [
        "hello / hello again", "sound", "['executor_invoke', 'agent_action', 'tool_start', 'tool_end', 'executor_complete']"])
    same(quick_start(workshop, "piqrypt_autogen.py", python=environment("langchain")), [
        "a better draft",
        "['assistant_initialized', 'groupchat_initialized', 'groupchat_start', 'reply_start', 'assistant_reply', 'groupchat_complete']",
        "['assistant_initialized', 'reply_start', 'assistant_reply']"])
    same(quick_start(workshop, "piqrypt_crewai.py", python=environment("crewai"))[-3:], [
        "hold", "['agent_initialized', 'crew_kickoff', 'task_start', 'task_complete', 'crew_complete']",
        "['agent_initialized', 'task_start', 'task_complete']"])


@check("seeds: PiQrypt's scores, of what the daemon verified")
def _(workshop):
    same(quick_start(workshop, "piqrypt_vigil.py"), [
        "True", "SAFE", "True", "STABLE", "0.0", "[]", "SAFE", "0", "STABLE", "None None", "0.0", "NONE",
        "['concentration', 'entropy_drop', 'silence_break', 'synchronisation']"])


@check("seeds: pqc-ai-governance's quick start and examples")
def _(workshop):
    same(quick_start(workshop, "governance_quickstart.py"), ["passed 5 6 3309", "2 0 byzantine_detected", "passed True"])


@check("seeds: pqc-enclave-sdk's quick start and examples")
def _(workshop):
    same(quick_start(workshop, "enclave_quickstart.py"), ["True", "first b'sk-test'", "second b'sk-test'", "True False"])


@check("seeds: QuorumVM's demo through curl")
def _(workshop):
    lines = quick_start(workshop, "quorumvm_quickstart.sh", workshop.path("committee"), free_ports(6))
    same(lines, [
        "200", "PENDING", "200", "PENDING", "200", "ACTIVE", "f(3)=100", "f(10)=289", "f(0)=49", "budget: 429", "rate: 200",
        "rate: 200", "rate: 429", "True"])


class Model(http.server.BaseHTTPRequestHandler):
    """A model that knows one answer."""

    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = "Paris" if "France" in question["messages"][-1]["content"] else "?"
        body = json.dumps({
            "id": "1", "object": "chat.completion", "created": 0, "model": question["model"],
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": said}}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """What is asked is nobody's business."""


@contextlib.contextmanager
def model():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@check("seeds: HIP-5's SecureClient asks a model of the vault")
def _(workshop):
    folder = workshop.path("weights")
    folder.mkdir()
    (folder / "model.bin").write_bytes(os.urandom(64))
    workshop.run("agent", "register", "runner", "--role", "runner")
    workshop.run("vault", "init")
    workshop.run("vault", "policy", workshop.write("policy.json", POLICY))
    workshop.run("vault", "put", "HMM-32B", folder)
    workshop.run("vault", "grant", "HMM-32B", "--agent", "runner", "--lifetime", "1h")
    workshop.run("api-key", "create", "program", "--role", "agent", "--out", workshop.path("program.key"))
    workshop.run("identity", "export", "vault", "--out", workshop.path("service.json"))
    with model() as backend:
        serve = chancery("infer", "serve", "--model", "HMM-32B", "--agent", "runner", "--backend", backend, "--port", "0")
        with running(workshop, serve) as said:
            lines = quick_start(
                workshop, "hip5_quickstart.py", API_KEY=str(workshop.path("program.key")), SERVICE=json.loads(said)["url"],
                SERVICE_IDENTITY=str(workshop.path("service.json")), MODEL="HMM-32B")
    require(lines[0] == "Paris" and lines[1].startswith("inference.evidence_required"), f"prints {lines}")
