#!/usr/bin/env python3
"""What a gated and stamped call costs a Python program, over the daemon's Unix socket.

Starts a daemon in a home of its own and measures calls one after another, as one agent makes them. Every decision is durable
before it is answered, and so is every event; the outcome is written down some milliseconds later. The guarded body is empty.

    CHANCERY_BIN=.build/release/chancery scripts/bench/python_overhead.py [--calls N] [--json]
"""

import argparse
import asyncio
import json
import os
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


def measured(call, calls):
    for _ in range(calls // 10):
        call()
    times, began = [], time.process_time()
    for _ in range(calls):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return summary(times, time.process_time() - began)


def summary(times, own):
    """Percentiles in milliseconds, and this program's own work in the mean."""
    times = sorted(times)
    row = {f"p{share}_ms": round(times[len(times) * share // 100] * 1000, 3) for share in (50, 95, 99)}
    return {"calls": len(times), **row, "own_cpu_ms": round(own * 1000 / len(times), 3)}


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

        found["gated and stamped"] = measured(gated_and_stamped, options.calls)
        found["gated alone"] = measured(gated, options.calls)
        found["stamped alone"] = measured(lambda: client.stamp({"event_type": "note", "n": 1}), options.calls)
        found["a request that does nothing"] = measured(lambda: client.run(ask(Request("GET", "/health"))), options.calls)
        found["gated and stamped, asyncio"] = asyncio.run(in_tasks(client.daemon.socket, options.calls))
    if options.json:
        print(json.dumps(found))
        return
    print(f"{'':32}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'own CPU ms':>12}")
    for name, row in found.items():
        print(f"{name:32}{row['p50_ms']:9.3f}{row['p95_ms']:9.3f}{row['p99_ms']:9.3f}{row['own_cpu_ms']:12.3f}")


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
