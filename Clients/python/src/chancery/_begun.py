"""Calls that are decided, of functions of every kind: when what a call began is over, so is the call."""

from __future__ import annotations

import abc
import asyncio
import concurrent.futures
import contextlib
import contextvars
import functools
import inspect
import itertools
import sys
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator, Iterator
from types import AsyncGeneratorType, CoroutineType, GeneratorType, TracebackType
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])
Result = TypeVar("Result")


def aside(act: Callable[[], None]) -> None:
    """Does what takes time where nobody may wait: in a finalizer, in a coroutine that is being closed."""
    # A thread that begins while the interpreter ends never runs, and until 3.12 whoever starts it waits for it for ever.
    # What the main thread begins when it is over nobody waits for.
    main = threading.main_thread()
    if not sys.is_finalizing() and (main.is_alive() or threading.get_ident() != main.ident):
        with contextlib.suppress(RuntimeError):  # From 3.12 on it says that it starts no more threads.
            return threading.Thread(target=act).start()
    act()
    return None


def apart(act: Callable[[], Result]) -> asyncio.Future[Result]:
    """Does what blocks in a thread of the loop's, to its end also when the loop's tasks are cancelled: this is no task."""
    run = contextvars.copy_context().run
    return asyncio.get_running_loop().run_in_executor(None, lambda: run(act))


async def settled(attempt: Awaitable[None], again: Callable[[], None]) -> None:
    """Waits for what notes an outcome. Whoever ends a loop cancels all of its tasks, this one with them: what was cut off so is
    done `again`, aside. An outcome that is on record already is refused then, and nothing more.
    """
    task = asyncio.ensure_future(attempt)
    try:
        await asyncio.shield(task)
    except (asyncio.CancelledError, GeneratorExit):
        if task.get_loop().is_running():
            task.add_done_callback(lambda over: aside(again) if over.cancelled() else None)
        elif not task.done() or task.cancelled():
            aside(again)
        raise


class Call(abc.ABC):
    """One call. `begin` returns when it may happen, and `finish`, `close` or `fail` says what came of it: whichever is first.

    What blocks is done in threads where a loop must not wait, and done to its end when the task that waits is cancelled.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._is_over = False
        self._has_begun = False
        self._is_abandoned = False

    @abc.abstractmethod
    def begin(self) -> None: ...

    @abc.abstractmethod
    def require_same(self) -> None:
        """That what was decided is what would happen now. Asks nobody, so that nothing changes before the action begins."""

    @abc.abstractmethod
    def finish(self, result: Any = None, **members: Any) -> None:
        """A stream has `parts` and no result."""

    @abc.abstractmethod
    def fail(self, error: BaseException, **members: Any) -> None: ...

    def close(self, parts: int) -> None:
        """A stream was given up: it is finished as far as it went, and failed when nothing came out of it."""
        if parts:
            self.finish(parts=parts, closed=True)
        else:
            self.fail(GeneratorExit(), parts=parts)

    @property
    def is_over(self) -> bool:
        return self._is_over

    def _take(self) -> bool:
        with self._turn:
            first, self._is_over = not self._is_over, True
        return first

    def _begin_unless_abandoned(self) -> None:
        if self._is_abandoned:
            return
        self.begin()
        with self._turn:
            self._has_begun = True
            abandoned = self._is_abandoned
        if abandoned:
            self.fail(asyncio.CancelledError())

    async def begin_async(self) -> None:
        """As `begin`. Cancelled while it waits, the action does not happen, and a permission that is used all the same is noted
        as one that came to nothing, even after the loop is gone.
        """
        try:
            await asyncio.shield(apart(self._begin_unless_abandoned))
        except (asyncio.CancelledError, GeneratorExit) as error:
            with self._turn:
                self._is_abandoned = True
                begun = self._has_begun
            if begun:
                aside(functools.partial(self.fail, error))
            raise
        # Every task that was ready ran between the thread's last look and this one.
        try:
            self.require_same()
        except BaseException as error:
            await self.fail_async(error)
            raise

    async def finish_async(self, result: Any = None, **members: Any) -> None:
        await asyncio.shield(apart(lambda: self.finish(result, **members)))

    async def fail_async(self, error: BaseException, **members: Any) -> None:
        await asyncio.shield(apart(lambda: self.fail(error, **members)))

    async def close_async(self, parts: int) -> None:
        if parts:
            await self.finish_async(parts=parts, closed=True)
        else:
            await self.fail_async(GeneratorExit(), parts=parts)


class _Turn:
    """Raises to whoever advances a stream while it is being advanced: a mistake of one caller, and no end of the call."""

    def __init__(self, kind: type[Exception], detail: str) -> None:
        self._lock = threading.Lock()
        self._kind, self._detail = kind, detail

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise self._kind(self._detail)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._lock.release()


class Stream(Generator[Any, Any, Any]):
    """A generator whose call is over when it is exhausted, closed or fails, and has failed when nobody advanced it."""

    def __init__(self, values: Generator[Any, Any, Any], call: Call) -> None:
        self._values = values
        self._call = call
        self._parts = 0
        self._turn = _Turn(ValueError, "generator already executing")

    def send(self, value: Any) -> Any:
        return self._part(lambda: self._values.send(value))

    def throw(self, *error: Any) -> Any:
        return self._part(lambda: self._values.throw(*error))

    def _part(self, advance: Callable[[], Any]) -> Any:
        with self._turn:
            try:
                part = advance()
            except StopIteration:
                self._call.finish(parts=self._parts)
                raise
            except GeneratorExit:
                self._call.close(self._parts)
                raise
            except BaseException as error:
                self._call.fail(error, parts=self._parts)
                raise
            self._parts += 1
            return part

    def close(self) -> None:
        self._close(lambda settle: settle())

    def _close(self, settling: Callable[[Callable[[], None]], None]) -> None:
        with self._turn:
            try:
                self._values.close()
            except BaseException as error:
                settling(functools.partial(self._call.fail, error, parts=self._parts))
                raise
            settling(functools.partial(self._call.close, self._parts))

    def __del__(self) -> None:
        if not self._call.is_over:
            self._close(aside)


class AsyncStream(AsyncGenerator[Any, Any]):
    """As `Stream`, of an asynchronous generator."""

    def __init__(self, values: AsyncGenerator[Any, Any], call: Call) -> None:
        self._values = values
        self._call = call
        self._parts = 0
        self._turn = _Turn(RuntimeError, "asynchronous generator is already running")

    async def asend(self, value: Any) -> Any:
        return await self._part(lambda: self._values.asend(value))

    async def athrow(self, *error: Any) -> Any:
        return await self._part(lambda: self._values.athrow(*error))

    async def _part(self, advance: Callable[[], Awaitable[Any]]) -> Any:
        with self._turn:
            try:
                part = await advance()
            except StopAsyncIteration:
                await self._call.finish_async(parts=self._parts)
                raise
            except GeneratorExit:
                aside(functools.partial(self._call.close, self._parts))
                raise
            except BaseException as error:
                await self._call.fail_async(error, parts=self._parts)
                raise
            self._parts += 1
            return part

    async def aclose(self) -> None:
        with self._turn:
            try:
                await self._values.aclose()
            except GeneratorExit:
                aside(functools.partial(self._call.close, self._parts))
                raise
            except BaseException as error:
                await self._call.fail_async(error, parts=self._parts)
                raise
            await self._call.close_async(self._parts)

    def __del__(self) -> None:
        if not self._call.is_over:
            aside(functools.partial(self._call.close, self._parts))


class Pending(Coroutine[Any, Any, Any]):
    """A coroutine whose call is over when it was awaited, and has failed when nobody began to."""

    def __init__(self, value: Coroutine[Any, Any, Any], call: Call) -> None:
        self._value = value
        self._call = call
        self._begun: Coroutine[Any, Any, Any] | None = None

    def _begin(self) -> Coroutine[Any, Any, Any]:
        if self._begun is None:
            self._begun = awaited(lambda: self._value, self._call)
        return self._begun

    def send(self, value: Any) -> Any:
        return self._begin().send(value)

    def throw(self, *error: Any) -> Any:
        if self._begun is not None:
            return self._begun.throw(*error)
        # A task that is cancelled before its first step throws this in; no `try` of the coroutine has been entered.
        try:
            return self._value.throw(*error)
        except BaseException as thrown:
            aside(functools.partial(self._call.fail, thrown))
            raise

    def close(self) -> None:
        if self._begun is not None:
            self._begun.close()
        else:
            super().close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._begin().__await__()

    def __del__(self) -> None:
        if self._begun is None and not self._call.is_over:
            aside(functools.partial(self._call.fail, GeneratorExit()))


async def awaited(begin: Callable[[], Awaitable[Any]], call: Call) -> Any:
    """What comes of a call that `begin` begins, noted."""
    try:
        result = await begin()
    except GeneratorExit as error:
        # Whoever closes a coroutine awaits nothing of it.
        aside(functools.partial(call.fail, error))
        raise
    except BaseException as error:
        await call.fail_async(error)
        raise
    await call.finish_async(result)
    return result


# The iterators of Python that do something when they are advanced, and are of no use but for that.
_LAZY: tuple[Any, ...] = (
    enumerate,
    filter,
    map,
    reversed,
    zip,
    itertools.accumulate,
    itertools.chain,
    itertools.compress,
    itertools.cycle,
    itertools.dropwhile,
    itertools.filterfalse,
    itertools.groupby,
    itertools.islice,
    itertools.pairwise,
    itertools.starmap,
    itertools.takewhile,
    itertools.zip_longest,
    type(itertools.tee(())[0]),
    type(iter(int, 1)),
    getattr(itertools, "batched", zip),
)


def _each(values: Iterator[Any]) -> Generator[Any, Any, Any]:
    return (yield from values)


def _kept(value: Any, call: Call) -> Any:
    """What a function returned, whose call is over now, or when what it only began is over.

    An object of a class of its own is returned as it is, whatever it can do: nobody knows what else it is asked for.
    """
    if isinstance(value, (GeneratorType, Stream)):
        return Stream(value, call)
    if isinstance(value, (AsyncGeneratorType, AsyncStream)):
        return AsyncStream(value, call)
    if isinstance(value, (CoroutineType, Pending)):
        return Pending(value, call)
    if type(value) in _LAZY:
        return Stream(_each(value), call)
    if isinstance(value, (asyncio.Future, concurrent.futures.Future)):
        _settle_future(value, call)
    else:
        call.finish(value)
    return value


class _Over:
    """Hears once that a future is done. When the future is given up before that, its call has failed."""

    def __init__(self, future: asyncio.Future[Any] | concurrent.futures.Future[Any], call: Call) -> None:
        self._future: asyncio.Future[Any] | concurrent.futures.Future[Any] | None = future
        self._call = call

    def settle(self) -> None:
        future, self._future = self._future, None
        if future is None:
            return
        if not future.done():
            self._call.fail(GeneratorExit())
        elif future.cancelled():
            self._call.fail(asyncio.CancelledError())
        elif (error := future.exception()) is not None:
            self._call.fail(error)
        else:
            self._call.finish(future.result())

    def __call__(self, _: object) -> None:
        # Whoever tells that a future is done may be a loop.
        aside(self.settle)

    def __del__(self) -> None:
        # A loop that ended tells nobody any more, even of what is done.
        if self._future is not None:
            aside(self.settle)


def _settle_future(value: asyncio.Future[Any] | concurrent.futures.Future[Any], call: Call) -> None:
    over = _Over(value, call)
    if value.done():
        return over.settle()
    try:
        value.add_done_callback(over)
    except RuntimeError:
        # It was done meanwhile, and its loop is closed.
        over.settle()
    return None


def of_its_kind(function: Function, call: Callable[[tuple[Any, ...], dict[str, Any]], Call]) -> Function:
    """`function`, each call of it one of `call`, of the same kind: plain, generator, coroutine or asynchronous generator."""

    def begun(arguments: tuple[Any, ...], keywords: dict[str, Any], one: Call) -> Any:
        one.begin()
        try:
            return function(*arguments, **keywords)
        except BaseException as error:
            one.fail(error)
            raise

    if inspect.isasyncgenfunction(function):

        @functools.wraps(function)
        async def streaming(*arguments: Any, **keywords: Any) -> AsyncGenerator[Any, Any]:
            one = call(arguments, keywords)
            await one.begin_async()
            try:
                stream = AsyncStream(function(*arguments, **keywords), one)
            except BaseException as error:
                await one.fail_async(error)
                raise
            # What `yield from` does for generators, which asynchronous ones do not have.
            advance = stream.asend(None)
            while True:
                try:
                    part = await advance
                except StopAsyncIteration:
                    return
                try:
                    sent = yield part
                except GeneratorExit:
                    await stream.aclose()
                    raise
                except BaseException as error:
                    advance = stream.athrow(error)
                else:
                    advance = stream.asend(sent)

        return cast(Function, streaming)
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaiting(*arguments: Any, **keywords: Any) -> Any:
            one = call(arguments, keywords)
            await one.begin_async()
            return await awaited(lambda: function(*arguments, **keywords), one)

        return cast(Function, awaiting)
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def generating(*arguments: Any, **keywords: Any) -> Generator[Any, Any, Any]:
            one = call(arguments, keywords)
            return (yield from Stream(begun(arguments, keywords, one), one))

        return cast(Function, generating)

    @functools.wraps(function)
    def calling(*arguments: Any, **keywords: Any) -> Any:
        one = call(arguments, keywords)
        value = begun(arguments, keywords, one)
        return _kept(value, one)

    return cast(Function, calling)
