"""One session of two frameworks, and the chains of both, verified by the binary."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from scene import House, Scene

pytest.importorskip("langchain_core")
pytest.importorskip("autogen_agentchat")

from langchain_core.tools import tool
from test_autogen import model

from chancery.bridges.autogen import AuditedAssistant
from chancery.bridges.langchain import ChanceryCallbackHandler, audited_tool
from chancery.compat.session import verify_session


@tool
def search(query: str) -> str:
    """Looks something up."""
    return f"found {query}"


def test_one_session_of_langchain_and_autogen_is_verified_by_a_stranger(scene: Scene, house: House, tmp_path: Path) -> None:
    members = ("researcher", "writer")
    clients = {name: scene.client(name) for name in members}
    session = house.client.session(members)

    # LangChain's agent looks something up and hands it over; AutoGen's writes about it.
    handler = ChanceryCallbackHandler(clients["researcher"], session=session)
    found = audited_tool(search, handler).invoke({"query": "owls"})
    handler.audit.note("handed_over", peer="writer", content_hash="ab" * 32)
    writer = AuditedAssistant("writer", model("an essay"), client=clients["writer"], session=session)
    asyncio.run(writer.run(task=found))
    session.end("researcher")

    path = tmp_path / "session.json"
    session.save(path)
    documents = [scene.document(name) for name in members]
    assert verify_session(path, documents)
    steps = path.read_text()
    for kind in ("tool_start", "tool_end", "handed_over", "assistant_reply"):
        assert kind in steps
    assert "owls" not in steps
    assert "essay" not in steps
    for found, other in (("tool_start", "tool_stop_"), ("abababab", "abababac"), ('"counter":5', '"counter":6')):
        path.write_text(steps.replace(found, other, 1))
        assert path.read_text() != steps
        assert not verify_session(path, documents), f"`{other}` was not found"


def test_the_chain_of_a_bridge_is_linked_and_verifies(scene: Scene) -> None:
    handler = ChanceryCallbackHandler(scene.client())
    for query in ("owls", "larks"):
        audited_tool(search, handler).invoke({"query": query})
    verdict = scene.verify()
    assert verdict.is_valid, verdict.findings
    assert scene.types() == ["callback_handler_initialized", "tool_start", "tool_end", "tool_start", "tool_end"]
