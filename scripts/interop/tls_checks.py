"""TLS between nodes: pyca reads our certificates; Go speaks with our server and our client; classical peers do not."""

import contextlib
import functools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from harness import ROOT, check, refuses, require

FEDERATION = "ab" * 32


def did(number):
    return f"{number:02x}" * 32


def name(number):
    return f"spiffe://{FEDERATION}/node/{did(number)}"


def node(workshop, number, authority="ca"):
    """The folder of a node with a certificate of `authority`, each authority being a home of its own."""
    workshop.environment["CHANCERY_HOME"] = str(workshop.path(authority))
    if not workshop.path(authority).exists():
        workshop.run("ca", "init", "--federation", FEDERATION)
    folder = workshop.path(f"{authority}-{number}")
    workshop.run("ca", "issue", f"did:pqaid:{did(number)}", "--out", folder, "--host", "127.0.0.1", "--pkcs8")
    return folder


@contextlib.contextmanager
def served(workshop, *arguments):
    """`chancery serve` on a port of its own; gives its address."""
    command = [str(ROOT / ".build/release/chancery"), "serve", "--port", "0", "--json", *map(str, arguments)]
    process = subprocess.Popen(command, env=workshop.environment, stdout=subprocess.PIPE)
    try:
        url = json.loads(process.stdout.readline())["url"]
        yield url.split("//")[1]
    finally:
        process.terminate()
        require(process.wait(timeout=6) == 0, "the server did not end well")


@functools.cache
def peer():
    """The Go program, built from the standard library alone."""
    folder = Path(sys.prefix) / "tls-peer"
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "GOCACHE": str(folder / "cache"), "GOFLAGS": "-mod=mod",
        "GOTOOLCHAIN": "local", "GOPROXY": "off", "CGO_ENABLED": "0",
    }
    folder.mkdir(exist_ok=True)
    source = ROOT / "scripts/interop/tls_peer/main.go"
    go = Path(sys.prefix) / "bin/go"
    subprocess.run([go, "build", "-o", folder / "peer", source], env=environment, check=True, timeout=400)
    return folder / "peer"


def go_client(address, folder, group="hybrid"):
    return subprocess.run([peer(), "client", address, folder, group], capture_output=True, timeout=60, text=True)


def requires_hybrid(report, number):
    expected = {"version": "TLS 1.3", "group": "X25519MLKEM768", "signature": "ML-DSA-65", "peer": name(number)}
    for key, value in expected.items():
        require(report[key] == value, f"{key} is {report[key]}, not {value}")


@check("pyca reads our certificates and keys, and verifies their signatures")
def _(workshop):
    folder = node(workshop, 1)
    leaf, authority = x509.load_pem_x509_certificates((folder / "node.pem").read_bytes())
    leaf.verify_directly_issued_by(authority)
    authority.verify_directly_issued_by(authority)
    foreign = x509.load_pem_x509_certificate((node(workshop, 1, "other") / "authority.pem").read_bytes())
    refuses((InvalidSignature, ValueError), leaf.verify_directly_issued_by, foreign)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    require(names.get_values_for_type(x509.UniformResourceIdentifier) == [name(1)], "another name")
    require(not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca, "a node is no authority")
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints)
    require(constraints.critical and constraints.value.permitted_subtrees[0].value == FEDERATION, "other constraints")
    key = load_pem_private_key((folder / "node-key.pem").read_bytes(), None)
    require(key.public_key().public_bytes_raw() == leaf.public_key().public_bytes_raw(), "another key")
    require(leaf.public_bytes(Encoding.PEM).decode().splitlines() == (folder / "node.pem").read_text().splitlines()[
        : len(leaf.public_bytes(Encoding.PEM).decode().splitlines())], "another text form")


@check("Go speaks with our server: TLS 1.3, X25519MLKEM768, ML-DSA-65 from both sides")
def _(workshop):
    server, client, stranger = node(workshop, 1), node(workshop, 2), node(workshop, 2, "other")
    workshop.environment["CHANCERY_HOME"] = str(workshop.path("ca"))
    with served(workshop, "--tls", server) as address:
        done = go_client(address, client)
        require(done.returncode == 0, done.stderr)
        requires_hybrid(json.loads(done.stdout), 1)
        require(json.loads(done.stdout)["line"] == "HTTP/1.1 200 OK", done.stdout)
        classical = go_client(address, client, "classical")
        require(classical.returncode != 0 and "handshake failure" in classical.stderr, f"classical: {classical}")
        # The stranger believes our server and is not believed.
        shutil.copy(client / "authority.pem", stranger / "authority.pem")
        foreign = go_client(address, stranger)
        require(foreign.returncode != 0, f"a stranger got through: {foreign}")


@check("openssl with classical groups only is refused by our server")
def _(workshop):
    folder = node(workshop, 1)
    with served(workshop, "--tls", folder) as address:
        for groups in ["X25519", "P-256:P-384:X448"]:
            command = ["openssl", "s_client", "-connect", address, "-tls1_3", "-groups", groups]
            done = subprocess.run(command, input=b"", capture_output=True, timeout=30)
            text = (done.stdout + done.stderr).decode(errors="replace")
            require(done.returncode != 0 and re.search("handshake failure", text), f"{groups}: {text[-600:]}")


@check("our client speaks with Go's server, and with nobody but the node that it calls")
def _(workshop):
    theirs, ours, foreign = node(workshop, 3), node(workshop, 4), node(workshop, 3, "other")
    for folder, expected, succeeds in [(theirs, name(3), True), (theirs, name(5), False), (foreign, name(3), False)]:
        if folder == foreign:
            shutil.copy(ours / "authority.pem", foreign / "authority.pem")
        process = subprocess.Popen([peer(), "server", folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            port = process.stdout.readline().strip()
            seed = (ours / "node-key.pem").read_bytes()
            key = load_pem_private_key(seed, None).private_bytes_raw().hex()
            command = [ROOT / ".build/release/chancery-interop", "connect", port, ours / "node.pem", key, expected]
            done = subprocess.run(list(map(str, command)), capture_output=True, timeout=60, text=True)
            if succeeds:
                require(done.returncode == 0 and done.stdout.strip() == "hello", f"{done}")
                requires_hybrid(json.loads(process.communicate(timeout=20)[0]), 4)
            else:
                require(done.returncode != 0, f"connected to {expected}: {done}")
        finally:
            process.kill()
            process.wait()
