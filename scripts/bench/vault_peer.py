"""What else seals files, measured on request: a line of JSON comes in, a line of JSON with the figure goes out.

A figure is bytes in a second of wall time for one file, from the page cache. age and pyrage go from file to file; pqc-enclave-sdk
keeps everything in memory, so only its calls are timed. With `sync` what was written is synced, as ours is.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

# Libraries print to standard output; answers alone belong there.
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

MEASUREMENTS = {}
AGE_KEY = Path(os.environ["HOME"], "age.key")


def measurement(function):
    MEASUREMENTS[function.__name__] = function
    return function


def rate(request, work):
    """Bytes a second of `work`, which turns `file` into `out`."""
    start = time.perf_counter()
    work()
    if request.get("sync"):
        with open(request["out"], "rb") as written:
            os.fsync(written.fileno())
    return request["bytes"] / (time.perf_counter() - start)


def age_recipient():
    if not AGE_KEY.exists():
        subprocess.run(["age-keygen", "-o", AGE_KEY], check=True, capture_output=True)
    text = subprocess.run(["age-keygen", "-y", AGE_KEY], check=True, capture_output=True, text=True)
    return text.stdout.strip()


@measurement
def age_put(request):
    command = ["age", "-r", age_recipient(), "-o", request["out"], request["file"]]
    return rate(request, lambda: subprocess.run(command, check=True))


@measurement
def age_get(request):
    return rate(request, lambda: subprocess.run(["age", "-d", "-i", AGE_KEY, "-o", "/dev/null", request["out"]], check=True))


PYRAGE = []


def pyrage_identity():
    from pyrage import x25519

    if not PYRAGE:
        PYRAGE.append(x25519.Identity.generate())
    return PYRAGE[0]


@measurement
def pyrage_put(request):
    import pyrage

    recipients = [pyrage_identity().to_public()]
    return rate(request, lambda: pyrage.encrypt_file(request["file"], request["out"], recipients))


@measurement
def pyrage_get(request):
    import pyrage

    return rate(request, lambda: pyrage.decrypt_file(request["out"], "/dev/null", [pyrage_identity()]))


VAULTS = {}


@measurement
def enclave_put(request):
    """pqc-enclave-sdk: seals in memory and keeps it there."""
    from pqc_enclave_sdk import ArtifactKind, EnclaveVault, InMemoryEnclaveBackend

    content = Path(request["file"]).read_bytes()
    vault = EnclaveVault(InMemoryEnclaveBackend())
    vault.unlock()
    VAULTS["last"] = vault
    return rate(request, lambda: vault.put_artifact("model", ArtifactKind.MODEL_WEIGHTS, content))


@measurement
def enclave_get(request):
    from pqc_enclave_sdk import ArtifactKind

    if "last" not in VAULTS:
        enclave_put(request)
    vault = VAULTS["last"]
    return rate(request, lambda: vault.get_artifact("model"))


@measurement
def has(request):
    """1 when a measurement can be made here, else 0."""
    program = {"age": lambda: subprocess.run(["age", "--version"], capture_output=True, check=True)}
    try:
        program.get(request["peer"], lambda: __import__(request["peer"]))()
        return 1
    except Exception:
        return 0


for line in sys.stdin:
    try:
        request = json.loads(line)
        answer = {"value": MEASUREMENTS[request["measure"]](request)}
    except Exception as error:  # the asker decides what a failure means
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), file=answers)
