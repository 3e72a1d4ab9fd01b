# mypy: disable-error-code="import-not-found, misc, no-any-return, has-type, unused-ignore"
"""LangChain and LangGraph: a callback handler that can block, and an executor that carries it.

A handler sees what it is attached to. Attached to a model alone it sees no tool; give it to the whole run
(`config={"callbacks": [handler]}`), or to the tools themselves (`audited_tool`), which then ask the gate whoever calls them.

A tool of `audited_tool` runs with a copy of the arguments that were decided. A handler alone cannot see to that: LangChain
shows it a copy of the outermost dictionary and runs the tool with the original. Whoever else holds that dictionary can change
it while the gate is asked, and neither the gate nor the record will know. Nor does LangChain tell a handler that a tool was
cancelled, or ended the program: an action that was decided then has no outcome, and shows among the orphans, unless its tool
is one of `audited_tool`.
"""

from __future__ import annotations

import contextlib
import functools
import threading
import types
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from langchain_core.agents import AgentAction, AgentFinish
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage
from langchain_core.outputs import LLMResult
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.tools import BaseTool
from langchain_core.tools import tool as make_tool

try:
    # Ids that LangChain makes itself, in order of time; older versions have none.
    from langchain_core.utils.uuid import uuid7 as new_id
except ImportError:
    from uuid import uuid4 as new_id

from .._begun import aside
from ..client import Client
from ..errors import ChanceryError
from ..sessions import AgentSession
from ._audit import Audit, Events, Step, hashed, taken

TOOL = Events("tool_start", "tool_end", "tool_error", "tool_blocked_by_trustgate")
MODEL = Events("llm_start", "llm_response", "llm_error", "llm_blocked_by_trustgate")


class ChanceryCallbackHandler(BaseCallbackHandler):
    """Stamps what a run does and has each tool decided before it runs; the action is the tool's name.

    With `model_action` calls of a model are decided too, as an action of that name with the model's name. What somebody changes
    in the dictionary of a tool's arguments while the gate is asked is not noticed: `audited_tool` copies it.
    """

    # LangChain logs what a handler raises and goes on, unless this is set: then a refusal stops the tool.
    raise_error = True

    def __init__(
        self,
        client: Client | str | None = None,
        *,
        wait: float | None = None,
        session: AgentSession | None = None,
        model_action: str | None = None,
    ) -> None:
        super().__init__()
        self.audit = Audit(client, "langchain", wait=wait, session=session)
        self._model_action = model_action
        self._steps: dict[UUID, Step] = {}
        self._tokens: dict[UUID, int] = {}
        self._turn = threading.Lock()
        self.audit.note("callback_handler_initialized")

    # MARK: tools

    def on_tool_start(
        self,
        serialized: dict[str, Any] | None,
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        inputs: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:
        name = (serialized or {}).get("name") or "tool"
        arguments: Mapping[str, Any] = inputs if inputs is not None else {"input": input_str}
        told = {"tool": name, "run_id": str(run_id), "parent_run_id": _text(parent_run_id)}
        self._begin(run_id, lambda: self.audit.step(TOOL, name, arguments, **told, **hashed(input=arguments)))

    def on_tool_end(self, output: Any, *, run_id: UUID, **_: Any) -> None:
        self._over(run_id, lambda step: step.finish(_content(output)))

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        run = _RUN.get()
        end = run.end if run is not None and run.id == run_id else _failed
        self._over(run_id, lambda step: end(step, error))

    # MARK: models

    def on_llm_start(
        self,
        serialized: dict[str, Any] | None,
        prompts: list[str],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **more: Any,
    ) -> None:
        self._model(serialized, prompts, run_id, parent_run_id, more)

    def on_chat_model_start(
        self,
        serialized: dict[str, Any] | None,
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **more: Any,
    ) -> None:
        said = [[{"type": one.type, "content": one.content} for one in batch] for batch in messages]
        self._model(serialized, said, run_id, parent_run_id, more)

    def _model(
        self, serialized: dict[str, Any] | None, prompts: Any, run_id: UUID, parent_run_id: UUID | None, more: dict[str, Any]
    ) -> None:
        terms = more.get("invocation_params") or {}
        name = terms.get("model") or terms.get("model_name") or (serialized or {}).get("name") or terms.get("_type")
        model = str(name or "model")
        told = {"model": model, "run_id": str(run_id), "parent_run_id": _text(parent_run_id)}
        asked = {"model": model}
        self._begin(run_id, lambda: self.audit.step(MODEL, self._model_action, asked, **told, **hashed(prompt=prompts)))

    def on_llm_new_token(self, token: Any, *, run_id: UUID, **_: Any) -> None:
        with self._turn:
            self._tokens[run_id] = self._tokens.get(run_id, 0) + 1

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **_: Any) -> None:
        said = [[_generation(one) for one in batch] for batch in response.generations]
        parts = self._tokens.pop(run_id, None)
        self._over(run_id, lambda step: step.finish(said, streamed_parts=parts))

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        self._tokens.pop(run_id, None)
        self._over(run_id, lambda step: step.fail(error))

    # MARK: chains and agents

    def on_chain_start(
        self,
        serialized: dict[str, Any] | None,
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        name: str | None = None,
        **_: Any,
    ) -> None:
        called = name or (serialized or {}).get("name")
        self.audit.note(
            "chain_start",
            chain=called,
            run_id=str(run_id),
            parent_run_id=_text(parent_run_id),
            **hashed(inputs=_content(inputs)),
        )

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **_: Any) -> None:
        self.audit.remark("chain_end", run_id=str(run_id), **hashed(outputs=_content(outputs)))

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        self.audit.remark("chain_error", run_id=str(run_id), error=type(error).__name__)

    def on_agent_action(self, action: AgentAction, *, run_id: UUID, **_: Any) -> None:
        self.audit.note("agent_action", tool=action.tool, run_id=str(run_id), **hashed(input=action.tool_input))

    def on_agent_finish(self, finish: AgentFinish, *, run_id: UUID, **_: Any) -> None:
        self.audit.remark("agent_finish", run_id=str(run_id), **hashed(output=finish.return_values))

    def _begin(self, run_id: UUID, prepare: Callable[[], Step]) -> None:
        try:
            step = prepare()
            step.begin()
        except NotImplementedError as error:
            # LangChain takes this one, from a method of an argument, for a handler that has no interest, and would go on.
            raise ChanceryError("client.not_portable", "an argument has no form that a policy reads") from error
        with self._turn:
            self._steps[run_id] = step
        run = _RUN.get()
        if run is not None and run.id == run_id:
            run.began(self)

    def _over(self, run_id: UUID, end: Callable[[Step], None]) -> None:
        step = self._taken(run_id)
        if step is not None:
            end(step)

    def _taken(self, run_id: UUID) -> Step | None:
        with self._turn:
            return self._steps.pop(run_id, None)


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _content(value: Any) -> Any:
    """What a message says; its ids and times differ with every run."""
    if isinstance(value, BaseMessage):
        return {"type": value.type, "content": value.content}
    if isinstance(value, Mapping):
        return {str(key): _content(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_content(one) for one in value]
    return value


def _generation(one: Any) -> dict[str, Any]:
    message = getattr(one, "message", None)
    calls = [{"name": call["name"], "args": call["args"]} for call in getattr(message, "tool_calls", None) or []]
    return {"text": one.text, "tool_calls": calls}


def _failed(step: Step, error: BaseException) -> None:
    step.fail(error)


class _Run:
    """One run of a tool, and who decided it: LangChain tells no handler of an end that is no `Exception`, and some of none when
    another handler raises.
    """

    def __init__(self, tool: BaseTool, run_id: UUID) -> None:
        self.id = run_id
        self._tool = tool
        # What the tool returned, when it did: what is raised after that does not undo it.
        self._results: list[Any] = []
        self._depth = 0
        self._turn = threading.Lock()
        self._handlers: list[ChanceryCallbackHandler] = []
        self._error: BaseException | None = None

    def began(self, handler: ChanceryCallbackHandler) -> None:
        """A handler used a permission for this run, perhaps in a thread that went on when the run was over."""
        with self._turn:
            self._handlers.append(handler)
            error = self._error
        if error is not None:
            handler.on_tool_error(error, run_id=self.id)

    @contextlib.contextmanager
    def calling(self, tool: BaseTool) -> Iterator[list[Any]]:
        """Takes what the tool returns; of calls of it inside each other that is what the outermost one does."""
        results: list[Any] = []
        own = tool is self._tool
        with self._turn:
            self._depth += own
        try:
            yield results
        finally:
            with self._turn:
                self._depth -= own
                if own and self._depth == 0:
                    self._results = results

    def end(self, step: Step, error: BaseException) -> None:
        if self._results:
            step.finish(_content(self._results[-1]), error=type(error).__name__)
        else:
            step.fail(error)

    def ended(self, error: BaseException) -> list[Step]:
        """The steps of which nobody said what came of them."""
        with self._turn:
            self._error = error
            handlers = list(self._handlers)
        return [step for step in (handler._taken(self.id) for handler in handlers) if step is not None]


# The run that is going on; handlers are called in its context, in whatever thread.
_RUN: ContextVar[_Run | None] = ContextVar("_RUN", default=None)


class _Taking:
    """A tool that runs with a copy of its arguments, which nobody else can change while they are decided, and whose runs have
    an outcome however they end.
    """

    def run(self, tool_input: Any, *more: Any, **settings: Any) -> Any:
        run, outer = _Run(self, settings.pop("run_id", None) or new_id()), _RUN.get()
        _RUN.set(run)
        try:
            return super().run(_held(self, tool_input), *more, run_id=run.id, **settings)
        except BaseException as error:
            for step in run.ended(error):
                run.end(step, error)
            raise
        finally:
            _RUN.set(outer)

    async def arun(self, tool_input: Any, *more: Any, **settings: Any) -> Any:
        run, outer = _Run(self, settings.pop("run_id", None) or new_id()), _RUN.get()
        _RUN.set(run)
        try:
            return await super().arun(_held(self, tool_input), *more, run_id=run.id, **settings)
        except BaseException as error:
            # Not awaited: whoever is cancelled or closed may have no loop any more.
            for step in run.ended(error):
                aside(functools.partial(run.end, step, error))
            raise
        finally:
            # Not by a token, which belongs to one context: a coroutine may be closed in another.
            _RUN.set(outer)


def _held(tool: Any, tool_input: Any) -> Any:
    """What LangChain injects, which no handler sees, stays what it is."""
    if not isinstance(tool_input, dict):
        return tool_input
    return {**tool_input, **taken(tool._filter_injected_args(tool_input))}


def _returning(act: Callable[..., Any]) -> Callable[..., Any]:
    """What a tool does, with its signature, and the run told that it did."""

    @functools.wraps(act)
    def acting(self: Any, *arguments: Any, **keywords: Any) -> Any:
        if (run := _RUN.get()) is None:
            return act(self, *arguments, **keywords)
        with run.calling(self) as results:
            results.append(result := act(self, *arguments, **keywords))
        return result

    return acting


def _returning_async(act: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(act)
    async def acting(self: Any, *arguments: Any, **keywords: Any) -> Any:
        if (run := _RUN.get()) is None:
            return await act(self, *arguments, **keywords)
        with run.calling(self) as results:
            results.append(result := await act(self, *arguments, **keywords))
        return result

    return acting


@functools.cache
def _taking(kind: type[BaseTool]) -> type[BaseTool]:
    if issubclass(kind, _Taking):
        return kind
    members: dict[str, Any] = {"__module__": kind.__module__, "_run": _returning(kind._run)}
    # LangChain asks whether a tool has one of its own; the one of all tools calls `_run`.
    if kind._arun is not BaseTool._arun:
        members["_arun"] = _returning_async(kind._arun)
    return types.new_class(kind.__name__, (_Taking, kind), exec_body=lambda body: body.update(members))


def audited_tool(
    tool: BaseTool | Callable[..., Any],
    handler: ChanceryCallbackHandler | Client | str | None = None,
    **settings: Any,
) -> BaseTool:
    """A tool that asks the gate itself, whoever calls it, and runs with a copy of the arguments that were decided; a function
    becomes one. The tool that is given stays as it was. What LangChain injects is neither decided nor copied.

    A tool that asks already asks for `handler` instead. One that is run with another handler besides, such as that of an
    `AuditedAgentExecutor`, is decided by both.
    """
    if not isinstance(handler, ChanceryCallbackHandler):
        handler = ChanceryCallbackHandler(handler, **settings)
    found = tool if isinstance(tool, BaseTool) else make_tool(tool)
    held = found.callbacks if isinstance(found.callbacks, list) else getattr(found.callbacks, "handlers", [])
    others = [one for one in held if not isinstance(one, ChanceryCallbackHandler)]
    copied = found.model_copy(update={"callbacks": [*others, handler]})
    kind: Any = type(copied)
    # Past pydantic, which takes every name for a field.
    object.__setattr__(copied, "__class__", _taking(kind))
    return copied


class AuditedAgentExecutor:
    """Runs an agent with a handler of its own on everything that it calls.

    With `tools`, `agent` is one of `langchain_classic` and gets an `AgentExecutor`; without, it is whatever runs: a graph of
    `create_agent`, a chain. Its tools are then as they are; make them with `audited_tool` to have their arguments copied.
    """

    def __init__(
        self,
        agent: Any,
        tools: Sequence[BaseTool] | None = None,
        client: Client | str | None = None,
        *,
        wait: float | None = None,
        session: AgentSession | None = None,
        model_action: str | None = None,
        **settings: Any,
    ) -> None:
        self.handler = ChanceryCallbackHandler(client, wait=wait, session=session, model_action=model_action)
        if tools is not None:
            from langchain_classic.agents import AgentExecutor

            # Tools ask the gate themselves too: the same handler is called once for each run.
            held = [audited_tool(tool, self.handler) for tool in tools]
            agent = AgentExecutor(agent=agent, tools=held, **settings)
        elif settings:
            raise TypeError(f"only an AgentExecutor takes {', '.join(settings)}")
        self.runnable: Runnable[Any, Any] = agent

    @property
    def audit(self) -> Audit:
        return self.handler.audit

    def _config(self, config: RunnableConfig | None) -> RunnableConfig:
        given = dict(config or {})
        callbacks = given.get("callbacks") or []
        if not isinstance(callbacks, list):
            callbacks = callbacks.copy()
            callbacks.add_handler(self.handler, inherit=True)
        elif self.handler not in callbacks:
            callbacks = [*callbacks, self.handler]
        return {**given, "callbacks": callbacks}  # type: ignore[typeddict-item]

    def invoke(self, input: Any, config: RunnableConfig | None = None, **more: Any) -> Any:
        self.audit.note("executor_invoke", **hashed(input=_content(input)))
        try:
            output = self.runnable.invoke(input, self._config(config), **more)
        except BaseException as error:
            self.audit.remark("executor_complete", error=type(error).__name__)
            raise
        self.audit.remark("executor_complete", **hashed(output=_content(output)))
        return output

    def stream(self, input: Any, config: RunnableConfig | None = None, **more: Any) -> Iterator[Any]:
        self.audit.note("executor_invoke", **hashed(input=_content(input)))
        parts = 0
        try:
            for part in self.runnable.stream(input, self._config(config), **more):
                parts += 1
                yield part
        except BaseException as error:
            self.audit.remark("executor_complete", streamed_parts=parts, error=type(error).__name__)
            raise
        self.audit.remark("executor_complete", streamed_parts=parts)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **more: Any) -> Any:
        await self.audit.note_async("executor_invoke", **hashed(input=_content(input)))
        try:
            output = await self.runnable.ainvoke(input, self._config(config), **more)
        except BaseException as error:
            await self.audit.remark_async("executor_complete", error=type(error).__name__)
            raise
        await self.audit.remark_async("executor_complete", **hashed(output=_content(output)))
        return output

    async def astream(self, input: Any, config: RunnableConfig | None = None, **more: Any) -> AsyncIterator[Any]:
        await self.audit.note_async("executor_invoke", **hashed(input=_content(input)))
        parts = 0
        try:
            async for part in self.runnable.astream(input, self._config(config), **more):
                parts += 1
                yield part
        except BaseException as error:
            await self.audit.remark_async("executor_complete", streamed_parts=parts, error=type(error).__name__)
            raise
        await self.audit.remark_async("executor_complete", streamed_parts=parts)


# PiQrypt's names.
PiQryptCallbackHandler = ChanceryCallbackHandler
piqrypt_tool = audited_tool
