#!/usr/bin/env python3
"""What a gated and stamped call costs a Python program, over the daemon's Unix socket.

Starts a daemon in a home of its own and measures calls one after another, as one agent makes them. Every decision is durable
before it is answered, and so is every event; the outcome is written down some milliseconds later. The guarded body is empty.
In turn with the package, the same two requests go out as bytes made beforehand: the difference is what the package costs.

    CHANCERY_BIN=.build/release/chancery scripts/bench/python_overhead.py [--calls N] [--json]
"""

import argparse
import asyncio
import json
import os
import socket
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Clients/python/src"))
os.environ.setdefault("CHANCERY_BIN", str(ROOT / ".build/release/chancery"))

import chancery  # noqa: E402
from chancery._flow import ask  # noqa: E402
from chancery._http import Request  # noqa: E402

POLICY = """
language: chancery/policy/v2
name: bench
version: "1"
rules:
  - {id: work, effect: allow, when: {action: ["send_*"]}}
  - {id: destroying, effect: forbid, when: {pattern: ['rm\\s+-rf', 'DROP\\s+TABLE']}}
"""
PAYLOAD = {"to": "ada@example.org", "subject": "hello", "body": "x" * 200}


def measured(calls, *kinds):
    """Times calls of each kind, in turn, so that all of them meet the same machine."""
    for kind in kinds:
        for _ in range(calls // 10):
            kind()
    times, own = [[] for _ in kinds], [0.0] * len(kinds)
    for _ in range(calls):
        for index, kind in enumerate(kinds):
            worked, start = time.process_time(), time.perf_counter()
            kind()
            times[index].append(time.perf_counter() - start)
            own[index] += time.process_time() - worked
    return [summary(*row) for row in zip(times, own, strict=True)]


def summary(times, own):
    """Percentiles in milliseconds, and this program's own work in the mean."""
    times = sorted(times)
    row = {f"p{share}_ms": round(times[len(times) * share // 100] * 1000, 3) for share in (50, 95, 99)}
    lowest = round(times[0] * 1000, 3)
    return {"calls": len(times), "lowest_ms": lowest, **row, "own_cpu_ms": round(own * 1000 / len(times), 3)}


class Raw:
    """The two requests of a gated and stamped call as bytes, and as little reading as can be."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(str(path))
        asked = {"action": "send_mail", "payload": PAYLOAD, "agent": "bench", "redeem": True}
        self.decision = self.request("/v1/gate/decisions", asked)

    def request(self, path, body):
        data = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        return head.encode() + data

    def ask(self, data):
        self.socket.sendall(data)
        said = self.socket.recv(1 << 16)
        head, _, body = said.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += self.socket.recv(1 << 16)
        return json.loads(body)

    def __call__(self):
        said = self.ask(self.decision)
        outcome = {"decision": said["decision"], "status": "done"}
        events = [{"event_type": "mail_sent", "to": "ada@example.org"}]
        receipts = self.ask(self.request("/v1/agents/bench/events", {"events": events, "outcomes": [outcome]}))
        assert said["redeemed"] and len(receipts["receipts"]) == 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = {}
    with chancery.local("bench", policy=POLICY) as client:

        def gated_and_stamped():
            with client.gate.guard("send_mail", PAYLOAD) as permit:
                permit.stamp({"event_type": "mail_sent", "to": "ada@example.org"})

        def gated():
            with client.gate.guard("send_mail", PAYLOAD):
                pass

        def nothing():
            client.run(ask(Request("GET", "/health")))

        calls = options.calls
        found["gated and stamped"], found["the same, raw"] = measured(calls, gated_and_stamped, Raw(client.daemon.socket))
        [found["gated alone"]] = measured(calls, gated)
        [found["stamped alone"]] = measured(calls, lambda: client.stamp({"event_type": "note", "n": 1}))
        [found["a request that does nothing"]] = measured(calls, nothing)
        found["gated and stamped, asyncio"] = asyncio.run(in_tasks(client.daemon.socket, calls))
    if options.json:
        print(json.dumps(found))
        return
    columns = ("lowest_ms", "p50_ms", "p95_ms", "p99_ms", "own_cpu_ms")
    print(f"{'':28}" + "".join(f"{name:>12}" for name in columns))
    for name, row in found.items():
        print(f"{name:28}" + "".join(f"{row[column]:12.3f}" for column in columns))


async def in_tasks(path, calls):
    async with chancery.connect_async(path, agent="bench") as client:
        times, began = [], 0.0
        for number in range(calls + calls // 10):
            if number == calls // 10:
                times, began = [], time.process_time()
            start = time.perf_counter()
            async with client.gate.guard("send_mail", PAYLOAD) as permit:
                permit.stamp({"event_type": "mail_sent", "to": "ada@example.org"})
            times.append(time.perf_counter() - start)
        return summary(times, time.process_time() - began)


if __name__ == "__main__":
    main()
