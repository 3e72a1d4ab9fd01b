"""MPyC measured on request: a line of JSON comes in, a line of JSON with the figure goes out.

Three parties as processes on loopback (Shamir shares, one may be semi-honest corrupt; no checks, no certificates), numpy arrays where
MPyC has them. This process is party 0; the others wait for its word and cost nothing meanwhile.
"""

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import time

PARTIES = 3
IS_FIRST = not any(argument.startswith("-I") for argument in sys.argv[1:])

if IS_FIRST:
    # Libraries print to standard output; answers alone belong there.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    free = []
    for _ in range(PARTIES):
        probe = socket.socket()
        probe.bind(("127.0.0.1", 0))
        free.append(probe)
    addresses = [argument for probe in free for argument in ("-P", f"127.0.0.1:{probe.getsockname()[1]}")]
    for probe in free:
        probe.close()
    for party in range(1, PARTIES):
        subprocess.Popen(
            [sys.executable, "-B", __file__, *addresses, f"-I{party}", "--no-log"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    sys.argv[1:] = [*addresses, "-I0", "--no-log"]

from mpyc.runtime import mpc  # noqa: E402  (reads the arguments)
import mpyc.numpy  # noqa: E402,F401

PRIME = 2**127 - 1
MEASUREMENTS = {}


def measurement(function):
    MEASUREMENTS[function.__name__] = function
    return function


async def everybody():
    """Waits until all parties are here."""
    await mpc.transfer(0)


@measurement
async def products(count, rounds):
    """Products a second of two shared vectors, the last of `rounds` opened."""
    import numpy

    field = mpc.SecFld(PRIME)
    x = mpc.input(field.array(numpy.arange(3, count + 3, dtype=object)), 0)
    await mpc.output(x[:1])
    await everybody()
    start = time.perf_counter()
    z = x
    for _ in range(rounds):
        z = z * x
    await mpc.output(z)
    return rounds * count / (time.perf_counter() - start)


@measurement
async def chain(depth, count):
    """Milliseconds of `depth` products one after another, the middle of `count` runs."""
    field = mpc.SecFld(PRIME)
    x = mpc.input(field(3), 0)
    await mpc.output(x)
    times = []
    for _ in range(count):
        await everybody()
        start = time.perf_counter()
        z = x
        for _ in range(depth):
            z = z * x
        await mpc.output(z)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def weighted(features):
    number = mpc.SecFxp(64, 24)
    weights = mpc.input([number((3 * i % 17 - 8) / 8) for i in range(features)], 0)
    return number, weights


@measurement
async def score(features, count):
    """Milliseconds from shared inputs to an opened fixed-point score, the middle of `count`."""
    number, weights = weighted(features)
    inputs = mpc.input([number((7 * i % 13) / 4) for i in range(features)], 0)
    await mpc.output(inputs[0])
    times = []
    for _ in range(count):
        await everybody()
        start = time.perf_counter()
        await mpc.output(mpc.in_prod(inputs, weights))
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


@measurement
async def scores(features, batch, count):
    """Opened fixed-point scores a second, `batch` at once."""
    import numpy

    number = mpc.SecFxp(64, 24)
    weights = mpc.input(number.array(numpy.array([(3 * i % 17 - 8) / 8 for i in range(features)])), 0)
    rows = numpy.array([[(7 * i + j) % 13 / 4 for i in range(features)] for j in range(batch)])
    inputs = mpc.input(number.array(rows), 0)
    await mpc.output(inputs[0])
    times = []
    for _ in range(count):
        await everybody()
        start = time.perf_counter()
        await mpc.output(inputs @ weights)
        times.append(time.perf_counter() - start)
    return batch / statistics.median(times)


@measurement
async def comparison(count):
    """Milliseconds for whether a 64-bit number is negative, the middle of `count`."""
    number = mpc.SecInt(64)
    x = mpc.input(number(-12345), 0)
    await mpc.output(x)
    times = []
    for _ in range(count):
        await everybody()
        start = time.perf_counter()
        await mpc.output(x < 0)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


@measurement
async def logistic(features, batch, count):
    """Milliseconds for `batch` scores through a sigmoid of three straight pieces, which is all MPyC's operations make cheap."""
    number, weights = weighted(features)
    rows = [mpc.input([number((7 * i + j) % 13 / 16) for i in range(features)], 0) for j in range(batch)]
    await mpc.output(rows[-1][0])
    times = []
    for _ in range(count):
        await everybody()
        start = time.perf_counter()
        total = [mpc.in_prod(row, weights) for row in rows]
        opened = []
        for value in total:
            low, high = value < -2, value >= 2
            middle = value / 4 + 0.5
            opened.append((1 - low - high) * middle + high)
        await mpc.output(opened)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


async def main():
    async with mpc:
        loop = asyncio.get_running_loop()
        while True:
            line = ""
            if IS_FIRST:
                line = await loop.run_in_executor(None, sys.stdin.readline)
            line = (await mpc.transfer(line, senders=[0]))[0]
            if not line:
                break
            try:
                request = json.loads(line)
                name = request.pop("measure")
                answer = {"value": await MEASUREMENTS[name](**request)}
            except Exception as error:  # the asker decides what a failure means
                answer = {"error": f"{type(error).__name__}: {error}"}
            if IS_FIRST:
                print(json.dumps(answer), file=answers)


mpc.run(main())
