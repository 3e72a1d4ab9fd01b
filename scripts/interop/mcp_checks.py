"""The official MCP SDK as client and as server, with our gateway between them, in both eras."""

import asyncio
import contextlib
import json
import subprocess
import sys
from pathlib import Path

from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp_types import ListRootsResult, Root

from harness import ROOT, check, require

SERVER = Path(__file__).resolve().parent / "mcp_server.py"
ERAS = {"2025-11-25": "legacy", "2026-07-28": "2026-07-28"}
HOSTILE = "'; rm -rf / #\"$(id)`id`\\ \u2028\u0085\r\n\t{\"jsonrpc\":\"2.0\"} \U0001f600"
PATIENCE = 30


POLICY = """language: chancery/policy/v2
name: interop
version: "1"
rules:
  - {id: calls, effect: allow, when: {action: ["*"]}}
  - {id: no-erasing, effect: forbid, when: {action: [erase]}}
  - {id: payments, effect: require_human, when: {action: [pay]}}
approval: {timeout_seconds: 60, on_timeout: REJECT}
"""


class Bench:
    """A gateway of one home, with a server whose journal tells what really happened."""

    def __init__(self, work):
        self.work, self.folder = work, work.folder
        self.binary = str(ROOT / ".build/release/chancery")
        self.journal = self.folder / "journal"
        self.environment = work.environment
        work.run("agent", "register", "caller", "--role", "caller", "--insecure-no-passphrase")
        work.run("gate", "init", "--insecure-no-passphrase")
        work.run("policy", "activate", work.write("policy.yaml", POLICY.encode()))
        work.run("approver", "register", "ada", "--clearance", "L2", "--out", work.path("ada.key"), "--insecure-no-passphrase")

    def server(self):
        return [sys.executable, "-B", str(SERVER), str(self.journal)]

    def gateway(self):
        return [self.binary, "mcp", "gate", "--agent", "caller", "--upstream", "interop", "--", *self.server()]

    def own_server(self):
        return [self.binary, "mcp", "server", "--agent", "caller"]

    def approve(self, decision):
        """Approves a waiting decision as a person does."""
        self.work.run("gate", "approve", decision, "--by", "ada", "--key", self.work.path("ada.key"), "--yes")

    def waiting(self):
        """The decisions that wait for a person, oldest first."""
        return [one["decision"] for one in json.loads(self.work.run("gate", "pending", "--json"))]

    def done(self, tool):
        """The calls of a tool that reached the server."""
        lines = self.journal.read_text().splitlines() if self.journal.exists() else []
        return [json.loads(line)[1:] for line in lines if json.loads(line)[0] == tool]

    def client(self, command, mode, **options):
        parameters = StdioServerParameters(command=command[0], args=command[1:], env=self.environment)
        return Client(stdio_client(parameters, errlog=sys.stderr), mode=mode, **options)

    @contextlib.asynccontextmanager
    async def session(self, mode, **options):
        async with asyncio.timeout(PATIENCE):
            async with self.client(self.gateway(), mode, **options) as client:
                yield client


async def allowed(bench, mode):
    """An allowed call arrives byte for byte."""
    async with bench.session(mode) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        require({"echo", "erase", "pay"} <= names, f"lists {names}")
        result = await client.call_tool("echo", {"text": HOSTILE})
        require(not result.is_error and result.content[0].text == HOSTILE, f"{result!r}")
        require(bench.done("echo")[-1] == [HOSTILE], "the server saw another text")
        read = await client.read_resource("note://one")
        require(read.contents[0].text == "first note", f"{read!r}")
        prompt = await client.get_prompt("greet", {"name": "Ada"})
        require(prompt.messages[0].content.text == "Greet Ada.", f"{prompt!r}")


async def blocked(bench, mode):
    """A blocked call is a tool error that says why, and never happens."""
    async with bench.session(mode) as client:
        result = await client.call_tool("erase", {"path": "/"})
        require(result.is_error, f"{result!r}")
        facts = result.structured_content
        require(facts["code"] == "mcp.blocked" and facts["decision_id"] and facts["rule"], f"{facts}")
        require(bench.done("erase") == [], "erased")


async def held(bench, mode):
    """A call waits for a person and happens once."""
    before = len(bench.done("pay"))
    known = set(bench.waiting())
    async with bench.session(mode) as client:
        call = asyncio.create_task(client.call_tool("pay", {"to": "ada", "amount": 5}))
        while not (new := [one for one in bench.waiting() if one not in known]):
            await asyncio.sleep(0.05)
        echo = await client.call_tool("echo", {"text": "meanwhile"})
        require(echo.content[0].text == "meanwhile", "other messages do not flow")
        require(len(bench.done("pay")) == before, "paid before anybody approved")
        bench.approve(new[0])
        result = await call
        require(result.content[0].text == "paid 5 to ada", f"{result!r}")
    require(len(bench.done("pay")) == before + 1, "paid more than once")


async def replayed(bench, mode):
    """The state of a call is good once, and for its own arguments."""
    if mode == "legacy":
        return
    before, known = len(bench.done("pay")), set(bench.waiting())
    async with bench.session(mode) as client:
        session = client.session
        asked = await session.call_tool("pay", {"to": "bob", "amount": 1}, allow_input_required=True)
        bench.approve([one for one in bench.waiting() if one not in known][0])

        async def retry(**arguments):
            return await session.call_tool(
                "pay", arguments, request_state=asked.request_state, allow_input_required=True)

        for arguments in ({"to": "eve", "amount": 1}, {"to": "bob", "amount": 100}):
            await fails(-32602, retry, **arguments)
        result = await retry(to="bob", amount=1)
        require(result.content[0].text == "paid 1 to bob", f"{result!r}")
        await fails(-32602, retry, to="bob", amount=1)
    require(len(bench.done("pay")) == before + 1, "paid more than once")


async def fails(code, function, **arguments):
    try:
        result = await function(**arguments)
    except MCPError as error:
        require(error.error.code == code, f"fails with {error.error}")
        return
    raise AssertionError(f"accepted what it must refuse: {result!r}")


async def rug_pull(bench, mode):
    """A tool that changes after it was pinned is not listed and cannot be called."""
    async with bench.session(mode, cache=None) as client:
        require(not (await client.call_tool("echo", {"text": "before"})).is_error, "echo does not work")
        await client.call_tool("change", {})
        names = {tool.name for tool in (await client.list_tools()).tools}
        require("echo" not in names and "pay" in names, f"lists {names}")
        before = len(bench.done("echo"))
        result = await client.call_tool("echo", {"text": "after"})
        require(result.is_error and result.structured_content["code"] == "mcp.tool_changed", f"{result!r}")
        require(len(bench.done("echo")) == before, "the changed tool was called")


async def asked_back(bench, mode):
    """A server learns nothing from the client past the gate."""

    async def roots(context):
        return ListRootsResult(roots=[Root(uri="file:///home/ada")])

    async with bench.session(mode, list_roots_callback=roots) as client:
        result = await client.call_tool("question", {})
        learned = any("ada" in block.text or "learned" in block.text for block in result.content)
        require(not learned, f"{result!r}")
        if mode != "legacy":
            require(result.is_error and result.structured_content["code"] == "mcp.result_refused", f"{result!r}")


async def crashed(bench, mode):
    """A server that dies in a call ends it with an error that says so."""
    async with bench.session(mode) as client:
        result = await client.call_tool("crash", {})
        require(result.is_error and result.structured_content["code"] == "mcp.upstream_gone", f"{result!r}")


async def smuggled(bench, mode):
    """A call hidden between carriage returns never reaches a server that ends lines there."""
    inner = {"jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": {"name": "erase", "arguments": {"path": "/"}}}
    outer = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "echo", "arguments": {"text": "x", "y": 0}}}
    opening = []
    if mode == "legacy":
        client = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}
        opening = [
            json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": client}),
            json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        ]
    else:
        meta = {
            "io.modelcontextprotocol/protocolVersion": mode,
            "io.modelcontextprotocol/clientCapabilities": {},
        }
        inner["params"]["_meta"] = outer["params"]["_meta"] = meta
    line = json.dumps(outer).replace('"y": 0', '"y":\r' + json.dumps(inner) + "\r")
    process = await asyncio.create_subprocess_exec(
        *bench.gateway(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=bench.environment)
    async with asyncio.timeout(PATIENCE):
        for text in opening:
            process.stdin.write(text.encode() + b"\n")
            if '"id"' in text:
                await process.stdout.readline()
        process.stdin.write(line.encode() + b"\n")
        answer = json.loads(await process.stdout.readline())
        process.stdin.close()
        await process.wait()
    require(answer["id"] == 2, f"{answer}")
    require(bench.done("erase") == [], "erased")


async def served(bench, mode):
    """Our own server speaks to the official client."""
    async with asyncio.timeout(PATIENCE):
        async with bench.client(bench.own_server(), mode) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            require(names == ["stamp_event", "verify_chain", "export_audit", "search_events", "explain_decision"], f"{names}")
            result = await client.call_tool("search_events", {"limit": 1})
            require(not result.is_error, f"{result!r}")
            for tool, arguments in (("search_events", {"limit": 0}), ("stamp_event", {"agent_id": "a"}), ("nothing", {})):
                result = await client.call_tool(tool, arguments)
                require(result.is_error, f"{tool} accepted {arguments}")


CHECKS = [allowed, blocked, held, replayed, rug_pull, asked_back, crashed, smuggled, served]


def add(version, mode, function):
    @check(f"mcp {version}: {function.__doc__}")
    def _(work):
        try:
            asyncio.run(function(Bench(work), mode))
        except ExceptionGroup as group:
            # What went wrong stands inside the groups of the SDK's tasks.
            error = group
            while isinstance(error, ExceptionGroup):
                error = error.exceptions[0]
            raise error from group


for version, mode in ERAS.items():
    for function in CHECKS:
        add(version, mode, function)
