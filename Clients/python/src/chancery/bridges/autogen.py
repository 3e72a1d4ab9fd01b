# mypy: disable-error-code="import-not-found, misc, no-any-return, has-type, unused-ignore"
"""AutoGen (`autogen-agentchat`): assistants, group chats and code executors on record, their tools and code decided first.

AutoGen hands what a tool raises to the model as text and goes on; a refused tool has not run all the same.
`AuditedCodeExecutor` raises.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.base import Response, TaskResult
from autogen_agentchat.messages import BaseAgentEvent, BaseChatMessage, HandoffMessage, MultiModalMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import CancellationToken, Image
from autogen_core.code_executor import CodeBlock, CodeExecutor, CodeResult
from autogen_core.tools import BaseTool, FunctionTool, ToolResult, ToolSchema, Workbench

from .._begun import aside
from .._portable import portable
from ..client import Client
from ..sessions import AgentSession
from ._audit import Audit, Events, Step, hashed, taken

TOOL = Events("tool_start", "tool_end", "tool_error", "tool_blocked_by_trustgate")
REPLY = Events("reply_start", "assistant_reply", "reply_error", "reply_blocked_by_trustgate")
CODE = Events("code_start", "code_executed", "code_error", "code_blocked_by_trustgate")


class ToolFailed(Exception):
    """The tool answered that it failed."""


class NoReply(Exception):
    """A reply ended without one."""


def _tool_step(audit: Audit, name: str, arguments: Any) -> Step:
    shown = arguments if isinstance(arguments, Mapping) else functools.partial(portable, arguments)
    return audit.step(TOOL, name, shown, tool=name, **hashed(input=arguments))


class AuditedTool(BaseTool[Any, Any]):
    """A tool behind the gate; the action is its name, the payload its arguments."""

    def __init__(self, inner: BaseTool[Any, Any], audit: Audit) -> None:
        super().__init__(inner.args_type(), inner.return_type(), inner.name, inner.description)
        self._inner = inner
        self._audit = audit

    @property
    def schema(self) -> ToolSchema:
        return self._inner.schema

    def return_value_as_string(self, value: Any) -> str:
        return self._inner.return_value_as_string(value)

    async def run(self, args: Any, cancellation_token: CancellationToken) -> Any:
        given = taken(args)
        return await self._guarded(given, lambda: self._inner.run(given, cancellation_token))

    async def run_json(self, args: Mapping[str, Any], cancellation_token: CancellationToken, call_id: str | None = None) -> Any:
        given = taken(dict(args))
        return await self._guarded(given, lambda: self._inner.run_json(given, cancellation_token, call_id))

    async def _guarded(self, arguments: Any, act: Callable[[], Any]) -> Any:
        step = _tool_step(self._audit, self._inner.name, arguments)
        await step.begin_async()
        try:
            result = await act()
        except BaseException as error:
            await step.fail_async(error)
            raise
        await step.finish_async(result)
        return result

    async def save_state_json(self) -> Mapping[str, Any]:
        return await self._inner.save_state_json()

    async def load_state_json(self, state: Mapping[str, Any]) -> None:
        await self._inner.load_state_json(state)


class AuditedWorkbench(Workbench):
    """A workbench, such as one of an MCP server, whose calls are decided first."""

    def __init__(self, inner: Workbench, audit: Audit) -> None:
        self._inner = inner
        self._audit = audit

    async def list_tools(self) -> list[ToolSchema]:
        return await self._inner.list_tools()

    async def call_tool(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
        call_id: str | None = None,
    ) -> ToolResult:
        given = taken(dict(arguments or {}))
        step = _tool_step(self._audit, name, given)
        await step.begin_async()
        try:
            result = await self._inner.call_tool(name, given, cancellation_token, call_id)
        except BaseException as error:
            await step.fail_async(error)
            raise
        await (step.fail_async(ToolFailed()) if result.is_error else step.finish_async(result.to_text()))
        return result

    async def start(self) -> None:
        await self._inner.start()

    async def stop(self) -> None:
        await self._inner.stop()

    async def reset(self) -> None:
        await self._inner.reset()

    async def save_state(self) -> Mapping[str, Any]:
        return await self._inner.save_state()

    async def load_state(self, state: Mapping[str, Any]) -> None:
        await self._inner.load_state(state)


class AuditedAssistant(AssistantAgent):
    """An assistant with a chain of its own. `client` is that agent's client, or its name.

    Its tools are decided under their names; with `reply_action` each reply is too, as an action of that name. The names of
    its events are those of messages and tools; what they say is hashed.
    """

    def __init__(
        self,
        name: str,
        model_client: Any,
        *,
        client: Client | str | None = None,
        wait: float | None = None,
        session: AgentSession | None = None,
        reply_action: str | None = None,
        tools: Sequence[BaseTool[Any, Any] | Callable[..., Any]] | None = None,
        workbench: Workbench | Sequence[Workbench] | None = None,
        **settings: Any,
    ) -> None:
        self.audit = Audit(client, "autogen", wait=wait, session=session)
        self._reply_action = reply_action
        held = [AuditedTool(_as_tool(tool), self.audit) for tool in tools or []]
        benches = [workbench] if isinstance(workbench, Workbench) else list(workbench or [])
        super().__init__(
            name,
            model_client,
            tools=list(held) if held else None,
            workbench=[AuditedWorkbench(bench, self.audit) for bench in benches] if benches else None,
            **settings,
        )
        self.audit.note("assistant_initialized", assistant=name)

    async def on_messages_stream(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        def said() -> list[dict[str, Any]]:
            return [_told(one) for one in messages]

        step = self.audit.step(
            REPLY,
            self._reply_action,
            lambda: {"messages": said()},
            assistant=self.name,
            senders=sorted({one.source for one in messages}),
            **hashed(messages=said()),
        )
        await step.begin_async()
        try:
            async for part in super().on_messages_stream(messages, cancellation_token):
                if isinstance(part, Response):
                    # Before it is handed on: whoever has the reply asks for no more.
                    await step.finish_async(part.chat_message.to_model_text())
                yield part
        except GeneratorExit as error:
            # Whoever has the reply asks for no more; who closes this before has none. Nothing is awaited here.
            if not step.is_over:
                aside(functools.partial(step.fail, error))
            raise
        except BaseException as error:
            await step.fail_async(error)
            raise
        if not step.is_over:
            await step.fail_async(NoReply())


def _told(message: BaseChatMessage) -> dict[str, Any]:
    """What a message says to the model; its text has placeholders where there are images."""
    told: dict[str, Any] = {"source": message.source, "text": message.to_model_text()}
    if isinstance(message, MultiModalMessage):
        images = [part for part in message.content if isinstance(part, Image)]
        told["images"] = [_picture(image) for image in images]
    if isinstance(message, HandoffMessage):
        told["context"] = [_context(one) for one in message.context]
    return told


def _context(message: Any) -> Any:
    """A message that a handoff puts before the model, besides its own."""
    if not isinstance(message.content, list):
        return message
    parts = [_picture(part) if isinstance(part, Image) else part for part in message.content]
    return message.model_copy(update={"content": parts})


def _picture(image: Image) -> dict[str, Any]:
    """An image by its pixels, and by what its PNG has besides: to encode one takes seconds, and would at each reading."""
    picture = image.image
    told = {"mode": picture.mode, "size": list(picture.size), **portable(picture.tobytes())}
    for name in ("icc_profile", "transparency"):
        if (one := picture.info.get(name)) is not None:
            told[name] = portable(one)
    if (palette := picture.getpalette()) is not None:
        told["palette"] = portable(bytes(palette))
    return told


def _as_tool(tool: BaseTool[Any, Any] | Callable[..., Any]) -> BaseTool[Any, Any]:
    if isinstance(tool, BaseTool):
        return tool
    return FunctionTool(tool, description=(tool.__doc__ or "").strip() or tool.__name__)


class AuditedCodeExecutor(CodeExecutor):
    """A code executor whose blocks are decided first, as the action `execute_code`; a refusal is raised."""

    def __init__(
        self,
        inner: CodeExecutor,
        client: Client | str | None = None,
        *,
        action: str = "execute_code",
        wait: float | None = None,
        session: AgentSession | None = None,
    ) -> None:
        self._inner = inner
        self._action = action
        self.audit = Audit(client, "autogen", wait=wait, session=session)

    async def execute_code_blocks(self, code_blocks: list[CodeBlock], cancellation_token: CancellationToken) -> CodeResult:
        blocks = [CodeBlock(code=block.code, language=block.language) for block in code_blocks]
        shown = {"blocks": [{"language": block.language, "code": block.code} for block in blocks]}
        languages = sorted({block.language for block in blocks})
        step = self.audit.step(CODE, self._action, shown, languages=languages, **hashed(code=shown))
        await step.begin_async()
        try:
            result = await self._inner.execute_code_blocks(blocks, cancellation_token)
        except BaseException as error:
            await step.fail_async(error)
            raise
        await step.finish_async(result.output, exit_code=result.exit_code)
        return result

    async def start(self) -> None:
        await self._inner.start()

    async def stop(self) -> None:
        await self._inner.stop()

    async def restart(self) -> None:
        await self._inner.restart()


class AuditedGroupChat(RoundRobinGroupChat):
    """A round-robin team that puts its runs on the chain of `client`. Participants audit themselves: give it
    `AuditedAssistant`s.
    """

    def __init__(
        self,
        participants: list[Any],
        *,
        client: Client | str | None = None,
        wait: float | None = None,
        session: AgentSession | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(participants, **settings)
        first = next((one for one in participants if isinstance(one, AuditedAssistant)), None)
        shared = client is None and first is not None
        self.audit = first.audit if shared and first else Audit(client, "autogen", wait=wait, session=session)
        self.audit.note("groupchat_initialized", participants=[one.name for one in participants])

    async def run_stream(
        self, *, task: Any = None, cancellation_token: CancellationToken | None = None, output_task_messages: bool = True
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | TaskResult, None]:
        await self.audit.note_async("groupchat_start", **hashed(task=_task(task)))
        try:
            async for part in super().run_stream(
                task=task, cancellation_token=cancellation_token, output_task_messages=output_task_messages
            ):
                if isinstance(part, TaskResult):
                    await self.audit.remark_async(
                        "groupchat_complete", messages=len(part.messages), stop_reason=part.stop_reason
                    )
                yield part
        except GeneratorExit:
            raise
        except BaseException as error:
            await self.audit.remark_async("groupchat_complete", error=type(error).__name__)
            raise


def _task(task: Any) -> Any:
    messages = [task] if isinstance(task, BaseChatMessage) else task
    if isinstance(messages, (list, tuple)):
        return [one.to_model_text() if isinstance(one, BaseChatMessage) else str(one) for one in messages]
    return messages


__all__ = [
    "AuditedAssistant",
    "AuditedCodeExecutor",
    "AuditedGroupChat",
    "AuditedTool",
    "AuditedWorkbench",
]
