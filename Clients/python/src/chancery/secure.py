"""Asks a model so that only its service can read the question (HIP-5).

The sealing is done by `chancery infer sidecar`, on loopback: Python never holds the keys of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from . import _binary, _json
from ._flow import Flow, Reader, ask, problem
from ._http import Reply, Request
from ._place import Place
from ._transport import Transport
from .errors import ChanceryError, Malformed

_START = 30.0


class SecureClient:
    """Sealed requests to a model, in HIP-5's words.

    With `service` and `identity`, `api_key` is the file of a key of `chancery api-key create`, and this client starts a sidecar
    that serves it alone. With `sidecar`, one that runs already is asked, and `api_key` is its token, if it has one; its
    tier is the one it was started with.

    `pqc_enabled=False` is refused: there is no classical mode. So is a `privacy_tier` of 2 and more, whose evidence of a
    trusted execution environment nobody could check here.
    """

    def __init__(
        self,
        api_key: str | os.PathLike[str],
        pqc_enabled: bool = True,
        privacy_tier: int = 1,
        *,
        service: str | None = None,
        identity: str | os.PathLike[str] | None = None,
        sidecar: str | None = None,
        manifest: str | None = None,
        passphrase_file: str | os.PathLike[str] | None = None,
        timeout: float = 120.0,
    ) -> None:
        if pqc_enabled is not True:
            raise ChanceryError("inference.classical_refused", "pqc_enabled=False would send in the clear; nothing was sent")
        if isinstance(privacy_tier, bool) or not isinstance(privacy_tier, int) or not 0 <= privacy_tier <= 4:
            raise ChanceryError("client.invalid_value", "a privacy tier is 0, 1, 2, 3 or 4")
        if privacy_tier >= 2:
            detail = f"tier {privacy_tier} needs evidence of a trusted execution environment, which cannot be checked here"
            raise ChanceryError("inference.evidence_required", detail)
        if (sidecar is None) == (service is None or identity is None):
            detail = "name the service and its identity document, or a sidecar that runs"
            raise ChanceryError("client.no_address", detail)
        self.privacy_tier = privacy_tier
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        if sidecar is None:
            assert service is not None and identity is not None
            sidecar, token = self._start(service, identity, api_key, manifest, passphrase_file)
        else:
            token = os.fspath(api_key)
        base = sidecar.rstrip("/").removesuffix("/v1")
        place = Place.of(None, base, None)
        if place.tls is not None:
            raise ChanceryError("client.plain_http_refused", "a sidecar is on loopback; `service` names what is beyond")
        self._headers = (("Authorization", f"Bearer {token}"),) if token else ()
        self._transport = Transport(place, timeout)

    def complete(self, model: str, messages: Sequence[Mapping[str, Any]], **options: Any) -> dict[str, Any]:
        """An answer of a chat, when its receipt was verified."""
        return self._run(self._post("chat/completions", {"model": model, "messages": list(messages), **options}))

    def stream(self, model: str, messages: Sequence[Mapping[str, Any]], **options: Any) -> Iterator[dict[str, Any]]:
        """The parts of an answer as they come. They count when the last one came: what is cut off, or false, raises."""
        body = {"model": model, "messages": list(messages), "stream": True, **options}
        has_ended = False
        for line in self._lines(self._request("chat/completions", body)):
            if has_ended:
                raise Malformed("client.malformed_answer", "the answer goes on after its end")
            if line == b"[DONE]":
                has_ended = True
                continue
            part = _json.parse_object(line, "a part of the answer")
            if "error" in part:
                raise _stated(part["error"])
            yield part

    def embed(self, model: str, input: str | Sequence[str]) -> dict[str, Any]:
        return self._run(self._post("embeddings", {"model": model, "input": input if isinstance(input, str) else list(input)}))

    def models(self) -> dict[str, Any]:
        """The one model that the service states."""
        return self._run(ask(Request("GET", "/v1/models", headers=self._headers)))

    def close(self) -> None:
        self._transport.close()
        self._stop()

    def __enter__(self) -> SecureClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    # MARK: asking

    def _request(self, operation: str, body: Any) -> Request:
        data = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        return Request("POST", f"/v1/{operation}", data, "application/json", self._headers)

    def _post(self, operation: str, body: Any) -> Flow[dict[str, Any]]:
        return ask(self._request(operation, body))

    def _run(self, flow: Flow[dict[str, Any]]) -> dict[str, Any]:
        try:
            step = next(flow)
            assert isinstance(step, Request)
            flow.send(self._transport.exchange(step))
        except StopIteration as stop:
            value: dict[str, Any] = stop.value
            return value
        raise AssertionError("one question has one answer")

    def _lines(self, request: Request) -> Iterator[bytes]:
        """What follows `data:` in server-sent events."""
        rest = b""
        for part in self._transport.stream(request):
            if isinstance(part, Reply):
                if part.status != 200:
                    raise problem(part)
                if part.media_type != "text/event-stream" or rest.strip():
                    raise Malformed("client.malformed_answer", "the answer is no stream, or is cut off")
                return
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                if line.startswith(b"data:"):
                    yield line[5:].strip()

    # MARK: a sidecar of its own

    def _start(
        self,
        service: str,
        identity: str | os.PathLike[str],
        key: str | os.PathLike[str],
        manifest: str | None,
        passphrase_file: str | os.PathLike[str] | None,
    ) -> tuple[str, str]:
        self._folder = Path(tempfile.mkdtemp(prefix="chancery-sidecar-"))
        try:
            token = secrets.token_urlsafe(24)
            token_file = self._folder / "token"
            with open(os.open(token_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(token + "\n")
            given = {"--manifest": manifest, "--passphrase-file": passphrase_file}
            more = [word for name, value in given.items() if value is not None for word in (name, os.fspath(value))]
            command = [
                *(_binary.find(), "infer", "sidecar", "--service", service, "--identity", os.fspath(identity)),
                *("--key", os.fspath(key), "--listen", "127.0.0.1:0", "--tier", str(self.privacy_tier)),
                *("--token-file", str(token_file), "--json", "--quiet", *more),
            ]
            errors = self._folder / "log"
            with open(errors, "wb") as log:
                self._process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, start_new_session=True
                )
            line = _first_line(self._process)
            if not line:
                raise _binary.stated_error(errors.read_bytes(), self._process.wait())
            return Reader(_json.parse(line), "the sidecar").text("url"), token
        except BaseException:
            self._stop()
            raise

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout:
                process.stdout.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    """Nothing when the program ended first."""
    assert process.stdout
    late = threading.Timer(_START, process.kill)
    late.start()
    try:
        return process.stdout.readline()
    finally:
        late.cancel()


def _stated(error: Any) -> ChanceryError:
    code, message = "client.malformed_answer", "the answer ended with an error"
    if isinstance(error, dict):
        with contextlib.suppress(KeyError):
            code, message = str(error["code"]), str(error.get("message", ""))
    return Malformed(code, message)
