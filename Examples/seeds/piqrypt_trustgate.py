"""PiQrypt: TrustGate, evaluating a policy."""

from chancery.compat.trustgate import EvaluationContext, evaluate, load_policy

agent_id = "Gvm8i5UuTd3r8Qf22Z3YQATiszFGnQn3"

# Differs: the seed's policy with `REJECT` where it prints `DENY`, which its own code refuses, and with the action of the example among the tools of an operator.
with open("policy.yaml", "w") as file:
    file.write(r"""
version: "1.0"
name: "my_policy"

thresholds:
  vrs_require_human: 0.60
  vrs_block: 0.85
  tsi_critical_action: "BLOCK"

roles:
  operator:
    allowed_tools: [read_db, write_db, http_get, http_post, execute_trade]
    blocked_tools: [shell, admin, delete]
  read_only:
    allowed_tools: [read_db, list_files, search]
    blocked_tools: ["*_write", admin, delete]

dangerous_patterns:
  - "rm\\s+-rf"
  - "DROP\\s+TABLE"
  - "/etc/(passwd|shadow)"
  - "financial_transfer"

network:
  block_external: false
  log_external_calls: true

notification:
  timeout_seconds: 300
  on_timeout: "REJECT"   # or "ESCALATE"

escalation:
  max_watch_events: 5
  auto_restrict_after: 8
""")

# Load and hash-verify policy
policy = load_policy("policy.yaml")

# Build evaluation context
ctx = EvaluationContext(
    agent_id=agent_id,
    agent_name="trading_bot",
    action="execute_trade",
    payload={"symbol": "AAPL", "qty": 100},
    role="operator",
    vrs=0.18,              # from Vigil
    tsi_state="STABLE",    # from Vigil
    target_domain="nyse.com",
)

# Evaluate — deterministic, no side effects
decision = evaluate(ctx, policy)

print(decision.outcome)      # "ALLOW" | "BLOCK" | "REQUIRE_HUMAN" | ...
print(decision.reason)
print(decision.policy_hash == policy.policy_hash)

if decision.outcome == "BLOCK":
    raise PermissionError(f"TrustGate BLOCK: {decision.reason}")
elif decision.outcome == "REQUIRE_HUMAN":
    # Differs: this only rehearses. An action that really waits for a person is `client.gate.guard(…, wait=300)`.
    pass
