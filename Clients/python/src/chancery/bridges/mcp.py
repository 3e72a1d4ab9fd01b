"""A client of the Model Context Protocol whose tool calls are decided first.

It gates the calls of one program that uses it. `chancery mcp gate` stands between any client and its server, pins what the
tools say of themselves, and needs no change of either.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any

from ..client import Client
from ..errors import ChanceryError
from ..sessions import AgentSession
from ._audit import Audit, Events, hashed, taken

TOOL = Events("mcp_tool_call", "mcp_tool_result", "mcp_tool_error", "mcp_tool_blocked")
RESOURCE = Events(
    "mcp_resource_read_start", "mcp_resource_read_complete", "mcp_resource_read_error", "mcp_resource_read_blocked"
)
PROMPT = Events("mcp_prompt_get", "mcp_prompt_result", "mcp_prompt_error", "mcp_prompt_blocked")


_HARMLESS = frozenset(
    {
        *("list_tools", "list_resources", "list_resource_templates", "list_prompts", "complete", "send_ping", "initialize"),
        *("instructions", "server_info", "server_capabilities", "get_server_capabilities", "protocol_version", "discover"),
        *("set_logging_level", "send_roots_list_changed", "send_progress_notification"),
    }
)


# What a call may be given besides that stays with the client; whatever else there is reaches the server, and is decided.
_LOCAL = frozenset({"read_timeout_seconds", "progress_callback", "cache_mode", "allow_input_required", "allow_claimed"})


# What is known to reach the server; clients of later versions may have more.
_SENT = frozenset({"meta", "input_responses", "request_state"})


class ToolFailed(Exception):
    """The tool answered that it failed."""


def _besides(more: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a call is given besides, as it is handed on and as it is decided."""
    sent = taken({name: one for name, one in more.items() if name not in _LOCAL and one is not None})
    return {**more, **sent}, {f"_{name}": one for name, one in sent.items()}


def _require_own_names(arguments: dict[str, Any], besides: dict[str, Any], call: Callable[..., Any]) -> None:
    """That no argument has the name of what a call could be given besides: two calls would be decided as one."""
    options = (_SENT | inspect.signature(call).parameters.keys()) - _LOCAL - {"name", "arguments"}
    reserved = {f"_{name}" for name in options} | besides.keys()
    if shared := arguments.keys() & reserved:
        raise ChanceryError("client.invalid_value", f"an argument has the name of something else: `{min(shared)}`")


class AuditedMCPClient:
    """Wraps a client that is connected: `mcp.Client`, or `mcp.ClientSession` of earlier versions.

    Tools are decided under their own names. With `resource_action` or `prompt_action` so are resources and prompts, as
    actions of these names. What a call tells the server besides, such as `meta`, is decided with it, as `_meta` and the like;
    a tool's own arguments cannot have these names.
    Everything else goes through as it is.
    """

    def __init__(
        self,
        mcp_client: Any,
        client: Client | str | None = None,
        *,
        server: str = "mcp",
        wait: float | None = None,
        session: AgentSession | None = None,
        resource_action: str | None = None,
        prompt_action: str | None = None,
    ) -> None:
        self._inner = mcp_client
        self._server = server
        self._resource_action, self._prompt_action = resource_action, prompt_action
        self.audit = Audit(client, "mcp", wait=wait, session=session)

    async def __aenter__(self) -> AuditedMCPClient:
        await self.audit.note_async("mcp_session_start", server=self._server)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.audit.remark_async("mcp_session_end", server=self._server, error=kind.__name__ if kind else None)

    async def call_tool(self, name: str, arguments: dict[str, Any] | None = None, **more: Any) -> Any:
        """Calls a tool that the gate lets be called, with exactly the arguments that were decided."""
        given, (more, besides) = taken(arguments or {}), _besides(more)
        _require_own_names(given, besides, self._inner.call_tool)
        shown = {**given, **besides}
        step = self.audit.step(TOOL, name, shown, server=self._server, tool=name, **hashed(arguments=shown))
        await step.begin_async()
        try:
            result = await self._inner.call_tool(name, given, **more)
        except BaseException as error:
            await step.fail_async(error)
            raise
        if getattr(result, "is_error", None) or getattr(result, "isError", None):
            await step.fail_async(ToolFailed())
        else:
            await step.finish_async(result)
        return result

    async def read_resource(self, uri: Any, **more: Any) -> Any:
        given, (more, besides) = str(uri), _besides(more)
        shown = {"uri": given, **besides}
        step = self.audit.step(RESOURCE, self._resource_action, shown, server=self._server, **hashed(uri=given))
        return await self._carried(step, lambda: self._inner.read_resource(given, **more))

    async def get_prompt(self, name: str, arguments: dict[str, str] | None = None, **more: Any) -> Any:
        given, (more, besides) = taken(arguments), _besides(more)
        shown = {"name": name, "arguments": given or {}, **besides}
        step = self.audit.step(PROMPT, self._prompt_action, shown, server=self._server, prompt=name)
        return await self._carried(step, lambda: self._inner.get_prompt(name, given, **more))

    async def _carried(self, step: Any, act: Any) -> Any:
        await step.begin_async()
        try:
            result = await act()
        except BaseException as error:
            await step.fail_async(error)
            raise
        await step.finish_async(result)
        return result

    def __getattr__(self, name: str) -> Any:
        # What is not known to call nothing could be a way around the gate.
        if name not in _HARMLESS:
            raise AttributeError(name)
        return getattr(self._inner, name)
