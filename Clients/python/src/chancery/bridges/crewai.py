# mypy: disable-error-code="import-not-found, misc, no-any-return, has-type, unused-ignore"
"""CrewAI: agents whose tools are decided before they run, and crews whose tasks are on record.

CrewAI hands what a tool raises to the model as text and goes on; a refused tool has not run all the same. A task that is
refused (`task_action`) ends the crew's run with `Denied`.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Coroutine, Sequence
from contextvars import ContextVar
from typing import Any

from crewai import Agent, Crew, Process, Task
from crewai.tools import BaseTool
from pydantic import PrivateAttr

from .._begun import Pending
from ..client import Client
from ..sessions import AgentSession
from ._audit import Audit, Events, Step, hashed, taken

TASK = Events("task_start", "task_complete", "task_error", "task_blocked_by_trustgate")
TOOL = Events("tool_start", "tool_end", "tool_error", "tool_blocked_by_trustgate")


class AuditedTool(BaseTool):
    """A tool behind the gate; the action is its name, the payload its arguments."""

    _inner: BaseTool = PrivateAttr()
    _audit: Audit = PrivateAttr()

    def __init__(self, inner: BaseTool, audit: Audit) -> None:
        members = {name: getattr(inner, name) for name in type(inner).model_fields if name in BaseTool.model_fields}
        super().__init__(**{name: value for name, value in members.items() if value is not None})
        # The base class writes the arguments into the description again.
        self.description = inner.description
        self._inner = inner
        self._audit = audit

    def _step(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Step:
        shown = dict(keywords)
        if arguments:
            shown["arguments"] = list(arguments)
        return self._audit.step(TOOL, self._inner.name, shown, tool=self._inner.name, **hashed(input=shown))

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        args, kwargs = taken(args), taken(kwargs)
        step = self._step(args, kwargs)
        step.begin()
        try:
            result = self._inner._run(*args, **kwargs)
        except BaseException as error:
            step.fail(error)
            raise
        if inspect.isawaitable(result):
            # A tool whose plain call gives a coroutine has only begun.
            return Pending(result if isinstance(result, Coroutine) else _coroutine(result), step)
        step.finish(result)
        return result

    async def _arun(self, *args: Any, **kwargs: Any) -> Any:
        args, kwargs = taken(args), taken(kwargs)
        step = self._step(args, kwargs)
        await step.begin_async()
        try:
            result = await self._inner._arun(*args, **kwargs)
        except BaseException as error:
            await step.fail_async(error)
            raise
        await step.finish_async(result)
        return result


async def _coroutine(value: Awaitable[Any]) -> Any:
    return await value


def audited_tools(tools: Sequence[BaseTool], audit: Audit) -> list[BaseTool]:
    return [tool if isinstance(tool, AuditedTool) else AuditedTool(tool, audit) for tool in tools]


class AuditedAgent(Agent):
    """An agent with a chain of its own. `client` is that agent's client, or its name.

    Tools of the agent and of its tasks are decided under their names; with `task_action` each task is too, as an action of
    that name.
    """

    _audit: Audit = PrivateAttr()
    _task_action: str | None = PrivateAttr(default=None)

    def __init__(
        self,
        *,
        client: Client | str | None = None,
        wait: float | None = None,
        session: AgentSession | None = None,
        task_action: str | None = None,
        **settings: Any,
    ) -> None:
        copied = _COPIED.get()
        audit = Audit(client, "crewai", wait=wait, session=session) if copied is None else copied._audit
        if settings.get("tools"):
            settings["tools"] = audited_tools(settings["tools"], audit)
        super().__init__(**settings)
        self._audit = audit
        self._task_action = task_action if copied is None else copied._task_action
        audit.note("agent_initialized", role=self.role)

    def copy(self) -> Any:
        """The same agent again, as crews make one for each of several runs: on the same chain, with the same tasks decided."""
        outer = _COPIED.set(self)
        try:
            return super().copy()
        finally:
            _COPIED.reset(outer)

    @property
    def audit(self) -> Audit:
        return self._audit

    def _begun(self, task: Task, tools: list[BaseTool] | None) -> tuple[Step, list[BaseTool] | None]:
        # Tools that came after the agent was made, or with the task, are decided too.
        self.tools = audited_tools(self.tools or [], self._audit)
        if tools is not None:
            tools = audited_tools(tools, self._audit)
        step = self._audit.step(
            TASK,
            self._task_action,
            lambda: {"description": task.description, "expected_output": task.expected_output},
            role=self.role,
            task=task.name,
            task_id=str(task.id),
            **hashed(description=task.description),
        )
        return step, tools

    # Every way on which CrewAI collects tools: the agent's, the task's, those of servers and of its platform.

    def _prepare_kickoff(self, *arguments: Any, **more: Any) -> Any:
        self.tools = audited_tools(self.tools or [], self._audit)
        return super()._prepare_kickoff(*arguments, **more)

    def create_agent_executor(self, tools: list[BaseTool] | None = None, task: Task | None = None) -> Any:
        self.tools = audited_tools(self.tools or [], self._audit)
        return super().create_agent_executor(None if tools is None else audited_tools(tools, self._audit), task)

    def get_mcp_tools(self, *arguments: Any, **more: Any) -> list[BaseTool]:
        return audited_tools(super().get_mcp_tools(*arguments, **more), self._audit)

    def get_platform_tools(self, *arguments: Any, **more: Any) -> list[BaseTool]:
        return audited_tools(super().get_platform_tools(*arguments, **more), self._audit)

    def execute_task(self, task: Task, context: str | None = None, tools: list[BaseTool] | None = None) -> Any:
        step, tools = self._begun(task, tools)
        with step:
            result = super().execute_task(task, context, tools)
            step.finish(_text(result))
            return result

    async def aexecute_task(self, task: Task, context: str | None = None, tools: list[BaseTool] | None = None) -> Any:
        step, tools = self._begun(task, tools)
        await step.begin_async()
        try:
            result = await super().aexecute_task(task, context, tools)
        except BaseException as error:
            await step.fail_async(error)
            raise
        await step.finish_async(_text(result))
        return result


# The agent of which CrewAI makes another one; it hands on what is a field and nothing else.
_COPIED: ContextVar[AuditedAgent | None] = ContextVar("_COPIED", default=None)


class AuditedCrew(Crew):
    """A crew that puts its runs on the chain of `client`, or of its first audited agent. Whoever works for it is audited: its
    agents, its manager and the agents of its tasks; others are refused. A hierarchical crew needs a `manager_agent`, since the
    one that CrewAI makes of `manager_llm` is not audited.
    """

    _audit: Audit = PrivateAttr()

    def __init__(
        self,
        *,
        client: Client | str | None = None,
        wait: float | None = None,
        session: AgentSession | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self._require_audited()
        first = next((agent for agent in self.agents if isinstance(agent, AuditedAgent)), None)
        shared = client is None and first is not None
        self._audit = first.audit if shared and first else Audit(client, "crewai", wait=wait, session=session)

    @property
    def audit(self) -> Audit:
        return self._audit

    def _require_audited(self) -> None:
        manager = [] if self.manager_agent is None else [self.manager_agent]
        assigned = [task.agent for task in self.tasks if task.agent is not None]
        others = {str(one.role): None for one in (*self.agents, *manager, *assigned) if not isinstance(one, AuditedAgent)}
        if others:
            raise TypeError(f"not audited: {', '.join(others)}")
        if self.process == Process.hierarchical and not manager:
            raise TypeError("a hierarchical crew needs an AuditedAgent as its `manager_agent`")

    def _get_agent_to_use(self, task: Task) -> Any:
        # Before each task, also of a crew that is replayed: callbacks may have changed who works.
        self._require_audited()
        return super()._get_agent_to_use(task)

    def copy(self) -> Any:
        """The same crew again, on the same chain. CrewAI makes one of its own class, whatever this one is."""
        self._require_audited()
        copied = super().copy()
        # Past pydantic, which takes every name for a field.
        object.__setattr__(copied, "__class__", AuditedCrew)
        copied._audit = self._audit
        return copied

    def kickoff(self, inputs: dict[str, Any] | None = None, **more: Any) -> Any:
        self._require_audited()
        self._audit.note("crew_kickoff", agents=len(self.agents), tasks=len(self.tasks), **hashed(inputs=inputs or {}))
        try:
            output = super().kickoff(inputs, **more)
        except BaseException as error:
            self._audit.remark("crew_complete", error=type(error).__name__)
            raise
        self._audit.remark("crew_complete", **hashed(output=_text(output)))
        return output

    async def akickoff(self, inputs: dict[str, Any] | None = None, **more: Any) -> Any:
        self._require_audited()
        await self._audit.note_async(
            "crew_kickoff", agents=len(self.agents), tasks=len(self.tasks), **hashed(inputs=inputs or {})
        )
        try:
            output = await super().akickoff(inputs, **more)
        except BaseException as error:
            await self._audit.remark_async("crew_complete", error=type(error).__name__)
            raise
        await self._audit.remark_async("crew_complete", **hashed(output=_text(output)))
        return output


def _text(result: Any) -> str:
    raw = getattr(result, "raw", result)
    return raw if isinstance(raw, str) else str(raw)
