"""PiQrypt: Vigil, behavioural monitoring."""

import chancery
from chancery.compat.vigil import compute_a2c_risk, compute_tsi, compute_vrs, get_installation_summary

# Differs: scores are the daemon's, of what it verified and has on record. A caller names an agent, and states neither events nor scores.
with chancery.local(agent="my_agent", role="operator") as client:
    client.stamp_many([{"event_type": "step", "number": number} for number in range(20)])

    # VRS for a single agent
    result = compute_vrs("my_agent", client)
    print(0 <= result["vrs"] <= 1)                        # float [0, 1]
    print(result["state"])                                # "SAFE"
    print(0 <= result["components"]["trust_score"]["score"] <= 1)
    print(result["components"]["tsi"]["state"])           # "STABLE"
    print(result["components"]["a2c"]["risk"])
    print(result["alerts"])                               # [] — list of active alerts

    # Installation-wide summary (all agents)
    summary = get_installation_summary(client)
    print(summary["installation_state"])                  # "SAFE"
    print(summary["critical_count"])                      # 0

    result = compute_tsi("my_agent", client)
    print(result["tsi_state"])                            # "STABLE"
    print(result["delta_24h"], result["z_score"])

    result = compute_a2c_risk("my_agent", client)
    print(result["a2c_risk"])                             # 0.0 — float [0, 1]
    print(result["severity"])                             # "NONE"
    print(sorted(result["indicators"]))
