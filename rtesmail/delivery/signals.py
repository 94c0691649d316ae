"""Ctrl-C, SIGTERM and a closed terminal as a wish to stop, which no thread holds up."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Thread
from typing import ParamSpec, TypeVar

_Asked = ParamSpec("_Asked")
_Given = TypeVar("_Given")


class LooseThreads(ThreadPoolExecutor):
    """Threads that nobody waits for at the end: in a dead network, looking up a name can only be left behind."""

    def submit(self, fn: Callable[_Asked, _Given], /, *args: _Asked.args, **kwargs: _Asked.kwargs) -> Future[_Given]:
        ended: Future[_Given] = Future()
        # It cannot be cancelled from here on.
        ended.set_running_or_notify_cancel()

        def work() -> None:
            try:
                ended.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - told to who waits for it
                ended.set_exception(error)

        Thread(target=work, daemon=True).start()
        return ended


@contextmanager
def stop_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` in the running loop when a signal asks for it; only the main thread can be asked."""
    loop = asyncio.get_running_loop()
    caught = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        try:
            loop.add_signal_handler(number, stop)
        except (RuntimeError, ValueError):
            continue
        caught.append(number)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)
