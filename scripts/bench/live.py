#!/usr/bin/env python3
"""How long after its commit a record reaches a browser: `GET /v1/live` under load, from a home made for it.

    scripts/bench/live.py [--rate 200] [--seconds 20] [--listeners 1] [--binary .build/release/chancery]

A decision of the gate is one commit. Each is asked for over a connection of its own thread; the time begins when the answer is there, and
ends when the listener has read the event that holds the decision's record.
"""
import argparse
import http.client
import json
import pathlib
import queue
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
POLICY = """language: chancery/policy/v2
name: live
version: "1"
rules:
  - {id: reads, effect: allow, when: {action: read_db}}
"""


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--rate", type=int, default=200)
    options.add_argument("--seconds", type=int, default=20)
    options.add_argument("--listeners", type=int, default=1)
    options.add_argument("--threads", type=int, default=8)
    options.add_argument("--binary", default=str(ROOT / ".build/release/chancery"))
    options = options.parse_args()
    (ROOT / ".build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / ".build") as folder:
        run(options, pathlib.Path(folder))


def run(options, folder):
    environment = ["--home", str(folder / "home"), "--state", str(folder / "state")]

    def chancery(*arguments):
        subprocess.run([options.binary, *arguments, *environment, "--quiet"], check=True, stdout=subprocess.DEVNULL)

    (folder / "policy.yaml").write_text(POLICY)
    chancery("identity", "create", "alice", "--insecure-no-passphrase")
    chancery("agent", "register", "alice", "--role", "operator")
    chancery("gate", "init", "--insecure-no-passphrase")
    chancery("policy", "activate", str(folder / "policy.yaml"))
    server = subprocess.Popen(
        [options.binary, "serve", "--port", "0", "--json", *environment], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        place = json.loads(server.stdout.readline())
        url = urllib.parse.urlparse(place["url"])
        measure(options, url.hostname, url.port, place["sign_in"].split("#signin=")[1])
    finally:
        server.terminate()
        server.wait()


def measure(options, host, port, token):
    connection = http.client.HTTPConnection(host, port)
    connection.request("POST", "/v1/dashboard/session", json.dumps({"token": token}), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    session = json.loads(answer.read())
    headers = {
        "Cookie": answer.headers["Set-Cookie"].split(";")[0], "Chancery-CSRF": session["csrf"],
        "Content-Type": "application/json",
    }
    seen = [{} for _ in range(options.listeners)]
    for listener in seen:
        threading.Thread(target=listen, args=(host, port, headers, listener), daemon=True).start()
    time.sleep(1)
    answered, due = {}, queue.Queue()
    workers = [threading.Thread(target=work, args=(host, port, headers, due, answered)) for _ in range(options.threads)]
    for worker in workers:
        worker.start()
    start = time.perf_counter()
    for number in range(options.rate * options.seconds):
        time.sleep(max(0, start + number / options.rate - time.perf_counter()))
        due.put(number)
    for _ in workers:
        due.put(None)
    for worker in workers:
        worker.join()
    spent = time.perf_counter() - start
    time.sleep(2)
    times = sorted(max(0, listener[key] - moment) * 1000 for listener in seen for key, moment in answered.items() if key in listener)
    missing = sum(key not in listener for listener in seen for key in answered)
    print(json.dumps({
        "decisions": len(answered), "per_second": round(len(answered) / spent, 1), "listeners": options.listeners,
        "missing": missing, "p50_ms": round(statistics.median(times), 1), "p95_ms": round(times[int(len(times) * 0.95)], 1),
        "p99_ms": round(times[int(len(times) * 0.99)], 1), "max_ms": round(times[-1], 1),
    }))
    if missing or times[int(len(times) * 0.95)] >= 500:
        raise SystemExit("live: a record was missed, or p95 is half a second or more")


def work(host, port, headers, due, answered):
    connection = http.client.HTTPConnection(host, port)
    while (number := due.get()) is not None:
        body = json.dumps({"action": "read_db", "agent": "alice", "payload": {"n": number}})
        connection.request("POST", "/v1/gate/decisions", body, headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise SystemExit(content)
        answered[json.loads(content)["decision"]] = time.perf_counter()


def listen(host, port, headers, seen):
    connection = http.client.HTTPConnection(host, port)
    connection.request("GET", "/v1/live", headers={"Cookie": headers["Cookie"]})
    stream, name = connection.getresponse(), ""
    for line in stream:
        if line.startswith(b"event: "):
            name = line[7:].strip()
        elif line.startswith(b"data: ") and name == b"record":
            records, moment = json.loads(line[6:]), time.perf_counter()
            for record in records:
                seen[record["hash"]] = moment


main()
