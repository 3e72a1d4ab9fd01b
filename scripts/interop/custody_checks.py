"""Roots of vaults in a TPM and in a token, held against tpm2-tools, OpenSC and pyca, which have none of our code."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM1024PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from harness import PASSPHRASE, check, refuses, require

MODULES = ["/usr/lib/softhsm/libsofthsm2.so", *map(str, Path("/usr/lib").glob("*/softhsm/libsofthsm2.so"))]


class SoftwareTPM:
    """swtpm on a socket in the workshop's folder, and tpm2-tools beside it."""

    def __init__(self, workshop, name="tpm"):
        self.folder = workshop.path(name)
        self.folder.mkdir()
        self.tcti = f"swtpm:path={self.folder}/sock"
        self.process = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.folder}", "--server", f"type=unixio,path={self.folder}/sock",
             "--ctrl", f"type=unixio,path={self.folder}/sock.ctrl", "--flags", "not-need-init,startup-clear",
             "--log", f"file={self.folder}/log,level=20"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(500):
            if (self.folder / "sock").exists():
                break
            time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def attempt(self, *command):
        environment = {"PATH": os.environ["PATH"], "TPM2TOOLS_TCTI": self.tcti, "HOME": str(self.folder)}
        return subprocess.run(
            [str(part) for part in command], cwd=self.folder, env=environment, capture_output=True, timeout=60, stdin=subprocess.DEVNULL)

    def run(self, *command):
        done = self.attempt(*command)
        require(done.returncode == 0, f"{command[0]}: {done.stderr.decode()}")
        return done.stdout

    def bus(self):
        """All that went over the bus so far, in hexadecimal: the log has it in lines of bytes."""
        lines = (self.folder / "log").read_text(errors="replace").splitlines()
        return "".join(line.replace(" ", "").lower() for line in lines if re.fullmatch(r"( ?[0-9A-F]{2})+ ?", line))

    def flush(self):
        for kind in ["-t", "-l", "-s"]:
            self.run("tpm2_flushcontext", kind)


class SealedRoot:
    """The sealed root of a vault, read as docs/spec/vault-keys.md has it."""

    def __init__(self, data):
        require(data[:5] == b"CHSS\x01", "another magic")
        offset, self.names = 5, []
        for _ in range(2):
            self.names.append(data[offset + 1:offset + 1 + data[offset]].decode())
            offset += 1 + data[offset]
        self.header = data[:offset]
        length = int.from_bytes(data[offset:offset + 4], "big")
        self.payload = data[offset + 4:]
        require(len(self.payload) == length, "another length")

    def read_tpm(self):
        body = self.payload
        require(body[0] == 1 and body[68] == 1, "no TPM with a passphrase")
        cost, salt, offset = body[69:72], body[72:104], 104
        self.areas = []
        for _ in range(2):
            end = offset + 2 + int.from_bytes(body[offset:offset + 2], "big")
            self.areas.append(body[offset:end])
            offset = end
        self.nonce, self.head, self.sealed = body[offset:offset + 12], body[:offset + 12], body[offset + 12:]
        stretched = hashlib.scrypt(
            PASSPHRASE.encode(), salt=salt, n=1 << cost[0], r=cost[1], p=cost[2], maxmem=1 << 30, dklen=64)
        self.auth, self.share = stretched[:32].rstrip(b"\0"), stretched[32:]

    def open(self, key):
        key = HKDF(SHA384(), 32, None, b"chancery/tpm-seal/v1\0").derive(key + self.share)
        return AESGCM(key).decrypt(self.nonce, self.sealed, self.header + self.head)


def unsealed(tpm, root):
    """What tpm2-tools unseal of our object, or nothing."""
    for name, data in [("public", root.areas[0]), ("private", root.areas[1]),
                       ("unique", (b"\x20\x00" + bytes(128)) * 2)]:
        (tpm.folder / name).write_bytes(data)
    tpm.run("tpm2_createprimary", "-Q", "-C", "o", "-g", "sha256", "-G", "ecc256:aes128cfb", "-u", "unique", "-c", "primary", "-a",
            "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt")
    tpm.run("tpm2_load", "-Q", "-C", "primary", "-u", "public", "-r", "private", "-c", "object")
    tpm.run("tpm2_flushcontext", "-t")
    tpm.run("tpm2_startauthsession", "-Q", "--policy-session", "-S", "session")
    tpm.run("tpm2_policypcr", "-Q", "-S", "session", "-l", "sha256:7,16")
    tpm.run("tpm2_policyauthvalue", "-Q", "-S", "session")
    done = tpm.attempt("tpm2_unseal", "-c", "object", "-p", f"session:session+hex:{root.auth.hex()}")
    tpm.flush()
    return done.stdout if done.returncode == 0 else None


def root_of(workshop):
    """The id of the root and its sealed file."""
    keys = json.loads(workshop.run("keys", "list", "--json"))
    [name] = [key["id"] for key in keys if key["id"].startswith("rk_") and key["state"] == "active"]
    [file] = [path for path in workshop.path("home/vault").rglob(f"*{name}*") if path.is_file()]
    return name, SealedRoot(file.read_bytes())


def is_root(seed, identifier):
    public = MLKEM1024PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()
    return identifier == "rk_" + hashlib.sha3_256(public).hexdigest()[:32]


@check("tpm2-tools unseal the root of a vault that a TPM keeps, in the right state of the machine alone; our bus shows no key")
def _(workshop):
    with SoftwareTPM(workshop) as tpm:
        workshop.run("vault", "init", "--custody", "tpm", "--tcti", tpm.tcti, "--pcrs", "7,16")
        status = json.loads(workshop.run("vault", "status", "--json"))["custody"]
        require(status["name"] == "tpm2" and not status["extractable"] and not status["hardware_backed"], f"{status}")
        identifier, root = root_of(workshop)
        require(root.names == ["tpm2", "vault/root"], f"{root.names}")
        root.read_tpm()
        # Opens the root, and puts another one in its place.
        workshop.run("keys", "rotate")
        ours = tpm.bus()
        key = unsealed(tpm, root)
        require(key is not None and is_root(root.open(key), identifier), "another root")
        refuses(InvalidTag, root.open, bytes(32))
        # The tool asks for no encryption, so it shows what to look for.
        require(key.hex() in tpm.bus() and len(ours) > 4000, "the log does not show the bus")
        require(key.hex() not in ours and root.auth.hex() not in ours, "the bus carried the key or what the chip asks for")
        identifier, root = root_of(workshop)
        root.read_tpm()
        require(is_root(root.open(unsealed(tpm, root)), identifier), "another root after rotation")
        tpm.run("tpm2_pcrextend", f"16:sha256={'a5' * 32}")
        require(unsealed(tpm, root) is None, "tpm2_unseal opens in another state")
        refused = workshop.attempt("keys", "rotate")
        require(refused.returncode == 5 and b"vault.pcr_mismatch" in refused.stderr, refused.stderr)
        tpm.run("tpm2_pcrreset", "16")
        workshop.run("keys", "rotate")
    gone = workshop.attempt("keys", "rotate")
    require(gone.returncode == 5 and b"vault.custody_unavailable" in gone.stderr, gone.stderr)
    with SoftwareTPM(workshop, "other") as tpm:
        place = workshop.path("home/vault/custody.json")
        place.write_text(place.read_text().replace("/tpm/sock", "/other/sock"))
        other = workshop.attempt("keys", "rotate")
        require(other.returncode == 5 and b"vault.wrong_secret" in other.stderr, other.stderr)


@check("the key of a token is not extractable, by OpenSC's word, and the token opens the root of a vault")
def _(workshop):
    [module, *_] = [path for path in MODULES if Path(path).exists()]
    tokens = workshop.path("tokens")
    tokens.mkdir()
    workshop.environment["SOFTHSM2_CONF"] = str(workshop.write(
        "softhsm2.conf", f"directories.tokendir = {tokens}\nobjectstore.backend = file\n".encode()))
    pin = workshop.write("pin", b"31415926\n")
    pin.chmod(0o600)

    def tool(*arguments):
        return subprocess.run(
            [shutil.which(arguments[0]) or arguments[0], *map(str, arguments[1:])], env=workshop.environment, capture_output=True,
            timeout=60, stdin=subprocess.DEVNULL)

    def opensc(*arguments):
        return tool("pkcs11-tool", "--module", module, "--token-label", "vault", "--login", "--pin", "31415926", *arguments)

    made = tool("softhsm2-util", "--init-token", "--free", "--label", "vault", "--pin", "31415926", "--so-pin", "27182818")
    require(made.returncode == 0, made.stderr)
    workshop.run("vault", "init", "--custody", "pkcs11", "--module", module, "--token", "vault", "--pin-file", pin)
    status = json.loads(workshop.run("vault", "status", "--json"))["custody"]
    require(status["name"] == "pkcs11" and not status["extractable"] and status["claimed"], f"{status}")
    listed = opensc("--list-objects", "--type", "secrkey").stdout.decode()
    [access] = [line for line in listed.splitlines() if "Access:" in line]
    require("chancery-custody" in listed and "AES length 32" in listed, listed)
    require(all(word in access for word in ["sensitive", "always sensitive", "never extractable"]), access)
    shown = opensc("--read-object", "--type", "secrkey", "--label", "chancery-custody")
    require(shown.returncode != 0 and not shown.stdout, f"{shown}")
    _, root = root_of(workshop)
    require(root.names == ["pkcs11", "vault/root"], f"{root.names}")
    workshop.run("keys", "rotate")
    pin.write_bytes(b"31415927\n")
    wrong = workshop.attempt("keys", "rotate")
    require(wrong.returncode == 5 and b"vault.wrong_secret" in wrong.stderr, wrong.stderr)
    pin.write_bytes(b"31415926\n")
    workshop.run("keys", "rotate")
