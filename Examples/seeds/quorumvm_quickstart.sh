#!/usr/bin/env bash
# QuorumVM: docker compose up, and the eight steps of `python -m quorumvm.demo.run_demo`, through curl.
#
#     quorumvm_quickstart.sh [FOLDER [PORT]]        FOLDER must not exist; custodians take the ports after PORT
set -euo pipefail
CHANCERY=${CHANCERY:-chancery}
folder=${1:-quorumvm-demo}
# Differs: 8001 and the ports that follow for what QuorumVM has on 8000 and 9100 to 9102.
base=${2:-8001}
coordinator=http://127.0.0.1:$((base + 5))
gateway=
stop() {
    if [[ -n $gateway ]]; then kill "$gateway" && wait "$gateway" || true; fi
    "$CHANCERY" compute cluster stop --dir "$folder" > /dev/null 2>&1 || true
}
trap stop EXIT
post() { curl --silent --max-time 60 --write-out '\n%{http_code}\n' -X POST "$coordinator$1" -H "Content-Type: application/json" -d "$2"; }
json() { python3 -c "import json, sys; print(json.load(sys.stdin)[sys.argv[1]])" "$1"; }

# docker compose up --build
# Differs: four custodians in place of three. With three, a wrong share is noticed and its sender is not known.
"$CHANCERY" compute cluster up --dir "$folder" --n 4 --k 2 --base-port "$base" --material 16 > /dev/null
# Differs: this interface is a trusted gateway: it sees inputs and results, and says so. A client that masks asks the coordinator itself (`chancery compute eval`).
"$CHANCERY" compute gateway --dir "$folder" --port $((base + 5)) > "$folder/gateway.log" &
gateway=$!
for _ in $(seq 100); do
    grep -q listening "$folder/gateway.log" && break
    sleep 0.1
done

# 1. and 2. Compile f(x) = (x+7)² to IR, and build a versioned package with SHA-256 content addressing.
package() { # budget and evaluations a minute, for each identity
    python3 - "$@" > "$folder/package.json" <<'PYTHON'
import hashlib, json, sys
nodes = [
    {"id": "x", "inputs": [], "type": "input"},
    {"id": "c", "inputs": [], "type": "const", "value": 7},
    {"id": "t", "inputs": ["x", "c"], "op": "add", "type": "add"},
    {"id": "y", "inputs": ["t", "t"], "op": "mul", "type": "mul"},
]
budget, rate = map(int, sys.argv[1:])
content = {
    "ir": {"nodes": nodes, "output_node_id": "y"},
    "policy_manifest": {"cost_per_eval": 1, "budget_per_identity": budget, "max_evals_per_minute": rate},
    "secret_manifest": {"secret_name": "S_v"},
}
text = json.dumps(content, sort_keys=True, separators=(",", ":"))
package = content | {"program_id": hashlib.sha256(text.encode()).hexdigest(), "version": "1.0.0"}
print(json.dumps({"program_package": package, "beaver_pool_size": 16}))
PYTHON
    program=$(python3 -c "import json, sys; print(json.load(open(sys.argv[1]))['program_package']['program_id'])" "$folder/package.json")
}

# 3. Install; the custodians make the material for products themselves, without a dealer.
install() { post /install "@$folder/package.json" | tail -n 1; }

# 4. Collect K-of-N approval signatures and activate the program.
# Differs: a custodian's people sign with ML-DSA-65 what they approve; an HMAC under a key that the coordinator knows approves nothing.
printf %s '{"allow_unchecked":false,"bits":null,"client_budget":100000,"cost":1,"evaluations_per_minute":100000,"extraction":{"agreement":900000,"weight_error":50000},"output_bits":127,"program_budget":100000,"ranges":false,"rank":null,"refill":false,"ticket_seconds":600,"type":"chancery/compute-policy/v1"}' > "$folder/policy.json"
approve() {
    "$CHANCERY" compute approve "$program" --dir "$folder" --home "$folder/c$(($1 + 1))/home" \
        --policy "$folder/policy.json" --out "$folder/approval-${program:0:8}-$1" > /dev/null
    post /approve "{\"program_id\": \"$program\", \"custodian_index\": $1, \"signature\": \"$(cat "$folder/approval-${program:0:8}-$1")\"}" | tail -n 1
}
status() { curl --silent "$coordinator/status/$program" | json status; }
evaluate() { post /eval "{\"identity_id\": \"$1\", \"program_id\": \"$program\", \"inputs\": {\"x\": $2}}"; }

package 5 10
install
status
approve 0
status
approve 1
status

# 5. Evaluate f(3)=100, f(10)=289, f(0)=49.
for x in 3 10 0; do
    echo "f($x)=$(evaluate user-123 $x | head -n 1 | json result)"
done

# 6. Exhaust the per-identity budget → HTTP 429
evaluate user-123 1 > /dev/null
evaluate user-123 2 > /dev/null
echo "budget: $(evaluate user-123 3 | tail -n 1)"

# 7. Trigger rate limiting → HTTP 429
package 100 2
install > /dev/null
approve 0 > /dev/null
approve 1 > /dev/null
for _ in 1 2 3; do
    echo "rate: $(evaluate user-123 1 | tail -n 1)"
done

# 8. Dump the hash-chained audit log and verify integrity
curl --silent "$coordinator/audit" | json chain_valid
