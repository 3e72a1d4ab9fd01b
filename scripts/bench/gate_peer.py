"""Policy engines, measured on request: a line of JSON comes in, a line of JSON with the figure goes out.

Each answers what our gate answers: may this operator do this, with this payload, at this risk? A figure is the median of
`count` decisions in microseconds, each timed alone, with what a caller has to build for it. Policies are loaded once.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

# Libraries print to standard output; answers alone belong there.
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

import casbin  # noqa: E402
import cedarpy  # noqa: E402
from trustgate import policy_engine  # noqa: E402
from trustgate.decision import EvaluationContext  # noqa: E402
from trustgate.policy_loader import load_policy  # noqa: E402

TOOLS = {
    "operator": ["read_db", "write_db", "http_get", "http_post", "execute_trade"], "read_only": ["list_files", "search"],
    "admin": [],
}
FORBIDDEN = ["shell", "admin", "delete"]
MEASUREMENTS = {}


def measurement(function):
    MEASUREMENTS[function.__name__] = function
    return function


def median(count, function):
    """Microseconds of one call."""
    for _ in range(min(count, 100)):
        function()
    times = []
    for _ in range(count):
        start = time.perf_counter_ns()
        function()
        times.append(time.perf_counter_ns() - start)
    return sorted(times)[count // 2] / 1000


def require(allowed, answer):
    if not allowed:
        raise ValueError(f"the engine says {answer}")


@measurement
def trustgate(request):
    """piqrypt's own engine with the policy that ours has; it loads the same file."""
    policy = load_policy(Path(request["policy"]))
    payload = json.loads(Path(request["payload"]).read_text())

    def decide():
        context = EvaluationContext(
            agent_id="trading_bot", agent_name="trading_bot", role=request["role"], action=request["action"], payload=payload,
            vrs=0.18, tsi_state="STABLE", a2c_score=0.0, trust_score=0.91, target_domain=request["target"])
        return policy_engine.evaluate(context, policy)

    decision = decide()
    require(decision.outcome == "ALLOW", decision)
    return median(request["count"], decide)


def wildcards(pattern):
    """An expression as Cedar's `like` can say it."""
    text = pattern.replace(r"\s+", " ").replace(r"\s*", "").replace(".*", "*")
    return "".join(character for character in text if character != "\\").replace('"', '\\"')


def cedar_policy(patterns):
    return "\n".join(
        [
            'permit(principal in Role::"operator", action == Action::"call_tool", resource in ToolSet::"operator")'
            ' when { context.vrs < 60 && context.tsi != "CRITICAL" };',
            'permit(principal in Role::"read_only", action == Action::"call_tool", resource in ToolSet::"read_only")'
            " when { context.vrs < 60 };",
            'permit(principal in Role::"admin", action, resource) when { context.vrs < 85 };',
            "forbid(principal, action, resource) when { context.vrs >= 85 };",
            'forbid(principal, action, resource) when { context.tsi == "CRITICAL" };',
            'forbid(principal in Role::"operator", action, resource == Tool::"shell");',
            'forbid(principal in Role::"operator", action, resource == Tool::"admin");',
            'forbid(principal in Role::"read_only", action, resource == Tool::"delete");',
            'forbid(principal, action, resource) when { context.external == true && !(principal in Role::"net") };',
        ]
        + [
            f'forbid(principal, action, resource) when {{ context.payload like "*{wildcards(pattern)}*" }};'
            for pattern in patterns
        ])


def cedar_entities():
    def entity(kind, name, *parents):
        return {
            "uid": {"type": kind, "id": name}, "attrs": {},
            "parents": [{"type": parent, "id": value} for parent, value in parents]}

    yield entity("Agent", "trading_bot", ("Role", "operator"), ("Role", "net"))
    for role in [*TOOLS, "net"]:
        yield entity("Role", role)
    for role, tools in TOOLS.items():
        yield entity("ToolSet", role)
        for tool in tools:
            yield entity("Tool", tool, ("ToolSet", role))
    for tool in FORBIDDEN:
        yield entity("Tool", tool)


@measurement
def cedar(request):
    """Cedar, policies and entities parsed beforehand. Its patterns are wildcards over the text as it is, in one case alone."""
    policies = cedarpy.PolicySet.from_str(cedar_policy(request["patterns"]))
    entities = cedarpy.Entities.from_json_str(json.dumps(list(cedar_entities())))
    payload = Path(request["payload"]).read_text()

    def decide(text=payload):
        question = {
            "principal": 'Agent::"trading_bot"', "action": 'Action::"call_tool"',
            "resource": f'Tool::"{request["action"]}"',
            "context": {"vrs": 18, "tsi": "STABLE", "external": True, "payload": text}}
        return cedarpy.is_authorized(question, policies, entities).decision

    require(decide() == cedarpy.Decision.Allow, decide())
    require(decide("x DROP TABLE y") == cedarpy.Decision.Deny, "yes to what it must refuse")
    return median(request["count"], decide)


MODEL = """[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act
"""


@measurement
def casbin_roles(request):
    """Casbin: roles and lists of tools. It looks at no payload, risk or target."""
    rules = [f"p, {role}, {tool}, call" for role, tools in TOOLS.items() for tool in tools]
    with tempfile.TemporaryDirectory() as folder:
        model, policy = Path(folder, "model.conf"), Path(folder, "policy.csv")
        model.write_text(MODEL)
        policy.write_text("\n".join([*rules, f"g, trading_bot, {request['role']}"]) + "\n")
        enforcer = casbin.Enforcer(str(model), str(policy))

    def decide(tool=request["action"]):
        return enforcer.enforce("trading_bot", tool, "call")

    require(decide() and not decide("shell"), "no")
    return median(request["count"], decide)


for line in sys.stdin:
    try:
        request = json.loads(line)
        answer = {"value": MEASUREMENTS[request["measure"]](request)}
    except Exception as error:  # the asker decides what a failure means
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), file=answers)
