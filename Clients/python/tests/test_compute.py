"""A program that nobody holds, asked from Python: four custodians and a coordinator as processes."""

import json
import socket
from decimal import Decimal

import pytest

import chancery

PROGRAM = """
secret w: int<16>[2] in -100...100
input income: int<16> in 0...1000
input debts: int<16> in 0...1000
output granted = dot(w, [income, debts]) >= 5000
"""


def free_ports(count):
    """The first of so many ports in a row that nobody has now."""
    for first in range(21_000, 60_000, 50):
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise AssertionError("no ports")


# The owner sets no limit on copying, so nobody has to state what could be copied.
POLICY = {
    "allow_unchecked": False,
    "bits": None,
    "client_budget": 5,
    "cost": 1,
    "evaluations_per_minute": 100,
    "extraction": None,
    "output_bits": 1,
    "program_budget": 1000,
    "ranges": True,
    "rank": None,
    "refill": True,
    "ticket_seconds": 3600,
    "type": "chancery/compute-policy/v1",
}


@pytest.fixture(scope="module")
def committee(house):
    """The folder of a committee, and the program that it holds."""
    folder, work = house.folder / "committee", house.folder
    (work / "score.chc").write_text(PROGRAM)
    (work / "secrets.json").write_text('{"w[0]": "40", "w[1]": "-25"}')
    house.run("compute", "cluster", "up", "--dir", folder, "--base-port", free_ports(6), "--material", "64")
    try:
        package = work / "package.json"
        (work / "policy.json").write_text(json.dumps(POLICY, sort_keys=True, separators=(",", ":")))
        secrets = ("--secrets", work / "secrets.json", "--policy", work / "policy.json")
        house.run("compute", "package", work / "score.chc", "--dir", folder, *secrets, "--out", package)
        program = house.run("compute", "install", "--dir", folder, package).strip()
        house.run("compute", "secrets", "--dir", folder, program, work / "secrets.json")
        for number in (1, 2):
            house.run("compute", "approve", "--dir", folder, "--home", folder / f"c{number}/home", program)
        house.run("compute", "activate", "--dir", folder, program)
        yield folder, program
    finally:
        house.run("compute", "cluster", "stop", "--dir", folder)


def test_a_program_is_evaluated_within_its_budget(committee, monkeypatch):
    folder, program = committee
    compute = chancery.Compute(folder)
    answer = compute.eval(program, {"income": 300, "debts": "40"})
    assert answer["granted"] == 1
    assert answer.assurance in ("checked", "corrected")
    monkeypatch.setenv("CHANCERY_COMPUTE", str(folder))
    rows = chancery.Compute().eval_many(program, [{"income": 100, "debts": 40}, {"income": Decimal(1000), "debts": 0.0}])
    assert [row["granted"] for row in rows] == [0, 1]
    with pytest.raises(chancery.ChanceryError) as failure:
        compute.eval(program, {"income": 1001, "debts": 0})
    assert failure.value.code != "client.command_failed"
    for _ in range(2):
        compute.eval(program, {"income": 1, "debts": 1})
    with pytest.raises(chancery.ChanceryError) as failure:
        compute.eval(program, {"income": 1, "debts": 1})
    assert failure.value.code == "compute.budget_exhausted"


@pytest.mark.parametrize("value", [True, float("nan"), "many", float("inf")])
def test_what_is_no_number_is_not_sent(value):
    with pytest.raises(chancery.ChanceryError) as failure:
        chancery.Compute("/nowhere").eval("ab" * 32, {"x": value})
    assert failure.value.code == "client.not_portable"


@pytest.mark.parametrize(
    "said",
    [
        {"assurance": "certain", "named": [], "results": [{}]},
        {"assurance": "checked", "named": [], "results": []},
        {"assurance": "checked", "named": [], "results": [{"x": "many"}]},
        {"assurance": "checked", "results": [{}]},
        [],
    ],
)
def test_an_evaluation_that_is_not_understood_is_refused(said):
    from chancery.compute import _read

    with pytest.raises(chancery.Malformed):
        _read(json.loads(json.dumps(said)), 1)
