"""pyca/cryptography: our ML-DSA signatures in OpenSSL's verifier, X-Wing HPKE both ways."""

import hashlib
import os

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey, MLDSA87PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite
from harness import base64url, check, refuses, require

SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
CONTEXT = b"chancery/identity/v1"


def root_signature(workshop, suite):
    """The body of a fresh identity document as signed, its root key and the root's signature."""
    workshop.run("identity", "create", "ours", "--suite", suite)
    history, _ = workshop.identity("ours", "document")
    document = history[-1]
    [key] = [entry for entry in document["body"]["keys"] if entry["purpose"] == "root"]
    [signature] = document["signatures"]
    return rfc8785.dumps(document["body"]), base64url(key["key"]), base64url(signature["value"])


def requires_context(key, signature, body):
    key.verify(signature, body, CONTEXT)
    refuses(InvalidSignature, key.verify, signature, body, b"chancery/identity/v2")
    refuses(InvalidSignature, key.verify, signature, body)
    refuses(InvalidSignature, key.verify, signature, body[:-1] + b" ", CONTEXT)


@check("pyca verifies the ML-DSA-65 and ML-DSA-87 root signatures of our identity documents")
def _(workshop):
    for number, (suite, kind) in enumerate([("ml-dsa-65", MLDSA65PublicKey), ("ml-dsa-87", MLDSA87PublicKey)]):
        workshop.environment["CHANCERY_HOME"] = str(workshop.path(f"home-{number}"))
        workshop.folder = workshop.path(f"files-{number}")
        workshop.folder.mkdir()
        body, key, signature = root_signature(workshop, suite)
        requires_context(kind.from_public_bytes(key), signature, body)


@check("pyca verifies both halves of a hybrid root signature")
def _(workshop):
    body, key, signature = root_signature(workshop, "hybrid")
    requires_context(MLDSA65PublicKey.from_public_bytes(key[32:]), signature[64:], body)
    classical = Ed25519PublicKey.from_public_bytes(key[:32])
    message = b"chancery/ed25519/v1\x00" + bytes([len(CONTEXT)]) + CONTEXT + body
    classical.verify(signature[:64], message)
    refuses(InvalidSignature, classical.verify, signature[:64], body)


def expanded(seed):
    """The two private keys of an X-Wing seed (draft-connolly-cfrg-xwing-kem, key generation)."""
    material = hashlib.shake_256(seed).digest(96)
    quantum = MLKEM768PrivateKey.from_seed_bytes(material[:64])
    return MLKEM768X25519PrivateKey(quantum, X25519PrivateKey.from_private_bytes(material[64:]))


@check("pyca opens an X-Wing HPKE object of ours")
def _(workshop):
    seed, info, text = os.urandom(32), b"chancery interop", b"sealed by us"
    sealed = workshop.tool("seal", workshop.tool("public", seed), info, text)
    require(SUITE.decrypt(sealed, expanded(seed), info=info) == text, "another text")
    refuses(Exception, SUITE.decrypt, sealed, expanded(seed), info=b"other")
    refuses(Exception, SUITE.decrypt, sealed[:-1] + bytes([sealed[-1] ^ 1]), expanded(seed), info=info)


@check("we open an X-Wing HPKE object of pyca's")
def _(workshop):
    seed, info, text = os.urandom(32), b"chancery interop", b"sealed by pyca"
    sealed = SUITE.encrypt(text, expanded(seed).public_key(), info=info)
    require(workshop.tool("open", seed, info, sealed) == text, "another text")
    refuses(AssertionError, workshop.tool, "open", seed, b"other", sealed)
    refuses(AssertionError, workshop.tool, "open", seed, info, sealed[:-1] + bytes([sealed[-1] ^ 1]))
