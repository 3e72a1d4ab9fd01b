"""The MCP bridge with the official SDK, over a server in the same process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from meanwhile import asking
from scene import Scene

pytest.importorskip("mcp")

from mcp.client import Client as MCPClient
from mcp.server.mcpserver import MCPServer

from chancery import ApprovalRequired, ChanceryError, Denied, Unreachable
from chancery.bridges.mcp import AuditedMCPClient

RAN: list[Any] = []


def server() -> MCPServer:
    made = MCPServer("tests")

    @made.tool()
    def search(query: str) -> str:
        """Looks something up."""
        RAN.append(("search", query))
        return f"found {query}"

    @made.tool()
    def erase(path: str) -> str:
        """Erases a file."""
        RAN.append(("erase", path))
        return "erased"

    @made.tool()
    def pay(amount: int) -> str:
        """Pays."""
        RAN.append(("pay", amount))
        return "paid"

    @made.tool()
    def look() -> str:
        """Fails."""
        raise ValueError("the password is hunter2")

    @made.resource("note://one")
    def one() -> str:
        """A note."""
        return "first note"

    @made.prompt()
    def greet(name: str) -> str:
        """A prompt."""
        return f"Greet {name}."

    return made


def run(scene: Scene, act: Callable[[AuditedMCPClient], Awaitable[Any]], **settings: Any) -> Any:
    RAN.clear()

    async def main() -> Any:
        async with (
            MCPClient(server()) as connected,
            AuditedMCPClient(connected, settings.pop("client", None) or scene.client(), server="tests", **settings) as client,
        ):
            # Outside of the SDK's task groups, which would wrap it.
            try:
                result = await act(client)
            except ChanceryError as error:
                result = error
        if isinstance(result, ChanceryError):
            raise result
        return result

    return asyncio.run(main())


def test_an_allowed_tool_is_called_and_is_on_record_between_start_and_end(scene: Scene) -> None:
    result = run(scene, lambda client: client.call_tool("search", {"query": "owls"}))
    assert result.content[0].text == "found owls"
    assert RAN == [("search", "owls")]
    assert scene.types()[-4:] == ["mcp_session_start", "mcp_tool_call", "mcp_tool_result", "mcp_session_end"]
    call = scene.payloads()[-3]
    assert (call["tool"], call["server"]) == ("search", "tests")
    assert "owls" not in str(scene.payloads())
    assert scene.outcomes()[-1] == "done"


def test_a_forbidden_tool_is_not_called(scene: Scene) -> None:
    for name, arguments in (("erase", {"path": "/"}), ("search", {"query": "rm -rf /"})):
        with pytest.raises(Denied):
            run(scene, lambda client, n=name, a=arguments: client.call_tool(n, a))
        assert not RAN
        assert "mcp_tool_blocked" in scene.types()
        assert "mcp_tool_call" not in scene.types()


def test_a_tool_that_needs_a_person_waits_for_one_and_is_not_called_without(scene: Scene) -> None:
    with pytest.raises(ApprovalRequired):
        run(scene, lambda client: client.call_tool("pay", {"amount": 3}))
    assert not RAN
    with scene.approving():
        run(scene, lambda client: client.call_tool("pay", {"amount": 4}), wait=20)
    assert RAN == [("pay", 4)]


def test_a_tool_that_failed_is_an_outcome_that_failed(scene: Scene) -> None:
    result = run(scene, lambda client: client.call_tool("look"))
    assert result.is_error
    assert "mcp_tool_error" in scene.types()
    assert "hunter2" not in str(scene.payloads())
    assert scene.outcomes()[-1] == "failed"


def test_resources_and_prompts_are_on_record_and_gated_where_that_is_wanted(scene: Scene) -> None:
    async def both(client: AuditedMCPClient) -> Any:
        await client.get_prompt("greet", {"name": "Ada"})
        return await client.read_resource("note://one")

    assert run(scene, both).contents[0].text == "first note"
    for name in ("mcp_prompt_get", "mcp_prompt_result", "mcp_resource_read_start", "mcp_resource_read_complete"):
        assert name in scene.types()
    assert "Ada" not in str(scene.payloads())
    with pytest.raises(Denied):
        run(scene, lambda client: client.read_resource("note://one"), resource_action="erase_resource")


def test_what_is_not_a_call_goes_through_and_ways_around_the_gate_do_not(scene: Scene) -> None:
    async def listed(client: AuditedMCPClient) -> Any:
        for way in ("session", "send_request", "experimental", "_inner_"):
            with pytest.raises(AttributeError):
                getattr(client, way)
        return await client.list_tools()

    assert {tool.name for tool in run(scene, listed).tools} >= {"search", "erase"}


def test_a_tool_is_not_called_when_the_daemon_is_gone(gone: Any, scene: Scene) -> None:
    async def call(client: AuditedMCPClient) -> Any:
        client.audit.client = gone
        try:
            with pytest.raises(Unreachable):
                await client.call_tool("search", {"query": "owls"})
        finally:
            client.audit.client = scene.client()

    run(scene, call)
    assert not RAN


def test_arguments_that_cannot_be_copied_are_refused_and_nothing_is_asked() -> None:
    with asking() as heard:
        client = AuditedMCPClient(object(), heard.client)
        with pytest.raises(ChanceryError, match="not_portable"):
            asyncio.run(client.call_tool("search", {"parts": [memoryview(b"x")]}))
        assert not heard.payloads


class Recording:
    """A client that is connected to nothing, and says what it was told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    async def call_tool(self, name: str, arguments: Any, **more: Any) -> str:
        self.told.append((name, arguments, more))
        return "called"

    async def read_resource(self, uri: Any, **more: Any) -> str:
        self.told.append((uri, more))
        return "read"

    async def get_prompt(self, name: str, arguments: Any, **more: Any) -> str:
        self.told.append((name, arguments, more))
        return "got"


class Fickle:
    """An address that is another one each time it is asked."""

    def __init__(self) -> None:
        self.times = 0

    def __str__(self) -> str:
        self.times += 1
        return f"note://{self.times}"


def test_what_reaches_the_server_besides_the_arguments_is_decided_too() -> None:
    meta = {"account": "ada"}
    recording = Recording()

    async def main(client: AuditedMCPClient) -> None:
        await client.call_tool("search", {"query": "owls"}, meta=meta, read_timeout_seconds=3)
        await client.read_resource("note://one", meta=meta, request_state=None)
        await client.get_prompt("greet", {"name": "Ada"}, request_state="again")
        for name in ("_meta", "_request_state", "_input_responses", "_tenant"):
            for more in ({}, {"meta": meta}, {"tenant": "eve"}):
                if name != "_tenant" or "tenant" in more:
                    with pytest.raises(ChanceryError, match="invalid_value"):
                        await client.call_tool("search", {name: {}}, **more)

    def meanwhile(asked: Any) -> None:
        if asked.path == "/v1/gate/decisions":
            meta["account"] = "eve"

    with asking(meanwhile) as heard:
        client = AuditedMCPClient(recording, heard.client, resource_action="read", prompt_action="prompt")
        asyncio.run(main(client))
        assert heard.payloads == [
            {"query": "owls", "_meta": {"account": "ada"}},
            {"uri": "note://one", "_meta": {"account": "eve"}},
            {"name": "greet", "arguments": {"name": "Ada"}, "_request_state": "again"},
        ]
    assert recording.told == [
        ("search", {"query": "owls"}, {"meta": {"account": "ada"}, "read_timeout_seconds": 3}),
        ("note://one", {"meta": {"account": "eve"}, "request_state": None}),
        ("greet", {"name": "Ada"}, {"request_state": "again"}),
    ]


class Later(Recording):
    """A client of a version to come."""

    async def call_tool(self, name: str, arguments: Any, *, tenant: str | None = None) -> str:
        return await super().call_tool(name, arguments, tenant=tenant)


def test_an_argument_with_the_name_of_an_option_of_the_client_is_refused() -> None:
    later = Later()
    with asking() as heard:
        client = AuditedMCPClient(later, heard.client)
        with pytest.raises(ChanceryError, match="_tenant"):
            asyncio.run(client.call_tool("search", {"_tenant": "eve"}))
        asyncio.run(client.call_tool("search", {"tenant": "ada", "_name": "x"}))
        assert heard.payloads == [{"tenant": "ada", "_name": "x"}]
    assert len(later.told) == 1


def test_the_resource_that_is_decided_is_the_one_that_is_read() -> None:
    recording = Recording()
    with asking() as heard:
        asyncio.run(AuditedMCPClient(recording, heard.client, resource_action="read").read_resource(Fickle()))
        assert [payload["uri"] for payload in heard.payloads] == [uri for uri, _ in recording.told]
