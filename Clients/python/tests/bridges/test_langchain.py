"""The LangChain bridge with langchain-core, langchain and langgraph, and a scripted model."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import pytest
from liar import Liar, decision, reply
from meanwhile import MOMENTS, answered, asking, changing
from scene import Scene

pytest.importorskip("langchain_core")

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, InjectedToolArg, tool

import chancery
from chancery import ApprovalRequired, ChanceryError, Denied, Unreachable
from chancery.bridges.langchain import AuditedAgentExecutor, ChanceryCallbackHandler, audited_tool

RAN: list[Any] = []


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    RAN.clear()


@tool
def search(query: str) -> str:
    """Looks something up."""
    RAN.append(("search", query))
    return f"found {query}"


@tool
def erase(path: str) -> str:
    """Erases a file."""
    RAN.append(("erase", path))
    return "erased"


@tool
def pay(amount: int) -> str:
    """Pays."""
    RAN.append(("pay", amount))
    return "paid"


@tool("look")
def fail() -> str:
    """Fails."""
    RAN.append(("fail",))
    raise ValueError("the password is hunter2")


class Scripted(GenericFakeChatModel):
    """Says what it is told to, with the tools that it is given."""

    def bind_tools(self, tools: Any, **_: Any) -> Any:
        return self


def calling(name: str, /, **arguments: Any) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": "1"}])


def agent(*said: AIMessage, tools: list[BaseTool]) -> Any:
    from langchain.agents import create_agent

    return create_agent(Scripted(messages=iter(said)), tools)


ASKED = {"messages": [HumanMessage("find owls")]}


def test_an_agent_runs_and_each_of_its_steps_is_on_one_chain(scene: Scene) -> None:
    runs = AuditedAgentExecutor(
        agent(calling("search", query="owls"), AIMessage("done"), tools=[search]), client=scene.client()
    )
    output = runs.invoke(ASKED)
    assert output["messages"][-1].content == "done"
    assert RAN == [("search", "owls")]
    types = scene.types()
    for name in ("callback_handler_initialized", "executor_invoke", "llm_start", "llm_response", "tool_start", "tool_end"):
        assert name in types, types
    assert types[-1] == "executor_complete"
    assert types.index("llm_response") < types.index("tool_start") < types.index("tool_end")
    assert scene.outcomes()[-1] == "done"
    assert "owls" not in str(scene.payloads())
    start = next(one for one in scene.payloads() if one["event_type"] == "tool_start")
    assert start["tool"] == "search"
    assert len(start["input_hash"]) == 64


def test_a_forbidden_tool_does_not_run_in_a_graph(scene: Scene) -> None:
    runs = AuditedAgentExecutor(agent(calling("erase", path="/"), AIMessage("done"), tools=[erase]), client=scene.client())
    with pytest.raises(Denied):
        runs.invoke(ASKED)
    assert not RAN
    assert "tool_blocked_by_trustgate" in scene.types()
    assert "tool_start" not in scene.types()


def test_a_forbidden_tool_does_not_run_in_an_executor(scene: Scene) -> None:
    from langchain_classic.agents import create_tool_calling_agent
    from langchain_core.prompts import ChatPromptTemplate

    prompt = ChatPromptTemplate.from_messages([("human", "{input}"), ("placeholder", "{agent_scratchpad}")])

    def executor(*said: AIMessage) -> AuditedAgentExecutor:
        model = Scripted(messages=iter(said))
        made = create_tool_calling_agent(model, [search, erase], prompt)
        return AuditedAgentExecutor(agent=made, tools=[search, erase], client=scene.client(), stream_runnable=False)

    result = executor(calling("search", query="owls"), AIMessage("done")).invoke({"input": "find owls"})
    assert result["output"] == "done"
    assert RAN == [("search", "owls")]
    assert [one for one in scene.types() if one in ("tool_start", "agent_action", "agent_finish")] == [
        "agent_action", "tool_start", "agent_finish",
    ]  # fmt: skip
    with pytest.raises(Denied):
        executor(calling("erase", path="/"), AIMessage("done")).invoke({"input": "erase all"})
    assert RAN == [("search", "owls")]


def test_a_tool_that_asks_itself_is_gated_whoever_calls_it(scene: Scene) -> None:
    handler = ChanceryCallbackHandler(scene.client())
    assert audited_tool(search, handler).invoke({"query": "owls"}) == "found owls"
    with pytest.raises(Denied):
        audited_tool(erase, handler).invoke({"path": "/"})
    with pytest.raises(Denied):
        audited_tool(search, handler).invoke({"query": "rm -rf /"})
    assert RAN == [("search", "owls")]
    assert search.invoke({"query": "free"}) == "found free", "the tool that was given stays as it was"


def test_a_tool_that_is_gated_twice_asks_once(scene: Scene) -> None:
    handler = ChanceryCallbackHandler(scene.client())
    audited_tool(search, handler).invoke({"query": "owls"}, config={"callbacks": [handler]})
    assert scene.types().count("tool_start") == 1
    assert scene.types().count("tool_end") == 1


def test_a_tool_that_needs_a_person_waits_for_one_and_does_not_run_without(scene: Scene) -> None:
    with pytest.raises(ApprovalRequired):
        audited_tool(pay, ChanceryCallbackHandler(scene.client())).invoke({"amount": 3})
    assert not RAN
    with scene.approving():
        assert audited_tool(pay, ChanceryCallbackHandler(scene.client(), wait=20)).invoke({"amount": 3}) == "paid"
    assert RAN == [("pay", 3)]


def test_what_a_tool_raises_goes_through_and_its_kind_alone_is_on_record(scene: Scene) -> None:
    with pytest.raises(ValueError, match="hunter2"):
        audited_tool(fail, ChanceryCallbackHandler(scene.client())).invoke({})
    assert scene.payloads()[-1]["event_type"] == "tool_error"
    assert scene.payloads()[-1]["error"] == "ValueError"
    assert "hunter2" not in str(scene.payloads())
    assert scene.outcomes()[-1] == "failed"


def test_a_streaming_model_is_one_response_with_its_parts_counted(scene: Scene) -> None:
    handler = ChanceryCallbackHandler(scene.client())
    model = Scripted(messages=iter([AIMessage("one two three")]))
    assert "".join(str(part.content) for part in model.stream("x", config={"callbacks": [handler]})) == "one two three"
    assert scene.types()[-2:] == ["llm_start", "llm_response"]
    assert scene.payloads()[-1]["streamed_parts"] >= 3


def test_a_streaming_agent_stops_at_a_refusal(scene: Scene) -> None:
    runs = AuditedAgentExecutor(agent(calling("erase", path="/"), AIMessage("done"), tools=[erase]), client=scene.client())
    with pytest.raises(Denied):
        list(runs.stream(ASKED))
    assert not RAN
    assert scene.payloads()[-1]["error"] == "Denied"


def test_asynchronous_agents_and_tools_are_gated_too(scene: Scene) -> None:
    async def main() -> None:
        allowed = AuditedAgentExecutor(
            agent(calling("search", query="owls"), AIMessage("done"), tools=[search]), client=scene.client()
        )
        output = await allowed.ainvoke(ASKED)
        assert isinstance(output["messages"][-2], ToolMessage)
        refused = AuditedAgentExecutor(
            agent(calling("erase", path="/"), AIMessage("done"), tools=[erase]), client=scene.client()
        )
        with pytest.raises(Denied):
            await refused.ainvoke(ASKED)
        streamed = AuditedAgentExecutor(agent(AIMessage("hello there"), tools=[search]), client=scene.client())
        assert [part async for part in streamed.astream(ASKED)]
        with pytest.raises(Denied):
            await audited_tool(erase, ChanceryCallbackHandler(scene.client())).ainvoke({"path": "/"})

    asyncio.run(main())
    assert RAN == [("search", "owls")]


def test_a_model_is_gated_where_that_is_wanted(scene: Scene) -> None:
    model = Scripted(messages=iter([AIMessage("hello")] * 2))
    model.invoke("x", config={"callbacks": [ChanceryCallbackHandler(scene.client(), model_action="search")]})
    with pytest.raises(Denied):
        model.invoke("x", config={"callbacks": [ChanceryCallbackHandler(scene.client(), model_action="erase_model")]})
    assert scene.types()[-1] == "llm_blocked_by_trustgate"


def test_a_tool_does_not_run_when_the_daemon_is_gone(gone: Any, scene: Scene) -> None:
    handler = ChanceryCallbackHandler(scene.client())
    handler.audit.client = gone
    with pytest.raises(Unreachable):
        audited_tool(search, handler).invoke({"query": "owls"})
    assert not RAN


def test_an_argument_that_cannot_say_what_it_is_stops_the_tool(scene: Scene) -> None:
    """LangChain passes over a handler that raises NotImplementedError, and would run the tool."""

    class Odd:
        def model_dump(self) -> Any:
            raise NotImplementedError

    handler = ChanceryCallbackHandler(scene.client())
    with pytest.raises(ChanceryError):
        audited_tool(search, handler).invoke({"query": Odd()})
    assert not RAN


@tool
def order(lines: list[dict[str, int]], amount: int, state: Annotated[Any, InjectedToolArg] = None) -> str:
    """Orders."""
    RAN.append((lines[0]["amount"], amount, state))
    return "ordered"


@tool
async def order_later(lines: list[dict[str, int]], amount: int) -> str:
    """Orders."""
    RAN.append((lines[0]["amount"], amount))
    return "ordered"


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_tool_runs_with_the_arguments_that_were_decided_whoever_holds_them(moment: str) -> None:
    line, given, state = {"amount": 5}, {"amount": 5}, object()
    given["lines"] = [line]  # type: ignore[assignment]

    def meanwhile(asked: Any) -> None:
        for held in (line, given):
            changing(moment, held)(asked)

    with asking(meanwhile) as heard:
        handler = ChanceryCallbackHandler(heard.client)
        for call in (
            lambda: audited_tool(order, handler).invoke({**given}),
            lambda: audited_tool(audited_tool(pay, handler), handler).run(given),
            lambda: asyncio.run(audited_tool(order_later, handler).ainvoke(given)),
            lambda: asyncio.run(audited_tool(pay, handler).ainvoke(given)),
        ):
            line["amount"] = given["amount"] = 5
            call()
        line["amount"] = given["amount"] = 5
        audited_tool(order, handler).invoke(given | {"state": state})
        assert [(one["amount"], one["lines"][0]["amount"]) for one in heard.payloads] == [(5, 5)] * len(heard.payloads)
        assert "state" not in str(heard.payloads)
    ran = [(5, 5, None), ("pay", 5), (5, 5), ("pay", 5), (5, 5, state)]
    assert ran == RAN


def test_a_tool_that_asks_itself_is_of_the_class_that_it_was() -> None:
    with asking() as heard:
        made = audited_tool(search, ChanceryCallbackHandler(heard.client))
        assert isinstance(made, type(search))
        assert type(made).__name__ == type(search).__name__
        assert made.args == search.args
        assert type(audited_tool(made, ChanceryCallbackHandler(heard.client))) is type(made)
        assert type(search) is not type(made), "the tool that was given stays as it was"


@tool
async def wait_long(query: str) -> str:
    """Looks slowly."""
    RAN.append("waits")
    await asyncio.sleep(60)
    return "never"


@tool
def leave(query: str) -> str:
    """Ends the program."""
    sys.exit(3)


async def cancelled(call: Coroutine[Any, Any, Any], holds: Callable[[], Any]) -> None:
    task = asyncio.create_task(call)
    while not holds():
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def awaited_for(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return holds()


def test_a_tool_that_is_cancelled_while_it_runs_has_failed() -> None:
    with asking() as heard:
        handler = ChanceryCallbackHandler(heard.client)
        asyncio.run(cancelled(audited_tool(wait_long, handler).ainvoke({"query": "owls"}), lambda: RAN))
        assert awaited_for(lambda: heard.outcomes == ["failed"])
        assert heard.events[-1] == "tool_error"
        assert not handler._steps


def test_a_tool_that_is_cancelled_while_it_is_decided_has_failed() -> None:
    asked, may_answer = threading.Event(), threading.Event()

    def meanwhile(request: Any) -> None:
        if request.path == "/v1/gate/decisions":
            asked.set()
            may_answer.wait(10)

    async def main(tool: BaseTool) -> None:
        await cancelled(tool.ainvoke({"query": "owls"}), asked.is_set)
        may_answer.set()

    with asking(meanwhile) as heard:
        handler = ChanceryCallbackHandler(heard.client)
        asyncio.run(main(audited_tool(wait_long, handler)))
        assert awaited_for(lambda: heard.outcomes == ["failed"])
        assert not handler._steps
    assert not RAN


def test_a_tool_that_ends_the_program_has_failed() -> None:
    with asking() as heard:
        handler = ChanceryCallbackHandler(heard.client)
        with pytest.raises(SystemExit):
            audited_tool(leave, handler).invoke({"query": "owls"})
        assert heard.outcomes == ["failed"]
        assert not handler._steps


@pytest.mark.parametrize("is_async", [False, True])
def test_a_tool_that_a_second_handler_refuses_has_an_outcome_with_the_first(is_async: bool) -> None:
    def refusing(asked: Any) -> Any:
        return reply(decision(asked, effect="BLOCK", allowed=False)) if asked.path == "/v1/gate/decisions" else answered(asked)

    with asking() as heard, Liar(refusing) as liar:
        first = ChanceryCallbackHandler(heard.client)
        second = ChanceryCallbackHandler(chancery.connect(liar.path, agent="other"))
        made, config = audited_tool(search, second), {"callbacks": [first]}
        with pytest.raises(Denied):
            if is_async:
                asyncio.run(made.ainvoke({"query": "owls"}, config))  # type: ignore[arg-type]
            else:
                made.invoke({"query": "owls"}, config)  # type: ignore[arg-type]
        assert awaited_for(lambda: heard.outcomes == ["failed"])
        assert not first._steps
    assert not RAN


class Raising(BaseCallbackHandler):
    """A handler that stops whatever it hears of."""

    raise_error = True

    def on_tool_end(self, output: Any, **_: Any) -> None:
        raise LookupError("somewhere else")

    def on_tool_error(self, error: BaseException, **_: Any) -> None:
        raise LookupError("somewhere else")


@tool
async def search_later(query: str) -> str:
    """Looks something up."""
    return f"found {query}"


@pytest.mark.parametrize(("made", "is_async"), [(search, False), (search, True), (search_later, True)])
def test_a_tool_that_returned_is_done_whatever_another_handler_raises_then(made: BaseTool, is_async: bool) -> None:
    with asking() as heard:
        asked, config = audited_tool(made, heard.client), {"callbacks": [Raising()]}
        with pytest.raises(LookupError):
            if is_async:
                asyncio.run(asked.ainvoke({"query": "owls"}, config))  # type: ignore[arg-type]
            else:
                asked.invoke({"query": "owls"}, config)  # type: ignore[arg-type]
        assert awaited_for(lambda: heard.outcomes == ["done"])
        assert heard.events[-1] == "tool_end"


@tool
def look(query: str) -> str:
    """Fails."""
    raise ValueError("nothing there")


def test_a_tool_that_raised_has_failed_whatever_another_handler_raises_then() -> None:
    with asking() as heard:
        with pytest.raises(LookupError):
            audited_tool(look, heard.client).invoke({"query": "owls"}, {"callbacks": [Raising()]})
        assert heard.outcomes == ["failed"]
        assert heard.events[-1] == "tool_error"


class Twice(BaseTool):
    name: str = "twice"
    description: str = "Tries it first."

    def _run(self, query: str) -> str:
        return f"would do {query}"

    async def _arun(self, query: str) -> str:
        self._run(query)
        raise ValueError("not done")


def test_a_tool_that_failed_after_a_call_of_its_own_has_failed() -> None:
    with asking() as heard:
        with pytest.raises(LookupError):
            asyncio.run(audited_tool(Twice(), heard.client).ainvoke({"query": "it"}, {"callbacks": [Raising()]}))
        assert awaited_for(lambda: heard.outcomes == ["failed"])


@tool(response_format="content_and_artifact")
def misshapen(query: str) -> str:
    """Looks something up, and says it otherwise than it promised."""
    RAN.append(query)
    return f"found {query}"


def test_a_tool_whose_result_langchain_does_not_take_is_done() -> None:
    with asking() as heard:
        with pytest.raises(ValueError, match="two-tuple"):
            audited_tool(misshapen, heard.client).invoke({"query": "owls"})
        assert heard.outcomes == ["done"]
    assert RAN == ["owls"]


def test_runs_have_ids_as_langchain_makes_them() -> None:
    from langchain_core.utils.uuid import uuid7

    ids: list[Any] = []

    class Noting(BaseCallbackHandler):
        def on_tool_start(self, *_: Any, run_id: Any, **__: Any) -> None:
            ids.append(run_id)

    with asking() as heard:
        audited_tool(search, heard.client).invoke({"query": "owls"}, {"callbacks": [Noting()]})
    assert [one.version for one in ids] == [uuid7().version] == [7]


def test_a_tool_that_asks_already_asks_whom_it_is_told_to_and_is_decided_once() -> None:
    with asking() as heard:
        handlers = [ChanceryCallbackHandler(heard.client) for _ in range(2)]
        audited_tool(audited_tool(search, handlers[0]), handlers[1]).invoke({"query": "owls"})
        assert len(heard.payloads) == 1
        assert heard.outcomes == ["done"]
