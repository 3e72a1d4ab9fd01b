"""HIP-5's client: sealed requests through a sidecar, and what it refuses to promise."""

import http.server
import json
import os
import subprocess
import threading

import pytest

import chancery

MESSAGES = [{"role": "user", "content": "the question that nobody else may read"}]
RULES = {
    "type": "chancery/vault-policy/v1",
    "rules": [{"kind": "model-weights", "bundles": ["clerk"], "rights": ["export", "read"], "presence": False, "limit": None}],
}


class Model(http.server.BaseHTTPRequestHandler):
    """Echoes in OpenAI's shape."""

    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if told.get("stream"):
            parts = [{"choices": [{"delta": {"content": word}}]} for word in ("a", "b")]
            body = b"".join(b"data: " + json.dumps(part).encode() + b"\n\n" for part in parts) + b"data: [DONE]\n\n"
            kind = "text/event-stream"
        elif self.path.endswith("/embeddings"):
            body, kind = json.dumps({"data": [{"embedding": [0.5]}]}).encode(), "application/json"
        else:
            answer = {"choices": [{"message": {"content": told["messages"][0]["content"]}}]}
            body, kind = json.dumps(answer).encode(), "application/json"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def service(house):
    """A model of the vault, served; where, and by whom."""
    model = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=model.serve_forever, daemon=True).start()
    weights = house.folder / "weights"
    weights.write_bytes(b"weights")
    (house.folder / "rules.json").write_text(json.dumps(RULES))
    house.run("vault", "init")
    house.run("vault", "policy", house.folder / "rules.json")
    house.run("vault", "put", "echo", weights)
    house.run("vault", "grant", "echo", "--agent", "clerk", "--lifetime", "1h")
    document = house.folder / "service.json"
    house.run("identity", "export", "vault", "--out", document)
    command = ["infer", "serve", "--model", "echo", "--agent", "clerk", "--backend", f"http://127.0.0.1:{model.server_port}"]

    with house.running(os.environ["CHANCERY_BIN"], *command, "--port", "0", "--json", "--quiet") as said:
        yield said["url"], document
    model.shutdown()
    model.server_close()


def test_a_model_answers_through_a_sidecar_of_this_program_alone(house, service):
    url, identity = service
    with chancery.SecureClient(house.folder / "ops.key", service=url, identity=identity) as client:
        process, base = client._process, client._transport.place.text
        answer = client.complete("echo", MESSAGES)
        assert answer["choices"][0]["message"]["content"] == MESSAGES[0]["content"]
        parts = [part["choices"][0]["delta"]["content"] for part in client.stream("echo", MESSAGES)]
        assert parts == ["a", "b"]
        assert client.embed("echo", ["x"])["data"][0]["embedding"] == [0.5]
        assert client.models()["data"][0]["id"] == "echo"
        with chancery.SecureClient("not the token", sidecar=base + "/v1") as stranger:
            with pytest.raises(chancery.ChanceryError) as failure:
                stranger.complete("echo", MESSAGES)
            assert failure.value.code == "api.unauthorized"
        arguments = subprocess.run(["ps", "-o", "args=", "-p", str(process.pid)], capture_output=True, text=True, check=True)
        assert client._headers[0][1].removeprefix("Bearer ") not in arguments.stdout
    assert process.poll() is not None, "the sidecar ends with its client"


def test_a_service_of_another_identity_is_not_asked(house, service):
    url, _ = service
    other = house.folder / "other.json"
    house.run("identity", "export", "clerk", "--out", other)
    with chancery.SecureClient(house.folder / "ops.key", service=url, identity=other) as client:
        with pytest.raises(chancery.ChanceryError):
            client.complete("echo", MESSAGES)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"pqc_enabled": False}, "inference.classical_refused"),
        ({"pqc_enabled": 0}, "inference.classical_refused"),
        ({"privacy_tier": 2}, "inference.evidence_required"),
        ({"privacy_tier": 3}, "inference.evidence_required"),
        ({"privacy_tier": 4}, "inference.evidence_required"),
        ({"privacy_tier": 5}, "client.invalid_value"),
        ({"privacy_tier": True}, "client.invalid_value"),
        ({"sidecar": "http://example.org/v1"}, "client.plain_http_refused"),
        ({"sidecar": "https://127.0.0.1/v1"}, "client.plain_http_refused"),
        ({}, "client.no_address"),
        ({"service": "http://127.0.0.1:1"}, "client.no_address"),
    ],
)
def test_what_cannot_be_promised_is_refused_before_anything_is_sent(arguments, code):
    if "sidecar" not in arguments and code.startswith("inference"):
        arguments = {**arguments, "sidecar": "http://127.0.0.1:1/v1"}
    with pytest.raises(chancery.ChanceryError) as failure:
        chancery.SecureClient("key", **arguments)
    assert failure.value.code == code


def test_a_sidecar_that_does_not_start_says_why(house, tmp_path):
    with pytest.raises(chancery.ChanceryError) as failure:
        chancery.SecureClient(house.folder / "ops.key", service="http://127.0.0.1:1", identity=tmp_path / "none.json")
    assert failure.value.code != "client.command_failed"


class Streaming(http.server.BaseHTTPRequestHandler):
    said = b""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.wfile.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" + self.said
        )

    def log_message(self, *_):
        pass


def chunk(text):
    return f"{len(text):x}\r\n{text}\r\n".encode()


PART, DONE, END = 'data: {"x":1}\n\n', "data: [DONE]\n\n", b"0\r\n\r\n"
ERROR = 'data: {"error":{"code":"inference.truncated","message":"cut"}}\n\n'
STREAMS = {
    "a clean end": (chunk(PART) + chunk(DONE) + END, None),
    "no end": (chunk(PART) + chunk(DONE), "client.malformed_answer"),
    "half a part": (chunk(PART) + chunk('data: {"x":') + END, "client.malformed_answer"),
    "half a line": (chunk(PART) + chunk("da") + END, "client.malformed_answer"),
    "more after its end": (chunk(PART) + chunk(DONE) + chunk(PART) + END, "client.malformed_answer"),
    "an error": (chunk(PART) + chunk(ERROR) + END, "inference.truncated"),
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_counts_when_it_comes_to_its_end(name):
    said, code = STREAMS[name]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Told", (Streaming,), {"said": said}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with chancery.SecureClient("t", sidecar=f"http://127.0.0.1:{server.server_port}/v1") as client:
            if code is None:
                assert list(client.stream("echo", MESSAGES)) == [{"x": 1}]
                return
            with pytest.raises(chancery.ChanceryError) as failure:
                list(client.stream("echo", MESSAGES))
            assert failure.value.code == code
    finally:
        server.shutdown()
        server.server_close()
