"""Time-outs that let the lens go on."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import TypeVar

from ethical_lens.errors import DeadlineError

T = TypeVar("T")


class _Stop(BaseException):
    """Raised inside an abandoned call, so that Python code in it ends."""


class _Call(threading.Thread):
    """One call in a thread of its own, which never keeps the process alive."""

    def __init__(self, function: Callable[[], object]) -> None:
        super().__init__(daemon=True, name="ethical-lens-step")
        self._function = function
        self.answer: object = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.answer = self._function()
        except _Stop:
            self.error = None
        except BaseException as error:  # noqa: BLE001 - handed to the waiting thread, which raises it
            self.error = error


def within(seconds: float, function: Callable[[], T], *, step: str) -> T:
    """Return what a function returns, or give up when its time is over.

    The caller goes on at the deadline, whatever the function does. Python code in the abandoned call is stopped at its
    next instruction; native code that never returns keeps one daemon thread, which does not keep the process alive.

    Args:
        seconds: Longest time to wait.
        function: What to run, without arguments.
        step: Name of the step, for the message.

    Returns:
        The function's answer.

    Raises:
        DeadlineError: If it took longer.
        Exception: Whatever the function raised.
    """
    call = _Call(function)
    call.start()
    call.join(seconds)
    if call.is_alive():
        _stop(call)
        raise DeadlineError(f"{step} did not answer within {seconds:g} s and was abandoned")
    if call.error is not None:
        raise call.error
    return call.answer  # type: ignore[return-value]  # the answer of ``function``


def _stop(call: _Call) -> None:
    if call.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(call.ident), ctypes.py_object(_Stop))
