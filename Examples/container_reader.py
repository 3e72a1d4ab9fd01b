#!/usr/bin/env python3
"""Opens a container without any code of ours, as docs/spec/container.md says: container_reader.py FOLDER SIGNER SECRET TARGET

FOLDER holds manifest.json, sealing.json, keyring.json and body-0, body-1, …, or is a parcel; SIGNER is the vault's or sender's key,
Ed25519+ML-DSA-65 in base64url; SECRET is `data-key:HEX` or `x-wing:HEX`, a recipient's seed (tiers 0 to 2). Needs `cryptography` 50. Each file is
written below TARGET once it was checked; whatever does not hold ends the program with an error.
"""

import base64
import json
import sys
from hashlib import sha256, sha3_256, shake_256
from pathlib import Path

from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa, mlkem, x25519
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand


def require(condition, message):
    if not condition:
        sys.exit(f"refused: {message}")


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def jcs(value):  # RFC 8785 of texts, integers and names in ASCII
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def verified(record, kind, key):
    body, [signature] = jcs(record["body"]), record["signatures"]
    require(record["body"]["type"] == kind and signature["suite"] == "Ed25519+ML-DSA-65", f"not a {kind}")
    value, label = unpadded(signature["value"]), b"chancery/ed25519/v1\0" + bytes([len(kind)]) + kind.encode()
    ed25519.Ed25519PublicKey.from_public_bytes(key[:32]).verify(value[:64], label + body)
    mldsa.MLDSA65PublicKey.from_public_bytes(key[32:]).verify(value[64:], body, kind.encode())
    return record["body"]


def root(leaf, index, last, path):  # RFC 9162 §2.1.3.2
    require(0 <= index <= last, "no such place")
    for sibling in path:
        require(last, "a path of another length")
        while not index & 1 and index == last:
            index, last = index >> 1, last >> 1
        leaf = sha256(b"\1" + (sibling + leaf if index & 1 else leaf + sibling)).digest()
        index, last = index >> 1, last >> 1
    require(last == 0, "a path of another length")
    return leaf


def unwrapped(ring, seed):
    material = shake_256(seed).digest(96)  # draft-connolly-cfrg-xwing-kem
    parts = mlkem.MLKEM768PrivateKey.from_seed_bytes(material[:64]), x25519.X25519PrivateKey.from_private_bytes(material[64:])
    recipient = sha3_256(b"X-Wing\0" + b"".join(part.public_key().public_bytes_raw() for part in parts)).digest()
    [wrap] = [wrap for wrap in ring["wraps"] if wrap["recipient"] == recipient.hex()]
    names = b"chancery/vault-wrap/v1", bytes.fromhex(ring["manifest"]), recipient, bytes.fromhex(ring["data_key"])
    info = b"".join(len(name).to_bytes(2, "big") + name for name in (*names, bytes([ring["tier"]])))
    suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
    sealed = unpadded(wrap["encapsulated"]) + unpadded(wrap["wrapped"])
    return suite.decrypt(sealed, hpke.MLKEM768X25519PrivateKey(*parts), info=info)


def opened(body, file, sealed, manifest, ring, data_key):
    place = {name: manifest[name] for name in ("artifact", "tier", "vault", "version")}
    context = jcs({**place, "data_key": ring["data_key"], "path": file["path"]})
    decryptor = Cobblestone256Decryptor(data_key, context)
    content = decryptor.update(body) + decryptor.finalize()
    public = manifest["kind"] in ("model-weights", "lora-adapter", "tokenizer", "safety-model")
    blind = b"" if public else HKDFExpand(SHA512(), 32, b"chancery/vault-blind/v1\0" + context).derive(data_key)
    level = [sha256(b"\0" + blind + content[i:i + 16384]).digest() for i in range(0, len(content) + 1, 16384)]
    while len(level) > 1:
        pairs = [level[i:i + 2] for i in range(0, len(level), 2)]
        level = [sha256(b"\1" + b"".join(pair)).digest() if len(pair) > 1 else pair[0] for pair in pairs]
    statement = sha256(b"chancery/content-tree/v1\0" + len(content).to_bytes(8, "big") + level[0]).hexdigest()
    require(body[:56].hex() == sealed["salt"] + sealed["commitment"] and statement == file["tree"], f"altered: {file['path']}")
    return content


def parts(file):  # of a parcel: three records and the body, after the sender's documents
    data, place, found = file.read_bytes(), 8, []
    require(data[:8] == b"CHPARCL1", "no parcel")
    for _ in range(4):
        end = place + 4 + int.from_bytes(data[place:place + 4], "big")
        found, place = [*found, json.loads(data[place + 4:end])], end
    return found[1:], data[place:]


folder, signer, secret, target = Path(sys.argv[1]), unpadded(sys.argv[2]), sys.argv[3].split(":"), Path(sys.argv[4])
if folder.is_dir():
    records = [json.loads((folder / f"{name}.json").read_bytes()) for name in ("manifest", "sealing", "keyring")]
else:
    records, parcel = parts(folder)
manifest = verified(records[0], "chancery/vault-manifest/v1", signer)
sealing = verified(records[1], "chancery/vault-sealing/v1", signer)
batch, ring = verified(records[2]["batch"], "chancery/vault-keyring-batch/v1", signer), records[2]["keyring"]
leaf, path = sha256(b"\0" + jcs(ring)).digest(), [bytes.fromhex(text) for text in records[2]["path"]]
require(root(leaf, records[2]["index"], batch["count"] - 1, path).hex() == batch["root"], "a keyring of another batch")
require(ring["counter"] == batch["first"] + records[2]["index"] and batch["vault"] == manifest["vault"], "another place")
require(ring["manifest"] == sealing["manifest"] == sha3_256(jcs(manifest)).hexdigest(), "records of different manifests")
require(ring["data_key"] == sealing["data_key"] and ring["tier"] == manifest["tier"], "records of different keys")
require([file["path"] for file in sealing["files"]] == [file["path"] for file in manifest["files"]], "other files")
data_key = bytes.fromhex(secret[1]) if secret[0] == "data-key" else unwrapped(ring, bytes.fromhex(secret[1]))
for number, (file, sealed) in enumerate(zip(manifest["files"], sealing["files"])):
    require(not {"", ".", ".."} & set(file["path"].split("/")), "a path that leaves its folder")
    body = (folder / f"body-{number}").read_bytes() if folder.is_dir() else parcel
    content = opened(body, file, sealed, manifest, ring, data_key)
    (target / file["path"]).parent.mkdir(parents=True, exist_ok=True)
    (target / file["path"]).write_bytes(content)
    print(f"opened {file['path']}: {len(content)} bytes")
