"""Opens a sealed request and its answer from docs/spec/inference.md alone, with pyca/cryptography and nothing of ours.

    python inference_reader.py FOLDER SEED        FOLDER holds statement.json, request.bin, response.bin; SEED in hex
"""

import base64
import hashlib
import hmac
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SUITE = b"HPKE" + bytes.fromhex("647a00010002")


def extract(salt, secret):
    return hmac.digest(salt or bytes(32), secret, "sha256")


def expand(secret, info, count):
    out, block = b"", b""
    while len(out) < count:
        block = hmac.digest(secret, block + info + bytes([len(out) // 32 + 1]), "sha256")
        out += block
    return out[:count]


def labeled_expand(secret, label, info, count):
    return expand(secret, count.to_bytes(2, "big") + b"HPKE-v1" + SUITE + label + info, count)


def labeled_extract(salt, label, secret):
    return extract(salt, b"HPKE-v1" + SUITE + label + secret)


def decapsulate(seed, sent):
    """X-Wing (draft-connolly-cfrg-xwing-kem)."""
    wide = hashlib.shake_256(seed).digest(96)
    lattice, curve = MLKEM768PrivateKey.from_seed_bytes(wide[:64]), X25519PrivateKey.from_private_bytes(wide[64:])
    parts = lattice.decapsulate(sent[:1088]) + curve.exchange(X25519PublicKey.from_public_bytes(sent[1088:])) + sent[1088:]
    return hashlib.sha3_256(parts + curve.public_key().public_bytes_raw() + rb"\.//^" + b"\\").digest()


class Channel:
    """HPKE in base mode (RFC 9180 §5)."""

    def __init__(self, seed, sent, info):
        context = b"\0" + labeled_extract(b"", b"psk_id_hash", b"") + labeled_extract(b"", b"info_hash", info)
        secret = labeled_extract(decapsulate(seed, sent), b"secret", b"")
        self.key = labeled_expand(secret, b"key", context, 32)
        self.base = labeled_expand(secret, b"base_nonce", context, 12)
        self.exporter = labeled_expand(secret, b"exp", context, 32)

    def export(self, label):
        return labeled_expand(self.exporter, b"sec", label, 32)


def frames(data, key, base):
    """Each frame's kind and content, in order; a changed one raises."""
    number = 0
    while data:
        kind, count = data[:1], int.from_bytes(data[1:5], "big")
        nonce = (int.from_bytes(base, "big") ^ number).to_bytes(12, "big")
        plain = AESGCM(key).decrypt(nonce, data[5:5 + count], kind)
        length = int.from_bytes(plain[:2], "big")
        assert len(plain) == (length + 2 + 255) // 256 * 256 and not any(plain[2 + length:]), "another padding"
        yield kind[0], plain[2:2 + length]
        data, number = data[5 + count:], number + 1


def hashed(label, data):
    return hashlib.sha3_256(label + b"\0" + data).hexdigest()


def main(folder, seed):
    statement = json.loads((folder / "statement.json").read_bytes())["body"]
    request, answer = (folder / "request.bin").read_bytes(), (folder / "response.bin").read_bytes()
    start = 22 + 32 + 16 + 32 + 1
    for _ in range(2):
        start += 1 + request[start]
    head, sent = request[:start], request[start:start + 1120]
    body = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert head[22:54] == hashlib.sha3_256(body).digest(), "another statement"
    channel = Channel(seed, sent, head)
    asked = list(frames(request[start + 1120:], channel.key, channel.base))
    assert [kind for kind, _ in asked] == [1, *[2] * (len(asked) - 2), 3], "frames out of order"
    secret = extract(sent + answer[:32], channel.export(b"chancery/inference-response/v1"))
    said = list(frames(answer[32:], expand(secret, b"key", 32), expand(secret, b"nonce", 12)))
    assert [kind for kind, _ in said] == [0x11, *[0x12] * (len(said) - 2), 0x13], "frames out of order"
    operation, question, words = asked[0][1], b"".join(part for _, part in asked[1:]), b"".join(p for _, p in said[1:-1])
    receipt, salt = json.loads(said[-1][1])["body"], channel.export(b"chancery/inference-salt/v1")
    last = 5 + (len(said[-1][1]) + 2 + 255) // 256 * 256 + 16
    assert receipt["sealed_request"] == hashed(b"chancery/inference-sealed-request/v1", request)
    assert receipt["sealed_response"] == hashed(b"chancery/inference-sealed-response/v1", answer[:-last])
    assert receipt["request_hash"] == hashed(
        b"chancery/inference-request/v1", salt + bytes([len(operation)]) + operation + question)
    assert receipt["response_hash"] == hashed(
        b"chancery/inference-response/v1", salt + bytes([len(said[0][1])]) + said[0][1] + words)
    print(json.dumps({"operation": operation.decode(), "request": question.decode(), "response": words.decode()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]))
