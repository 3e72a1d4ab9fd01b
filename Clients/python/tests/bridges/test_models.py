"""Models of pydantic as arguments: what is shown of them, and what is refused."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from typing import Annotated, Any

import pytest
from meanwhile import asking

pytest.importorskip("pydantic")

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    PlainSerializer,
    RootModel,
    SecretStr,
    computed_field,
    field_serializer,
)

from chancery import ChanceryError, portable
from chancery.bridges._audit import taken
from chancery.bridges.generic import audited


class Address:
    """A class of which nobody knows a form."""

    def __init__(self, name: str) -> None:
        self.name = name


class Letter(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    to: Address
    copies: list[Any] = []
    reply: Annotated[Any, PlainSerializer(lambda one: one.name)] = None
    text: str = ""

    @field_serializer("to")
    def _of_address(self, to: Address) -> str:
        return to.name

    @field_serializer("copies")
    def _of_copies(self, copies: list[Any]) -> list[Any]:
        return [one.name if isinstance(one, Address) else "..." for one in copies]


def test_what_has_no_form_is_shown_as_its_model_serialises_it_and_everything_else_as_it_is() -> None:
    ada = Address("ada")
    assert portable(Letter(to=ada, copies=[ada], reply=ada, text="hello")) == {
        "to": "ada", "copies": ["ada"], "reply": "ada", "text": "hello"
    }  # fmt: skip
    assert portable(Letter(to=ada, copies=["eve"]))["copies"] == ["eve"], "what has a form is not hidden by a serialiser"


def test_what_a_serialiser_would_hide_is_not_hidden_by_a_value_that_is_refused() -> None:
    deep: Any = "eve"
    for _ in range(30):
        deep = [deep]
    for copies in (["\ud800"], [deep]):
        with pytest.raises(ChanceryError, match="not_portable"):
            portable(Letter(to=Address("ada"), copies=copies))


class Card(BaseModel):
    number: str = Field(exclude=True)


class Held(BaseModel):
    name: str
    client: Any = Field(default_factory=threading.Lock, exclude=True)
    anything: Any = None


def test_an_excluded_lock_is_left_out_and_its_model_is_handed_on() -> None:
    held = Held(name="ada")
    assert taken({"held": held})["held"] is held
    with asking() as house:

        @audited(house.client)
        async def work(held: Held) -> str:
            return held.name

        assert asyncio.run(work(held)) == "ada"
        assert house.payloads == [{"held": {"name": "ada", "anything": None}}]
        assert house.outcomes == ["done"]


@pytest.mark.parametrize("chosen", [HttpUrl("http://one.example"), SecretStr("one"), timedelta(days=1)])
def test_what_somebody_may_have_written_is_not_left_out(chosen: Any) -> None:
    with pytest.raises(ChanceryError, match="not_portable"):
        portable(Held(name="ada", client=chosen))


def test_nothing_but_a_lone_object_is_left_out() -> None:
    assert portable(Held(name="ada", client="shown"))["client"] == "shown"
    deep: Any = 1
    for _ in range(30):
        deep = [deep]
    refused = [
        *(
            Held(name="ada", client=client)
            for client in ("\ud800", deep, [threading.Lock()], {"a": "b", "lock": Address("eve")})
        ),
        Held(name="ada", anything=Address("eve")),
        # A dump of these would leave out the number.
        Held(name="ada", anything=[Card(number="1"), Address("eve")]),
        RootModel[Any](Address("eve")),
    ]
    for one in refused:
        with pytest.raises(ChanceryError, match="not_portable"):
            portable(one)


READ: list[str] = []


class Counted(BaseModel):
    amount: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def total(self) -> int:
        READ.append("total")
        return self.amount


def test_each_member_is_read_once() -> None:
    READ.clear()
    assert portable(Counted(amount=5)) == {"amount": 5, "total": 5}
    assert READ == ["total"]


class Failing(BaseModel):
    kind: str

    @computed_field  # type: ignore[prop-decorator]
    @property
    def total(self) -> int:
        raise AttributeError if self.kind == "attribute" else ValueError


@pytest.mark.parametrize("kind", ["attribute", "value"])
def test_a_member_that_cannot_be_read_is_refused(kind: str) -> None:
    with pytest.raises(ChanceryError, match="`total` of a Failing cannot be read"):
        portable(Failing(kind=kind))


class Partial(BaseModel):
    name: str
    amount: int


def test_a_field_that_was_never_set_is_not_there() -> None:
    assert portable(Partial.model_construct(name="ada")) == {"name": "ada"}


class Open(BaseModel, extra="allow"):
    @computed_field  # type: ignore[prop-decorator]
    @property
    def amount(self) -> int:
        return 100_000


def test_what_was_added_does_not_stand_in_for_what_is_computed() -> None:
    assert portable(Open(note="x")) == {"amount": 100_000, "note": "x"}  # type: ignore[call-arg]
    with pytest.raises(ChanceryError, match="one name"):
        portable(Open.model_validate({"amount": 5}))
