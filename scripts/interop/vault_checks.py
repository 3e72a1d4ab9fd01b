"""Containers of the vault, opened by Examples/container_reader.py and pyca, which have none of our code."""

import json
import shutil
import subprocess
import sys
from hashlib import sha3_256

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM1024PrivateKey
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap
from harness import ROOT, base64url, check, refuses, require

GOLDEN = ROOT / "Tests/VaultTests/Golden"
DATA_KEY = bytes(range(32))
SECRETS = [f"data-key:{DATA_KEY.hex()}", f"x-wing:{'09' * 32}"]


def reader(folder, secret, target, signer=None):
    signer = signer or (GOLDEN / "signer.txt").read_text().strip()
    command = [sys.executable, "-B", ROOT / "Examples/container_reader.py", folder, signer, secret, target]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@check("a reader without our code opens a container with the data key and with a recipient's key")
def _(workshop):
    for number, secret in enumerate(SECRETS):
        target = workshop.path(f"opened-{number}")
        done = reader(GOLDEN, secret, target)
        require(done.returncode == 0, done.stderr)
        for name, length in [("config.json", 3), ("weights/part-1", 16384)]:
            require((target / name).read_bytes() == bytes(i * 131 & 255 for i in range(length)), f"another {name}")


@check("a reader without our code refuses a container in which one bit is changed")
def _(workshop):
    for name in ["manifest.json", "sealing.json", "keyring.json", "body-0", "body-1"]:
        true = (GOLDEN / name).read_bytes()
        for place in [len(true) * part // 16 for part in range(0, 16, 3)] + [len(true) - 1]:
            folder = workshop.path("altered")
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(GOLDEN, folder)
            (folder / name).write_bytes(true[:place] + bytes([true[place] ^ 1]) + true[place + 1:])
            done = reader(folder, SECRETS[0], workshop.path("refused"))
            require(done.returncode == 1, f"{name}, byte {place}: {done}")


def sealing_seed(key_file):
    """The X-Wing seed in an unencrypted key file, docs/spec/key-file.md."""
    body, secrets = key_file[22:-32], {}
    place = 2
    for _ in range(int.from_bytes(body[:2], "big")):
        end = place + 1 + body[place]
        start, label = end + 4, body[place + 1:end].decode()
        place = start + int.from_bytes(body[end:start], "big")
        secrets[label] = body[start:place]
    return secrets["sealing/x-wing"]


@check("a reader without our code opens a sealed file, and refuses it with a bit changed or under another sender")
def _(workshop):
    for name in ("parcel-sender", "parcel-reader"):
        workshop.run("identity", "create", name, "--insecure-no-passphrase")
    history, _ = workshop.identity("parcel-sender", "document")
    other, document = workshop.identity("parcel-reader", "document")
    signer, stranger = ([key["key"] for key in each[-1]["body"]["keys"] if key["purpose"] == "record"][0] for each in (history, other))
    content, parcel = bytes(range(256)) * 200, workshop.path("parcel")
    workshop.run(
        "seal", workshop.write("parcel-content", content), "--identity", "parcel-sender", "--to", document, "--out", parcel)
    [key_file] = workshop.path("home/identities/parcel-reader").glob("keys-*.chkf")
    secret = f"x-wing:{sealing_seed(key_file.read_bytes()).hex()}"
    done = reader(parcel, secret, workshop.path("parcel-opened"), signer)
    require(done.returncode == 0, done.stderr)
    require((workshop.path("parcel-opened") / "content").read_bytes() == content, "another content")
    require(reader(parcel, secret, workshop.path("parcel-refused"), stranger).returncode == 1, "another sender was accepted")
    true = parcel.read_bytes()
    for place in [len(true) - 1, len(true) - len(content), 3]:
        altered = workshop.write("parcel-altered", true[:place] + bytes([true[place] ^ 1]) + true[place + 1:])
        require(reader(altered, secret, workshop.path("parcel-refused"), signer).returncode == 1, f"byte {place}")


@check("pyca opens a data key that was wrapped with ML-KEM-1024, in its own context alone")
def _(workshop):
    ring = json.loads((GOLDEN / "keyring-tier-3.json").read_bytes())["keyring"]
    [wrap] = ring["wraps"]
    private = MLKEM1024PrivateKey.from_seed_bytes(b"\x09" * 64)
    recipient = sha3_256(b"ML-KEM-1024\0" + private.public_key().public_bytes_raw()).digest()
    require(wrap["recipient"] == recipient.hex() and wrap["algorithm"] == "ML-KEM-1024-HKDF-SHA384-A256KW", "another recipient")
    secret = private.decapsulate(base64url(wrap["encapsulated"]))

    def opened(tier):
        parts = [b"chancery/vault-wrap/v1", bytes.fromhex(ring["manifest"]), recipient, bytes.fromhex(ring["data_key"])]
        info = b"".join(len(part).to_bytes(2, "big") + part for part in [*parts, bytes([tier])])
        key = HKDF(SHA384(), 32, None, info).derive(secret)
        return aes_key_unwrap(key, base64url(wrap["wrapped"]))

    require(opened(3) == DATA_KEY, "another data key")
    refuses(InvalidUnwrap, opened, 4)
