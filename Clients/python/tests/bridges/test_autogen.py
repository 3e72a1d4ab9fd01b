"""The AutoGen bridge with autogen-agentchat and its replaying model."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from meanwhile import MOMENTS, Heard, asking, changing
from scene import Scene

pytest.importorskip("autogen_agentchat")

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.base import TaskResult
from autogen_agentchat.messages import HandoffMessage, MultiModalMessage, TextMessage
from autogen_core import CancellationToken, FunctionCall, Image
from autogen_core.code_executor import CodeBlock, CodeExecutor, CodeResult
from autogen_core.models import CreateResult, ModelFamily, RequestUsage, UserMessage
from autogen_core.tools import FunctionTool, StaticWorkbench
from autogen_ext.models.replay import ReplayChatCompletionClient
from pydantic import BaseModel, Field, PrivateAttr, RootModel, computed_field

from chancery import ApprovalRequired, Denied, Unreachable
from chancery._portable import portable
from chancery.bridges._audit import Audit
from chancery.bridges.autogen import AuditedAssistant, AuditedCodeExecutor, AuditedGroupChat, AuditedTool, AuditedWorkbench

RAN: list[Any] = []


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    RAN.clear()


async def search(query: str) -> str:
    """Looks something up."""
    RAN.append(("search", query))
    return f"found {query}"


def erase(path: str) -> str:
    """Erases a file."""
    RAN.append(("erase", path))
    return "erased"


def pay(amount: int) -> str:
    """Pays."""
    RAN.append(("pay", amount))
    return "paid"


def look() -> str:
    """Fails."""
    raise ValueError("the password is hunter2")


def model(*said: str | tuple[str, str]) -> ReplayChatCompletionClient:
    """A model that says this, a pair being the call of a tool."""
    usage = RequestUsage(prompt_tokens=0, completion_tokens=0)
    replies: list[Any] = []
    for one in said:
        if isinstance(one, str):
            replies.append(one)
        else:
            call = [FunctionCall(id="1", name=one[0], arguments=one[1])]
            replies.append(CreateResult(finish_reason="function_calls", content=call, usage=usage, cached=False))
    info = {
        "vision": False,
        "function_calling": True,
        "json_output": False,
        "family": ModelFamily.UNKNOWN,
        "structured_output": False,
    }
    return ReplayChatCompletionClient(replies, model_info=info)  # type: ignore[arg-type]


def assistant(scene: Scene, *said: Any, tools: list[Any] | None = None, **settings: Any) -> AuditedAssistant:
    client = settings.pop("client", None) or scene.client()
    return AuditedAssistant("assistant", model(*said), client=client, tools=tools, **settings)


def text(result: TaskResult) -> str:
    return result.messages[-1].to_text()


def test_an_assistant_runs_its_tool_and_each_step_is_on_one_chain(scene: Scene) -> None:
    result = asyncio.run(assistant(scene, ("search", '{"query":"owls"}'), tools=[search]).run(task="find owls"))
    assert text(result) == "found owls"
    assert RAN == [("search", "owls")]
    assert scene.types() == ["assistant_initialized", "reply_start", "tool_start", "tool_end", "assistant_reply"]
    assert "owls" not in str(scene.payloads())
    assert scene.outcomes()[-1] == "done"


def test_a_forbidden_tool_does_not_run_and_the_model_hears_why(scene: Scene) -> None:
    for name, arguments in (("erase", '{"path":"/"}'), ("search", '{"query":"rm -rf /"}')):
        result = asyncio.run(assistant(scene, (name, arguments), tools=[search, erase]).run(task="erase all"))
        assert "gate.blocked" in text(result)
        assert not RAN
        assert "tool_blocked_by_trustgate" in scene.types()
        assert "tool_start" not in scene.types()


def test_a_tool_that_needs_a_person_waits_for_one_and_does_not_run_without(scene: Scene) -> None:
    result = asyncio.run(assistant(scene, ("pay", '{"amount":3}'), tools=[pay]).run(task="pay"))
    assert "gate.approval_required" in text(result)
    assert not RAN
    with scene.approving():
        result = asyncio.run(assistant(scene, ("pay", '{"amount":3}'), tools=[pay], wait=20).run(task="pay"))
    assert (text(result), RAN) == ("paid", [("pay", 3)])


def test_what_a_tool_raises_is_an_outcome_that_failed_and_its_kind_alone_is_on_record(scene: Scene) -> None:
    asyncio.run(assistant(scene, ("look", "{}"), tools=[look]).run(task="look"))
    assert "tool_error" in scene.types()
    assert next(one for one in scene.payloads() if one["event_type"] == "tool_error")["error"] == "ValueError"
    assert "hunter2" not in str(scene.payloads())
    assert scene.outcomes()[-1] == "failed"


def test_a_streaming_run_is_on_record_to_its_end(scene: Scene) -> None:
    async def main() -> None:
        streaming = assistant(scene, "hello there", tools=[search], model_client_stream=True)
        parts = [part async for part in streaming.run_stream(task="x")]
        assert isinstance(parts[-1], TaskResult)

    asyncio.run(main())
    assert scene.types()[-2:] == ["reply_start", "assistant_reply"]


def test_a_reply_is_gated_where_that_is_wanted(scene: Scene) -> None:
    asyncio.run(assistant(scene, "hello", reply_action="search").run(task="x"))
    with pytest.raises(Denied):
        asyncio.run(assistant(scene, "hello", reply_action="erase_reply").run(task="x"))
    assert scene.types()[-1] == "reply_blocked_by_trustgate"


def test_a_workbench_is_gated_as_tools_are(scene: Scene) -> None:
    bench = StaticWorkbench([FunctionTool(search, "looks"), FunctionTool(erase, "erases")])
    asyncio.run(assistant(scene, ("search", '{"query":"owls"}'), workbench=bench).run(task="x"))
    assert RAN == [("search", "owls")]
    audit = assistant(scene, "x").audit
    with pytest.raises(Denied):
        asyncio.run(AuditedWorkbench(bench, audit).call_tool("erase", {"path": "/"}))
    assert RAN == [("search", "owls")]


class Executor(CodeExecutor):
    async def execute_code_blocks(self, code_blocks: list[CodeBlock], cancellation_token: CancellationToken) -> CodeResult:
        RAN.append([block.code for block in code_blocks])
        return CodeResult(exit_code=0, output="ok")

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def restart(self) -> None: ...


def test_code_is_decided_before_it_is_executed(scene: Scene) -> None:
    executor = AuditedCodeExecutor(Executor(), scene.client())

    def execute(code: str) -> CodeResult:
        return asyncio.run(executor.execute_code_blocks([CodeBlock(code=code, language="sh")], CancellationToken()))

    assert execute("ls").output == "ok"
    with pytest.raises(Denied):
        execute("rm -rf /")
    assert RAN == [["ls"]]
    assert scene.types() == ["code_start", "code_executed", "code_blocked_by_trustgate"]
    asked = AuditedCodeExecutor(Executor(), scene.client(), action="pay")
    with pytest.raises(ApprovalRequired):
        asyncio.run(asked.execute_code_blocks([CodeBlock(code="ls", language="sh")], CancellationToken()))


def test_a_group_chat_is_on_record_and_its_members_have_chains_of_their_own(scene: Scene) -> None:
    writer = AuditedAssistant("writer", model("a draft"), client=scene.client("writer"))
    editor = AuditedAssistant("editor", model("a better draft"), client=scene.client("editor"))
    chat = AuditedGroupChat([writer, editor], client=scene.client(), max_turns=2)
    result = asyncio.run(chat.run(task="write"))
    assert text(result) == "a better draft"
    assert scene.types() == ["groupchat_initialized", "groupchat_start", "groupchat_complete"]
    assert scene.types("writer") == scene.types("editor") == ["assistant_initialized", "reply_start", "assistant_reply"]
    assert "draft" not in str(scene.payloads("writer"))


def test_a_tool_does_not_run_when_the_daemon_is_gone(gone: Any, scene: Scene) -> None:
    held = assistant(scene, ("search", '{"query":"owls"}'), tools=[search])
    held.audit.client = gone
    with pytest.raises(Unreachable):
        asyncio.run(held.run(task="x"))
    assert not RAN


def order(lines: list[dict[str, int]]) -> str:
    """Orders."""
    RAN.append(lines[0]["amount"])
    return "ordered"


def test_a_tool_runs_with_the_arguments_that_were_decided_whoever_holds_them() -> None:
    line: dict[str, Any] = {"amount": 5}
    given = {"lines": [line]}
    with asking(changing("/decisions", line)) as heard:
        audit = Audit(heard.client, "autogen")
        tool = FunctionTool(order, "Orders.", name="order")
        asyncio.run(AuditedTool(tool, audit).run_json(given, CancellationToken()))
        line["amount"] = 5
        asyncio.run(AuditedWorkbench(StaticWorkbench([tool]), audit).call_tool("order", given))
        line["amount"] = 5
        asyncio.run(AuditedTool(tool, audit).run(tool.args_type()(**given), CancellationToken()))
        assert heard.payloads == [{"lines": [{"amount": 5}]}] * 3
    assert RAN == [5, 5, 5]


class Basket(BaseModel):
    lines: list[dict[str, int]]
    _lock: Any = PrivateAttr(default_factory=threading.Lock)


def buy(basket: Basket) -> str:
    """Buys."""
    RAN.append(basket.lines[0]["amount"])
    return "bought"


@pytest.mark.parametrize("moment", [None, *MOMENTS])
def test_a_model_that_cannot_be_copied_is_read_again_until_the_tool_runs(moment: str | None) -> None:
    tool = FunctionTool(buy, "Buys.", name="buy")
    basket = Basket(lines=[{"amount": 5}])
    given = tool.args_type()(basket=basket)
    meanwhile = changing(moment, given.basket.lines[0]) if moment else lambda asked: None
    with asking(meanwhile) as heard:
        audited = AuditedTool(tool, Audit(heard.client, "autogen"))
        if moment is None:
            assert asyncio.run(audited.run(given, CancellationToken())) == "bought"
        else:
            with pytest.raises(Denied) as refusal:
                asyncio.run(audited.run(given, CancellationToken()))
            assert refusal.value.code == "gate.action_changed"
        assert heard.payloads == [{"basket": {"lines": [{"amount": 5}]}}]
        assert heard.outcomes == (["failed"] if moment else ["done"])
    assert len(RAN) == (0 if moment else 1)


class Card(BaseModel):
    holder: str
    number: str = Field(exclude=True)


class Platinum(Card):
    iban: str


def charge(card: Card) -> str:
    """Charges."""
    return "charged"


def test_a_model_is_decided_with_all_that_it_holds() -> None:
    tool = FunctionTool(charge, "Charges.", name="charge")
    given = tool.args_type().model_construct(card=Platinum(holder="Ada", number="1", iban="XX"))
    with asking() as heard:
        asyncio.run(AuditedTool(tool, Audit(heard.client, "autogen")).run(given, CancellationToken()))
        assert heard.payloads == [{"card": {"holder": "Ada", "number": "1", "iban": "XX"}}]


class Open(BaseModel, extra="allow"):
    name: str

    @computed_field  # type: ignore[prop-decorator]
    @property
    def length(self) -> int:
        return len(self.name)


class Names(RootModel[list[Open]]): ...


def test_a_model_says_what_was_added_and_what_is_computed_and_a_root_is_itself() -> None:
    names = Names.model_validate([{"name": "Ada", "born": 1815}])
    assert portable(names) == names.model_dump() == [{"name": "Ada", "born": 1815, "length": 3}]


def replying(heard: Heard, *said: str) -> AuditedAssistant:
    return AuditedAssistant("assistant", model(*said), client=heard.client, reply_action="reply", model_client_stream=True)


def test_a_reply_that_is_closed_before_it_is_there_has_failed() -> None:
    async def main(assistant: AuditedAssistant) -> None:
        stream = assistant.on_messages_stream([TextMessage(content="x", source="user")], CancellationToken())
        await anext(stream)
        await stream.aclose()

    with asking() as heard:
        asyncio.run(main(replying(heard, "hello there")))
        deadline = time.monotonic() + 10
        while not heard.outcomes and time.monotonic() < deadline:
            time.sleep(0.01)
        assert heard.outcomes == ["failed"]


def test_a_stream_that_ends_without_a_reply_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: Any) -> AsyncIterator[Any]:
        for part in ():
            yield part

    async def main(assistant: AuditedAssistant) -> None:
        messages = [TextMessage(content="x", source="user")]
        assert [part async for part in assistant.on_messages_stream(messages, CancellationToken())] == []

    with asking() as heard:
        assistant = replying(heard, "hello")
        monkeypatch.setattr(AssistantAgent, "on_messages_stream", nothing)
        asyncio.run(main(assistant))
        assert heard.outcomes == ["failed"]


def test_the_images_of_a_message_are_decided_by_their_pixels() -> None:
    from PIL import Image as Picture

    with asking() as heard:
        for colour in ("red", "blue"):
            assistant = replying(heard, "hello")
            shown = [MultiModalMessage(content=["look", Image(Picture.new("RGB", (2, 2), colour))], source="user")]
            asyncio.run(assistant.on_messages(shown, CancellationToken()))
        [red, blue] = [payload["messages"][0] for payload in heard.payloads]
        assert red["text"] == blue["text"]
        assert red["images"] != blue["images"]
        assert red["images"] == [
            {"mode": "RGB", "size": [2, 2], "sha256": hashlib.sha256(b"\xff\0\0" * 4).hexdigest(), "length": 12}
        ]


def test_an_image_is_decided_with_what_changes_its_look_and_never_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image as Picture

    def encoded(_: Image) -> str:
        pytest.fail("it was encoded")

    shown: list[Image] = [Image(Picture.new("RGB", (4, 1))), Image(Picture.new("RGB", (1, 4)))]
    for name, one in {"icc_profile": b"p", "transparency": (0, 0, 0)}.items():
        shown.append(Image(Picture.new("RGB", (4, 1))))
        shown[-1].image.info[name] = one
    for colour in (1, 2):
        shown.append(Image(Picture.new("RGB", (4, 1))))
        shown[-1].image = Picture.new("P", (4, 1))
        shown[-1].image.putpalette([colour] * 768)
    monkeypatch.setattr(Image, "to_base64", encoded)
    with asking() as heard:
        for image in shown:
            message = MultiModalMessage(content=["look", image], source="user")
            asyncio.run(replying(heard, "hello").on_messages([message], CancellationToken()))
        assert len({str(payload["messages"][0]["images"]) for payload in heard.payloads}) == len(shown)


def test_what_a_handoff_puts_before_the_model_is_decided() -> None:
    from PIL import Image as Picture

    image = Image(Picture.new("RGB", (2, 2), "red"))
    context = [UserMessage(content="pay eve", source="user"), UserMessage(content=["look", image], source="user")]
    with asking() as heard:
        message = HandoffMessage(content="go on", target="assistant", context=context, source="other")
        asyncio.run(replying(heard, "hello").on_messages([message], CancellationToken()))
        [told] = heard.payloads[0]["messages"]
        assert told["text"] == "go on"
        [first, second] = told["context"]
        assert (first["content"], first["source"], first["type"]) == ("pay eve", "user", "UserMessage")
        assert second["content"][0] == "look"
        assert second["content"][1]["size"] == [2, 2]
