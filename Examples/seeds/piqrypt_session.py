"""PiQrypt: AgentSession, audit trails across frameworks."""

import hashlib

import chancery
from chancery.compat.session import AgentSession, verify_session

portfolio_data = b"10 AAPL"

# Differs: agents are those of a home, whose daemon signs for them; this starts one for a developer.
with chancery.local(agent="claude", role="orchestrator") as client:
    client.register("langgraph", "analyst")
    client.register("crewai", "trader")

    # 1. Declare all agents in the pipeline
    session = AgentSession([
        {"name": "claude",    "identity_file": "~/.piqrypt/claude.json"},
        {"name": "langgraph", "identity_file": "~/.piqrypt/langgraph.json"},
        {"name": "crewai",    "identity_file": "~/.piqrypt/crewai.json"},
    ], client)

    # 2. Start — performs pairwise handshakes (3 agents = 3 pairs)
    session.start()
    print(session.summary()["handshakes"], "handshakes")

    # 3. Co-signed cross-agent interaction
    event, interaction_hash = session.stamp("claude", "instruction_sent", {
        "task": "analyse portfolio",
        "context_hash": hashlib.sha256(portfolio_data).hexdigest(),
    }, peer="langgraph")
    # Differs: one record that both sign, where PiQrypt writes two that nobody can hold against each other.
    print(event["event_type"], session.get_agent("langgraph").events[-1]["event_type"])
    print(session.get_agent("langgraph").events[-1]["interaction_hash"] == interaction_hash)

    # 4. Unilateral action (no peer)
    event, interaction_hash = session.stamp("crewai", "trade_executed", {
        "symbol": "AAPL", "action": "BUY", "qty": 100
    })
    print(interaction_hash)

    event, _ = session.stamp("claude", "patient_visit", {
        "patient_id": "P2026-441",     # kept as-is (ends in _id)
        "diagnosis": "NSTEMI",         # → stored as diagnosis_hash: sha256("NSTEMI")
        "confidence": 0.91,            # → stored as confidence_hash: sha256("0.91")
    })
    print(event["payload"]["diagnosis_hash"] == hashlib.sha256(b"NSTEMI").hexdigest(), event["payload"]["patient_id"])
    print(event["payload"]["confidence_hash"] == hashlib.sha256(b"0.91").hexdigest())

    # 5. Export full cross-framework audit trail
    session.export("audit_session.json")

    # `piqrypt session-verify session_audit.json`, with the public documents of the members and nothing else
    documents = []
    for name in ("claude", "langgraph", "crewai"):
        client.daemon.run("identity", "export", name, "--out", f"{name}.identity.json")
        documents.append(f"{name}.identity.json")
    print(verify_session("audit_session.json", documents))
