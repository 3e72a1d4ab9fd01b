"""Signs requests with ML-DSA-65 (RFC 9421, docs/spec/request-signature.md), and holds the session that they open.

Needs the extra `https`.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import threading
import time
import unicodedata
from typing import TYPE_CHECKING, Any

from ._flow import NOTHING, Flow, Pause, Reader, Result, Step, ask
from ._http import Reply, Request
from .errors import ChanceryError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey

_LABEL = b"http/ml-dsa-65"
_MAGIC = b"CHKF\x01"
_OPEN_MARK = b"UNENCRYPTED\n"
_COMPONENTS = '("@method" "@authority" "@path" "@query" "content-digest")'
_FRESH_FOR = 60
# A session is given up so many seconds before its end.
_RESERVE = 60.0


def _need() -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric import mldsa
    except ImportError:
        raise ChanceryError("client.extra_missing", "signed requests need `pip install chancery[https]`") from None
    return mldsa


class RequestKey:
    """A private key of `chancery api-key create`."""

    def __init__(self, private: MLDSA65PrivateKey) -> None:
        self._private = private
        public = private.public_key().public_bytes_raw()
        self.id = "ak_" + hashlib.sha3_256(public).digest()[:16].hex()

    @staticmethod
    def read(path: str | os.PathLike[str], passphrase: str | None = None) -> RequestKey:
        """Opens a key file: docs/spec/key-file.md."""
        mldsa = _need()
        try:
            with open(path, "rb") as file:
                data = file.read(1 << 20)
        except OSError as error:
            raise ChanceryError("client.no_key", f"`{os.fspath(path)}`: {error.strerror}") from None
        seed = _entries(_body(data, passphrase)).get(_LABEL)
        if seed is None or len(seed) != 32:
            raise ChanceryError("node.key_missing", f"`{os.fspath(path)}` holds no key that signs requests")
        return RequestKey(mldsa.MLDSA65PrivateKey.from_seed_bytes(seed))

    def headers(self, method: str, authority: str, target: str, body: bytes) -> tuple[tuple[str, str], ...]:
        created = int(time.time())
        digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
        nonce = base64.urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()
        parameters = (
            f'{_COMPONENTS};created={created};expires={created + _FRESH_FOR};nonce="{nonce}";'
            f'keyid="{self.id}";alg="ml-dsa-65";tag="pq-trust-api"'
        )
        path, _, query = target.partition("?")
        lines = (
            f'"@method": {method}',
            f'"@authority": {authority}',
            f'"@path": {path}',
            f'"@query": ?{query}',
            f'"content-digest": {digest}',
            f'"@signature-params": {parameters}',
        )
        signature = base64.b64encode(self._private.sign("\n".join(lines).encode("ascii"))).decode()
        return (
            ("Content-Digest", digest),
            ("Signature-Input", f"sig1={parameters}"),
            ("Signature", f"sig1=:{signature}:"),
        )


class Session:
    """Puts a session's token on each request, and opens another one in time."""

    def __init__(self, key: RequestKey, authority: str) -> None:
        self._key = key
        self._authority = authority
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0
        self.name = ""
        os.register_at_fork(after_in_child=self._renew_lock)

    def around(self, flow: Flow[Result]) -> Flow[Result]:
        """`flow`, with each of its requests in a session."""
        try:
            step: Step = next(flow)
            while True:
                try:
                    reply = NOTHING if not isinstance(step, Request) else (yield from self._asking(step))
                    if isinstance(step, Pause):
                        yield step
                except ChanceryError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(reply)
        except StopIteration as stop:
            value: Result = stop.value
            return value

    def _asking(self, request: Request) -> Flow[Reply]:
        token = yield from self._current()
        reply = yield request.adding(("Authorization", f"Bearer {token}"))
        if reply.status != 401:
            return reply
        # The session is over, as after a restart. Nothing was done.
        with self._lock:
            if self._token == token:
                self._until = 0.0
        token = yield from self._current()
        return (yield request.adding(("Authorization", f"Bearer {token}")))

    def _current(self) -> Flow[str]:
        with self._lock:
            if time.monotonic() < self._until:
                return self._token
        where = "/v1/sessions"
        headers = self._key.headers("POST", self._authority, where, b"")
        reader = Reader((yield from ask(Request("POST", where, headers=headers), 201)), "the session")
        token, seconds, name = reader.text("token"), reader.count("expires_in"), reader.text("name")
        if not token.startswith("cs_") or not token.isascii() or not token.isprintable() or " " in token:
            raise reader.fail("token")
        with self._lock:
            self._token, self.name = token, name
            self._until = time.monotonic() + max(1.0, seconds - _RESERVE)
        return token

    def _renew_lock(self) -> None:
        self._lock = threading.Lock()


def _body(data: bytes, passphrase: str | None) -> bytes:
    damaged = ChanceryError("ledger.key_file_corrupted", "the key file is damaged, or none")
    if data[:5] != _MAGIC or len(data) < 6:
        raise damaged
    if data[5] == 0:
        head = 6 + len(_OPEN_MARK)
        length = int.from_bytes(data[head : head + 4], "big")
        body = data[head + 4 : head + 4 + length]
        if data[6:head] != _OPEN_MARK or data[head + 4 + length :] != hashlib.sha3_256(data[: head + 4 + length]).digest():
            raise damaged
        if passphrase is not None:
            raise ChanceryError("ledger.key_file_not_encrypted", "the key file has no passphrase")
        return body
    if data[5] != 1 or len(data) < 57 + 16:
        raise damaged
    if passphrase is None:
        raise ChanceryError("ledger.passphrase_required", "the key file has a passphrase")
    return _decrypted(data, passphrase, damaged)


def _decrypted(data: bytes, passphrase: str, damaged: ChanceryError) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    exponent, block, lanes = data[6], data[7], data[8]
    if not (10 <= exponent <= 20 and 1 <= block <= 64 and 1 <= lanes <= 64):
        raise damaged
    cost = 1 << exponent
    if 128 * cost * block > 1 << 30 or cost * block * lanes > 1 << 24:
        raise damaged
    if int.from_bytes(data[53:57], "big") != len(data) - 57:
        raise damaged
    secret = unicodedata.normalize("NFKC", passphrase).encode("utf-8")
    key = hashlib.scrypt(
        secret, salt=data[9:41], n=cost, r=block, p=lanes, dklen=32, maxmem=129 * cost * block + 129 * block * lanes
    )
    try:
        return AESGCM(key).decrypt(data[41:53], data[57:], data[:57])
    except InvalidTag:
        raise ChanceryError("ledger.wrong_passphrase", "another passphrase, or a changed file") from None


def _entries(body: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    place = 2
    for _ in range(int.from_bytes(body[:2], "big")):
        end = place + 1 + (body[place] if place < len(body) else 0)
        start = end + 4
        stop = start + int.from_bytes(body[end:start], "big")
        if stop > len(body):
            raise ChanceryError("ledger.key_file_corrupted", "the key file is damaged")
        found[body[place + 1 : end]] = body[start:stop]
        place = stop
    if place != len(body):
        raise ChanceryError("ledger.key_file_corrupted", "the key file is damaged")
    return found
