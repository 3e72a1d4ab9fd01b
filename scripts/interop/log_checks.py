"""tlog-scales: our published log, read by somebody else's client (tlog_check.py)."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

from harness import PAYLOADS, check, require


def reader(*arguments):
    command = [sys.executable, "-B", Path(__file__).with_name("tlog_check.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def accepted(*arguments):
    done = reader(*arguments)
    require(done.returncode == 0, done.stderr)
    return done.stdout


def grown_log(workshop):
    """A log with two checkpoints; gives its folder, the keys' file and the earlier checkpoint."""
    workshop.run("identity", "create", "ours")
    workshop.run("log", "start", "--origin", "interop.chancery.example/log")
    workshop.stamp("ours", "aiss-2.1", PAYLOADS)
    workshop.run("log", "checkpoint")
    log = workshop.path("home") / "log"
    earlier = workshop.write("earlier", (log / "checkpoint").read_bytes())
    receipts = workshop.stamp("ours", "aiss-2.1", [{"event_type": "step", "n": n} for n in range(300)])
    workshop.run("log", "checkpoint")
    return log, workshop.write("vkeys", workshop.run("log", "keys").encode()), earlier, receipts


@check("tlog-scales verifies both signature types, tiles and inclusion in our log")
def _(workshop):
    log, keys, _, _ = grown_log(workshop)
    output = accepted(log, keys)
    require("types 0x01 and 0x06" in output, output)
    tile = log / "tile" / "0" / "000"
    hashes = bytearray(tile.read_bytes())
    hashes[-1] ^= 1
    tile.write_bytes(hashes)
    require(reader(log, keys).returncode == 1, "a changed tile is accepted")


@check("tlog-scales verifies consistency between two checkpoints of our log")
def _(workshop):
    log, keys, earlier, _ = grown_log(workshop)
    require("ok  consistency" in accepted(log, keys, "--old", earlier), "no consistency proof was checked")
    lines = earlier.read_text().split("\n")
    lines[1] = str(int(lines[1]) - 1)
    forged = workshop.write("forged", "\n".join(lines).encode())
    require(reader(log, keys, "--old", forged).returncode == 1, "a forged checkpoint is accepted")


@check("tlog-scales verifies our offline proof of one event")
def _(workshop):
    log, keys, _, receipts = grown_log(workshop)
    receipt = receipts[150]
    proof, record = workshop.path("event.tlog-proof"), workshop.path("event.json")
    workshop.run("log", "prove", receipt["position"], "--out", proof, "--record-out", record)
    # docs/spec/log-entry.md, written out independently of our code.
    digest = hashlib.sha256(stored(record)).hexdigest()
    entry = json.dumps({"id": receipt["hash"], "sha256": digest, "type": "AISS-2.1"}, separators=(",", ":")).encode()
    require("ok  proof" in accepted(log, keys, "--proof", proof, workshop.write("entry", entry)), "no proof was checked")
    other = workshop.write("other", entry.replace(b"AISS-2.1", b"AISS-1.0"))
    require(reader(log, keys, "--proof", proof, other).returncode == 1, "the proof holds for another entry")
    workshop.run("log", "verify", proof, "--record", record, "--log-keys", keys)


def stored(path):
    """The record's bytes; files for people end with a line feed that records do not have."""
    return path.read_bytes().removesuffix(b"\n")
