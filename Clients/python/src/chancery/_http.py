"""One request and its answer as bytes (HTTP/1.1), without a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import h11

from .errors import Malformed

LARGEST_ANSWER = 64 << 20
_MOST_INTERIM = 4


@dataclass(frozen=True)
class Request:
    """What is asked. A body is bytes, or parts of a stated length that can be read again."""

    method: str
    path: str
    body: bytes = b""
    media_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    # Seconds that the whole exchange may take; None for the transport's own.
    timeout: float | None = None
    parts: Callable[[], Iterator[bytes]] | None = None
    length: int = 0
    # Gets the body of an answer of success in place of the reply.
    sink: Callable[[bytes], None] | None = None
    largest_answer: int = LARGEST_ANSWER

    def adding(self, *headers: tuple[str, str]) -> Request:
        return replace(self, headers=self.headers + headers)

    @property
    def is_repeatable(self) -> bool:
        """Whether asking twice does what asking once does."""
        return self.method == "GET"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Exchange:
    """Turns a request into bytes, and the bytes that come back into a reply.

    What is cut off, has no stated end, or goes on after its end is refused.
    """

    def __init__(self, connection: h11.Connection, request: Request, authority: str) -> None:
        self._connection = connection
        self._request = request
        self._authority = authority
        self._interim = 0
        self._head: h11.Response | None = None
        self._parts: list[bytes] = []
        self._received = 0
        # Whether the other side may have begun to act on the request.
        self.has_reached = False

    def opening(self) -> bytes:
        """The head, and the body where it is held whole."""
        request = self._request
        self.has_reached = True
        headers = [("Host", self._authority), *request.headers]
        if request.media_type is not None:
            headers.append(("Content-Type", request.media_type))
        length = request.length if request.parts else len(request.body)
        if length or request.method != "GET":
            headers.append(("Content-Length", str(length)))
        data = self._send(h11.Request(method=request.method, target=request.path, headers=headers))
        if not request.parts:
            data += self._send(h11.Data(data=request.body)) if request.body else b""
            data += self.closing()
        return data

    def part(self, data: bytes) -> bytes:
        return self._send(h11.Data(data=data))

    def closing(self) -> bytes:
        return self._send(h11.EndOfMessage())

    def receive(self, data: bytes) -> Reply | None:
        """The reply when it is whole. `data` is empty when the other side closed."""
        try:
            self._connection.receive_data(data)
            return self._advance()
        except h11.RemoteProtocolError as error:
            raise Malformed("client.malformed_answer", f"the answer is no HTTP, or is cut off: {error}") from None

    @property
    def has_begun(self) -> bool:
        """Whether anything of an answer came."""
        return self._head is not None or self._interim > 0 or bool(self._connection.trailing_data[0])

    @property
    def is_reusable(self) -> bool:
        """Whether the connection takes another request after this one."""
        return self._connection.our_state is h11.DONE and self._connection.their_state is h11.DONE

    def _send(self, event: h11.Event) -> bytes:
        try:
            return self._connection.send(event) or b""
        except h11.LocalProtocolError as error:
            raise Malformed("client.malformed_request", f"the request cannot be sent: {error}") from None

    def _advance(self) -> Reply | None:
        while True:
            event = self._connection.next_event()
            if event is h11.NEED_DATA:
                return None
            if isinstance(event, h11.InformationalResponse):
                self._interim += 1
                if self._interim > _MOST_INTERIM or event.status_code == 101:
                    raise Malformed("client.malformed_answer", "the answer does not begin")
            elif isinstance(event, h11.Response):
                self._head = event
                self._require_end(event)
            elif isinstance(event, h11.Data):
                self._take(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                return self._reply()
            else:
                raise Malformed("client.malformed_answer", "the connection ended before its answer")

    def _require_end(self, head: h11.Response) -> None:
        """A body that ends with its connection cannot be told from one that is cut off."""
        names = [name.decode("ascii").lower() for name, _ in head.headers]
        if "content-length" not in names and "transfer-encoding" not in names and head.status_code not in (204, 304):
            raise Malformed("client.malformed_answer", "the answer does not say where it ends")

    def _take(self, data: bytes) -> None:
        self._received += len(data)
        is_success = self._head is not None and 200 <= self._head.status_code < 300
        if self._request.sink and is_success:
            self._request.sink(data)
            return
        if self._received > self._request.largest_answer:
            raise Malformed("client.malformed_answer", f"the answer has more than {self._request.largest_answer} bytes")
        self._parts.append(data)
        return None

    def _reply(self) -> Reply:
        assert self._head is not None
        if self._connection.trailing_data[0]:
            raise Malformed("client.malformed_answer", "the answer goes on after its end")
        headers: dict[str, str] = {}
        for raw_name, value in self._head.headers:
            name = raw_name.decode("ascii").lower()
            if name == "content-type" and name in headers:
                raise Malformed("client.malformed_answer", "the answer has two types")
            headers[name] = value.decode("latin-1")
        return Reply(self._head.status_code, headers, b"".join(self._parts))


def connection() -> h11.Connection:
    return h11.Connection(h11.CLIENT, max_incomplete_event_size=64 << 10)
