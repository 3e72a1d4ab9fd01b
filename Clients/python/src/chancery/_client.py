"""What the blocking and the asynchronous client have in common: where the daemon is, and who asks."""

from __future__ import annotations

import copy
import os
import ssl
from typing import TypeVar

from ._flow import Flow, Result
from ._place import Place
from ._signing import RequestKey, Session
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

    def _with_session(self, flow: Flow[Result]) -> Flow[Result]:
        return flow if self._session is None else self._session.around(flow)


def _opened(key: str | os.PathLike[str], passphrase: str | None, was_given: bool) -> RequestKey:
    try:
        return RequestKey.read(key, passphrase)
    except ChanceryError as error:
        # A passphrase of the environment may be meant for other files.
        if error.code != "ledger.key_file_not_encrypted" or was_given:
            raise
    return RequestKey.read(key)
