"""piqrypt 1.10.0, measured on request: a line of JSON comes in, a line of JSON with the figure goes out.

chancery-bench starts this and asks between its own measurements, so both see the same machine, disk and data.
HOME must be an empty folder on the disk to measure: the reference keeps its store there.
"""

import base64
import hashlib
import json
import os
import shutil
import sys
import time

# The reference prints to standard output; answers alone belong there.
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

from aiss import chain, identity, memory, stamp, verify  # noqa: E402
from aiss.canonical_aiss21 import canonicalize  # noqa: E402
from aiss.index import get_index  # noqa: E402
from aiss.signer import ML_DSA_65, HybridSigner, InMemoryEd25519Signer, Signer  # noqa: E402
from aiss.stamp_aiss2 import _build_signed_message  # noqa: E402
from dilithium_py.ml_dsa import ML_DSA_65 as dilithium  # noqa: E402

FOLDER, _, _, _ = memory._get_dirs()
PRIVATE, PUBLIC = identity.generate_keypair()
AGENT = identity.derive_agent_id(PUBLIC)
MEASUREMENTS = {}


def measurement(function):
    MEASUREMENTS[function.__name__] = function
    return function


def seconds(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def month_file():
    """The one file that the reference appends to by writing it anew."""
    return max(FOLDER.glob("*.json"))


def sync(path):
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def run(payloads, store):
    """Stamps a chain; with `store`, every event is kept and survives power loss before the next one starts."""
    previous = "0" * 64
    for payload in payloads:
        event = stamp.stamp_event(PRIVATE, AGENT, payload, previous_hash=previous)
        previous = chain.compute_event_hash(event)
        if store:
            memory.store_event(event)
            sync(month_file())


@measurement
def fill(request):
    """Makes the store hold exactly the events of a file, as if stored one by one."""
    shutil.rmtree(memory.PIQRYPT_DIR, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    memory.EVENTS_PLAIN_DIR.mkdir(parents=True)
    events = load(request["file"]) if "file" in request else []
    # The time of what is stamped later, so that all of it is one month.
    month = time.strftime("%Y-%m", time.gmtime())
    if events:
        (FOLDER / f"{month}.json").write_text(json.dumps(events, indent=2))
    rows = [
        {
            "event_hash": chain.compute_event_hash(event), "timestamp": event["timestamp"], "agent_id": event["agent_id"],
            "event_type": event["payload"]["event_type"], "nonce": event["nonce"], "file_path": f"{month}.json",
            "offset": 0, "length": len(json.dumps(event)), "session_id": event["payload"].get("session_id"),
        }
        for event in events
    ]
    with get_index() as index:
        index.rebuild_index(rows)
    return len(rows)


@measurement
def stamp_durable(request):
    payloads = load(request["file"])[: request["count"]]
    return len(payloads) / seconds(run, payloads, True)


@measurement
def stamp_memory(request):
    payloads = load(request["file"])[: request["count"]]
    return len(payloads) / seconds(run, payloads, False)


class PythonSigner(Signer):
    """ML-DSA-65 by dilithium-py behind the reference's own interface for signers."""

    algorithm = ML_DSA_65

    def __init__(self):
        self._public, self._private = dilithium.keygen()

    def public_key(self):
        return self._public

    def sign(self, message):
        return dilithium.sign(self._private, message)


@measurement
def stamp_hybrid(request):
    """AISS-2.1 events in memory: laid out by hand, signed by the reference's signer."""
    pair = HybridSigner(InMemoryEd25519Signer(PRIVATE), PythonSigner(), verify_after_sign=False)
    agent = identity.derive_agent_id_aiss21(*pair.public_keys())
    payloads = load(request["file"])[: request["count"]]

    def run_hybrid():
        previous = hashlib.sha512(b"PiQrypt-AISS-2.1-genesis\x00" + agent.encode()).hexdigest()
        for payload in payloads:
            event = {
                "version": "AISS-2.1", "agent_id": agent, "timestamp": int(time.time()), "nonce": stamp.generate_nonce(),
                "payload": payload, "previous_hash": previous,
            }
            signature = pair.sign(_build_signed_message(canonicalize(event)))
            event["signatures"] = {
                name: {"algorithm": algorithm, "signature": "base64:" + base64.b64encode(raw).decode()}
                for name, algorithm, raw in (
                    ("classical", "Ed25519", signature.classical), ("post_quantum", ML_DSA_65, signature.post_quantum))
            }
            event["trusted_timestamp"] = {"status": "pending"}
            previous = chain.compute_event_hash(event)

    return len(payloads) / seconds(run_hybrid)


@measurement
def verify_chain(request):
    """From the file of a chain to the verdict."""

    def whole():
        if not verify.verify_chain(load(request["file"]), document):
            raise ValueError("the reference refuses the chain")

    document = load(request["identity"])
    return seconds(whole)


@measurement
def search_type(request):
    """Milliseconds of one search."""

    def search():
        if len(memory.search_events(event_type=request["type"], limit=50)) != 50:
            raise ValueError("the search found too little")

    return seconds(search) * 1000


for line in sys.stdin:
    try:
        request = json.loads(line)
        answer = {"value": MEASUREMENTS[request["measure"]](request)}
    except Exception as error:  # the asker decides what a failure means
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), file=answers)
