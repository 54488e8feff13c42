from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest

from dragoman.tools.worker import in_own_thread

language: contextvars.ContextVar[str] = contextvars.ContextVar("language")


def raise_(error: BaseException) -> None:
    raise error


async def test_the_result_and_the_context_travel_between_the_threads():
    language.set("ja")
    assert await in_own_thread(language.get) == "ja"


async def test_an_error_is_raised_where_the_work_was_awaited():
    with pytest.raises(KeyError):
        await in_own_thread(lambda: raise_(KeyError("甲")))


@pytest.mark.parametrize("error", [StopIteration(), SystemExit(3), KeyboardInterrupt()])
async def test_an_exit_in_the_thread_does_not_end_the_process(error):
    with pytest.raises(RuntimeError, match=type(error).__name__):
        await in_own_thread(lambda: raise_(error))


async def test_work_that_was_given_up_runs_on_and_cannot_keep_the_process_alive():
    release, threads, ended = threading.Event(), [], threading.Event()
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, said: complaints.append(said))

    def hang() -> None:
        threads.append(threading.current_thread())
        release.wait()
        ended.set()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await in_own_thread(hang)
    release.set()
    assert ended.wait(10)
    assert threads[0].daemon
    threads[0].join(10)
    await asyncio.sleep(0)  # lets the late outcome arrive
    assert complaints == []


def test_an_outcome_after_the_loop_was_closed_is_dropped(monkeypatch):
    complaints = []
    monkeypatch.setattr(threading, "excepthook", complaints.append)
    release, threads, began = threading.Event(), [], threading.Event()

    def hang() -> None:
        threads.append(threading.current_thread())
        began.set()
        release.wait()

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await in_own_thread(hang)

    asyncio.run(give_up())
    assert began.wait(10)
    release.set()
    threads[0].join(10)
    assert not threads[0].is_alive()
    assert complaints == []
