"""The CrewAI bridge with crewai, and a scripted model."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from meanwhile import Heard, asking, changing
from scene import Scene

pytest.importorskip("crewai")

from crewai import Agent, BaseLLM, Process, Task
from crewai.tools import BaseTool
from pydantic import Field

from chancery import ChanceryError, Denied, Unreachable
from chancery.bridges._audit import Audit
from chancery.bridges.crewai import AuditedAgent, AuditedCrew, AuditedTool

RAN: list[Any] = []


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    RAN.clear()


class Search(BaseTool):
    name: str = "search"
    description: str = "Looks something up."

    def _run(self, query: str) -> str:
        RAN.append(("search", query))
        return f"found {query}"


class Erase(BaseTool):
    name: str = "erase"
    description: str = "Erases a file."

    def _run(self, path: str) -> str:
        RAN.append(("erase", path))
        return "erased"


class Pay(BaseTool):
    name: str = "pay"
    description: str = "Pays."

    def _run(self, amount: int) -> str:
        RAN.append(("pay", amount))
        return "paid"


class Look(BaseTool):
    name: str = "look"
    description: str = "Fails."

    def _run(self) -> str:
        raise ValueError("the password is hunter2")


class Wait(BaseTool):
    name: str = "search"
    description: str = "Looks slowly."

    def _run(self, query: str) -> str:
        raise NotImplementedError

    async def _arun(self, query: str) -> str:
        await asyncio.sleep(0)
        RAN.append(("search", query))
        return f"found {query}"


class Scripted(BaseLLM):
    """Says what it is told to."""

    said: list[str] = Field(default_factory=list)

    def __init__(self, *said: str) -> None:
        super().__init__(model="scripted")
        self.said = list(said)

    def call(self, *_: Any, **__: Any) -> str:
        return self.said.pop(0) if len(self.said) > 1 else self.said[0]

    async def acall(self, *_: Any, **__: Any) -> str:
        return self.call()

    def supports_function_calling(self) -> bool:
        return False

    def supports_stop_words(self) -> bool:
        return False

    def get_context_window_size(self) -> int:
        return 8192


DONE = "Thought: I know.\nFinal Answer: done"


def calling(name: str, arguments: str) -> str:
    return f"Thought: I use it.\nAction: {name}\nAction Input: {arguments}"


def worker(scene: Scene, *said: str, tools: list[BaseTool], **settings: Any) -> AuditedAgent:
    client = settings.pop("client", None) or scene.client()
    return AuditedAgent(
        role="Worker", goal="Work", backstory="Works", llm=Scripted(*said), tools=tools, client=client, max_iter=3, **settings
    )  # fmt: skip


def crew(agent: AuditedAgent, **task: Any) -> AuditedCrew:
    given = Task(description="find owls", expected_output="owls", agent=agent, **task)
    return AuditedCrew(agents=[agent], tasks=[given])


def test_a_crew_runs_and_its_steps_are_on_one_chain(scene: Scene) -> None:
    output = crew(worker(scene, calling("search", '{"query": "owls"}'), DONE, tools=[Search()])).kickoff()
    assert output.raw == "done"
    assert RAN == [("search", "owls")]
    assert scene.types() == [
        "agent_initialized", "crew_kickoff", "task_start", "tool_start", "tool_end", "task_complete", "crew_complete",
    ]  # fmt: skip
    assert "owls" not in str(scene.payloads())
    assert scene.outcomes()[-1] == "done"


def test_a_forbidden_tool_does_not_run_and_the_model_hears_why(scene: Scene) -> None:
    for said in (calling("erase", '{"path": "/"}'), calling("search", '{"query": "rm -rf /"}')):
        crew(worker(scene, said, DONE, tools=[Search(), Erase()])).kickoff()
        assert not RAN
        assert "tool_blocked_by_trustgate" in scene.types()
        assert "tool_start" not in scene.types()


def test_a_tool_of_the_task_and_one_that_came_later_are_gated_too(scene: Scene) -> None:
    crew(worker(scene, calling("erase", '{"path": "/"}'), DONE, tools=[]), tools=[Erase()]).kickoff()
    agent = worker(scene, calling("erase", '{"path": "/"}'), DONE, tools=[])
    agent.tools = [Erase()]
    crew(agent).kickoff()
    assert not RAN
    assert scene.types().count("tool_blocked_by_trustgate") >= 2


def test_an_agent_without_a_crew_has_its_tools_gated(scene: Scene) -> None:
    agent = worker(scene, calling("erase", '{"path": "/"}'), DONE, tools=[])
    agent.tools = [Erase()]
    agent.kickoff("erase all")
    assert not RAN
    assert "tool_blocked_by_trustgate" in scene.types()


def test_a_tool_that_needs_a_person_waits_for_one_and_does_not_run_without(scene: Scene) -> None:
    crew(worker(scene, calling("pay", '{"amount": 3}'), DONE, tools=[Pay()])).kickoff()
    assert not RAN
    with scene.approving():
        crew(worker(scene, calling("pay", '{"amount": 4}'), DONE, tools=[Pay()], wait=20)).kickoff()
    assert RAN == [("pay", 4)]


def test_what_a_tool_raises_is_an_outcome_that_failed_and_its_kind_alone_is_on_record(scene: Scene) -> None:
    crew(worker(scene, calling("look", "{}"), DONE, tools=[Look()])).kickoff()
    assert next(one for one in scene.payloads() if one["event_type"] == "tool_error")["error"] == "ValueError"
    assert "hunter2" not in str(scene.payloads())
    assert "failed" in scene.outcomes()


def test_a_task_is_gated_where_that_is_wanted_and_a_refusal_ends_the_run(scene: Scene) -> None:
    crew(worker(scene, DONE, tools=[], task_action="search")).kickoff()
    with pytest.raises(Denied):
        crew(worker(scene, DONE, tools=[], task_action="erase_task")).kickoff()
    assert scene.types()[-2:] == ["task_blocked_by_trustgate", "crew_complete"]
    assert scene.payloads()[-1]["error"] == "Denied"


def test_an_asynchronous_crew_and_tool_are_gated_too(scene: Scene) -> None:
    async def main() -> None:
        await crew(worker(scene, calling("erase", '{"path": "/"}'), DONE, tools=[Erase()])).akickoff()
        audit = worker(scene, DONE, tools=[]).audit
        assert await AuditedTool(Wait(), audit).arun(query="owls") == "found owls"
        with pytest.raises(Denied):
            await AuditedTool(Wait(), audit).arun(query="rm -rf /")

    asyncio.run(main())
    assert RAN == [("search", "owls")]
    assert "tool_blocked_by_trustgate" in scene.types()


def test_a_crew_with_an_agent_that_is_not_audited_is_refused(scene: Scene) -> None:
    other = Agent(role="Other", goal="g", backstory="b", llm=Scripted(DONE))
    task = Task(description="d", expected_output="e", agent=other)
    with pytest.raises(TypeError, match="Other"):
        AuditedCrew(agents=[other], tasks=[task], client=scene.client())


def plain() -> Agent:
    return Agent(role="Other", goal="g", backstory="b", llm=Scripted(DONE))


def test_a_crew_whose_manager_is_not_audited_is_refused() -> None:
    with asking() as heard:
        agent = audited(heard)
        task = Task(description="d", expected_output="e", agent=agent, tools=[Erase()])
        given: dict[str, Any] = {"agents": [agent], "tasks": [task], "process": Process.hierarchical}
        with pytest.raises(TypeError, match="Other"):
            AuditedCrew(manager_agent=plain(), **given)
        with pytest.raises(TypeError, match="manager_agent"):
            AuditedCrew(manager_llm=Scripted(DONE), **given)
        managed = AuditedCrew(manager_agent=audited(heard), **given)
        for changed in (plain(), None):
            managed.manager_agent = changed
            with pytest.raises(TypeError):
                managed.kickoff()
            with pytest.raises(TypeError):
                asyncio.run(managed.akickoff())
        assert "crew_kickoff" not in heard.events


def test_the_tools_of_a_manager_are_decided() -> None:
    with asking() as heard:
        agent = audited(heard)
        manager = audited(heard)
        manager.llm = Scripted(calling("erase", '{"path": "/"}'), DONE)
        task = Task(description="d", expected_output="e", agent=agent, tools=[Erase()])
        AuditedCrew(agents=[agent], tasks=[task], process=Process.hierarchical, manager_agent=manager).kickoff()
        assert heard.payloads == [{"path": "/"}]
        assert heard.outcomes == ["done"]


@pytest.mark.parametrize("moment", ["made", "begun", "begun asynchronously", "begun for each", "running"])
def test_a_crew_with_a_task_of_an_agent_that_is_not_audited_is_refused(moment: str) -> None:
    def change(inputs: Any) -> Any:
        task.agent = plain()
        return inputs

    with asking() as heard:
        agent = audited(heard)
        task = Task(description="d", expected_output="e", agent=agent, tools=[Erase()])
        given: dict[str, Any] = {"agents": [agent], "tasks": [task]}
        if moment == "running":
            given["before_kickoff_callbacks"] = [change]
        if moment == "made":
            change(None)
        made = AuditedCrew(**given) if moment != "made" else None
        if moment not in ("made", "running"):
            change(None)
        with pytest.raises(TypeError, match="not audited: Other"):
            if made is None:
                AuditedCrew(**given)
            elif moment == "begun asynchronously":
                asyncio.run(made.akickoff())
            elif moment == "begun for each":
                made.kickoff_for_each([{"name": "owls"}])
            else:
                made.kickoff()
    assert not RAN


def test_a_tool_does_not_run_when_the_daemon_is_gone(gone: Any, scene: Scene) -> None:
    agent = worker(scene, calling("search", '{"query": "owls"}'), DONE, tools=[Search()])
    tool = agent.tools[0]
    assert isinstance(tool, AuditedTool)
    agent.audit.client = gone
    with pytest.raises(Unreachable):
        tool.run(query="owls")
    with pytest.raises(Unreachable):
        crew(agent).kickoff()
    assert not RAN


class Order(BaseTool):
    name: str = "order"
    description: str = "Orders."

    def _run(self, lines: list[dict[str, int]]) -> str:
        RAN.append(lines[0]["amount"])
        return "ordered"

    async def _arun(self, lines: list[dict[str, int]]) -> str:
        return self._run(lines)


def test_a_tool_runs_with_the_arguments_that_were_decided_whoever_holds_them() -> None:
    line: dict[str, Any] = {"amount": 5}
    with asking(changing("/decisions", line)) as heard:
        tool = AuditedTool(Order(), Audit(heard.client, "crewai"))
        tool._run(lines=[line])
        line["amount"] = 5
        asyncio.run(tool._arun([line]))
        assert heard.payloads == [{"lines": [{"amount": 5}]}, {"arguments": [[{"amount": 5}]]}]
    assert RAN == [5, 5]


class Deep(BaseTool):
    name: str = "deep"
    description: str = "Looks deep."

    def _run(self, value: Any) -> str:
        RAN.append("deep")
        return "found"


def test_arguments_may_nest_as_deep_as_a_payload() -> None:
    value: Any = 1
    for _ in range(23):
        value = [value]
    with asking() as heard:
        tool = AuditedTool(Deep(), Audit(heard.client, "crewai"))
        assert tool._run(value=value) == "found"
        with pytest.raises(ChanceryError, match="not_portable"):
            tool._run(value=[value])
    assert RAN == ["deep"]


class Coroutines(BaseTool):
    name: str = "coroutines"
    description: str = "Gives a coroutine."

    def _run(self) -> Any:
        async def work() -> str:
            return "worked"

        return work()


def test_a_tool_whose_coroutine_never_starts_has_failed() -> None:
    async def cancelled(tool: AuditedTool) -> None:
        task = asyncio.create_task(tool._run())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with asking() as heard:
        tool = AuditedTool(Coroutines(), Audit(heard.client, "crewai"))
        assert tool.run() == "worked"
        asyncio.run(cancelled(tool))
        deadline = time.monotonic() + 10
        while len(heard.outcomes) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert heard.outcomes == ["done", "failed"]


def audited(heard: Heard, **settings: Any) -> AuditedAgent:
    given = {"role": "Worker", "goal": "Work", "backstory": "Works", "llm": Scripted(DONE), "max_iter": 3}
    return AuditedAgent(client=heard.client, **given, **settings)  # type: ignore[arg-type]


def test_a_copy_of_an_agent_is_on_the_same_chain_with_the_same_tasks_decided() -> None:
    with asking() as heard:
        agent = audited(heard, tools=[Search()], wait=7, task_action="search")
        copied = agent.copy()
        assert isinstance(copied, AuditedAgent)
        assert copied.audit is agent.audit
        assert copied._task_action == "search"
        [tool] = copied.tools
        assert isinstance(tool, AuditedTool)
        other = audited(heard)
        assert other.audit is not agent.audit, "one that is made after a copy is no copy"
        assert other._task_action is None


def test_each_run_of_a_crew_that_runs_for_several_inputs_is_decided_and_on_record() -> None:
    with asking() as heard:
        crew(audited(heard, task_action="search")).kickoff_for_each([{"name": "owls"}, {"name": "cats"}])
        assert heard.outcomes == ["done", "done"]
        assert heard.events.count("crew_kickoff") == heard.events.count("crew_complete") == 2
