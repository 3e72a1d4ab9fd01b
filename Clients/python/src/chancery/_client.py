"""What the blocking and the asynchronous client have in common: where the daemon is, and who asks."""

from __future__ import annotations

import copy
import os
import ssl
import time
from dataclasses import replace
from typing import TypeVar

from ._flow import NOTHING, Flow, Result, Step
from ._heard import Heard
from ._http import Request
from ._place import Place
from ._signing import RequestKey, Session
from ._transport import Transport
from .errors import ChanceryError

TIMEOUT = 30.0
GATE_TIMEOUT = 5.0

Self = TypeVar("Self", bound="Connection")


class Connection:
    """Settings of a client. Nothing is asked of the daemon before the first call."""

    def __init__(
        self,
        socket: str | os.PathLike[str] | None = None,
        url: str | None = None,
        key: str | os.PathLike[str] | None = None,
        agent: str | None = None,
        passphrase: str | None = None,
        tls: str | ssl.SSLContext | None = None,
        timeout: float = TIMEOUT,
        gate_timeout: float = GATE_TIMEOUT,
    ) -> None:
        self.place = Place.of(socket, url, tls)
        self.agent = agent if agent is not None else os.environ.get("CHANCERY_AGENT") or None
        self.timeout = timeout
        self.gate_timeout = gate_timeout
        self._session: Session | None = None
        if key is None and self.place.socket_path is None:
            key = os.environ.get("CHANCERY_KEY") or None
        if key is not None:
            secret = passphrase if passphrase is not None else os.environ.get("CHANCERY_PASSPHRASE")
            self._session = Session(_opened(key, secret, passphrase is not None), self.place.authority)
        elif self.place.socket_path is None:
            raise ChanceryError("client.no_key", "a url needs the key of a client: `key=`, or CHANCERY_KEY")

    @property
    def reader(self) -> str | None:
        """For whom the owner of a home reads its vault; a key says by itself who reads."""
        return self.agent if self._session is None else None

    def acting_as(self: Self, agent: str) -> Self:
        """The same connections, for another agent of the home."""
        other = copy.copy(self)
        other.agent = agent
        other._adopt()
        return other

    def _adopt(self) -> None:
        """Makes what belongs to one client anew, in a copy."""

    def run_aside(self, flow: Flow[None]) -> None:
        """Carries a flow out over connections of its own, which need no loop: the one of the call may not be waited for, or is
        gone, this client may have been closed meanwhile, and a process that ends begins nothing in a loop any more.
        """
        transport = Transport(self.place, self.timeout)
        try:
            carried_out(self._with_session(flow), transport)
        finally:
            transport.close()

    def _with_session(self, flow: Flow[Result]) -> Flow[Result]:
        return flow if self._session is None else self._session.around(flow)


def carried_out(flow: Flow[Result], transport: Transport, timeout: float | None = None, heard: Heard | None = None) -> Result:
    """What comes of a flow whose requests this thread waits for."""
    try:
        step: Step = next(flow)
        while True:
            reply = NOTHING
            try:
                if isinstance(step, Request):
                    reply = transport.exchange(limited(step, timeout), heard)
                else:
                    time.sleep(step.seconds)
            except ChanceryError as error:
                step = flow.throw(error)
            else:
                step = flow.send(reply)
    except StopIteration as stop:
        value: Result = stop.value
        return value


def limited(request: Request, timeout: float | None) -> Request:
    return request if timeout is None or request.timeout is not None else replace(request, timeout=timeout)


def _opened(key: str | os.PathLike[str], passphrase: str | None, was_given: bool) -> RequestKey:
    try:
        return RequestKey.read(key, passphrase)
    except ChanceryError as error:
        # A passphrase of the environment may be meant for other files.
        if error.code != "ledger.key_file_not_encrypted" or was_given:
            raise
    return RequestKey.read(key)
