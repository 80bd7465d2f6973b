"""ComfyUI: a workflow with placeholders is filled in, submitted, waited for, and its picture fetched."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PIL import Image
from pydantic import Field, RootModel

from ethical_lens.errors import ConfigurationError, GenerationError
from ethical_lens.generate.http import domain_or_default, draw_each, one, read_picture, server_at
from ethical_lens.generate.workflow import Workflow, read_workflow
from ethical_lens.remote.backoff import Backoff
from ethical_lens.remote.breaker import Breaker
from ethical_lens.remote.errors import RemoteError
from ethical_lens.remote.keys import Key, key_from_environment
from ethical_lens.remote.reading import Part, read
from ethical_lens.remote.server import Limits
from ethical_lens.types import Drawing, Shot

KEY_VARIABLE: Final = "ETHICAL_LENS_COMFYUI_KEY"
WORKFLOW_VARIABLE: Final = "ETHICAL_LENS_COMFYUI_WORKFLOW"
_JOB: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_TIDY_SECONDS: Final = 2.0
_LAST_LOOK_SECONDS: Final = 0.2
"""Time that a look at the state of a job may need; with less left it is not begun."""


class _Submitted(Part):
    prompt_id: str


class _Picture(Part):
    filename: str
    subfolder: str = ""
    type: str = "output"


class _Output(Part):
    images: tuple[_Picture, ...] = ()


class _State(Part):
    status_str: str = ""
    completed: bool = False


class _Job(Part):
    outputs: dict[str, _Output] = Field(default_factory=dict)
    status: _State | None = None


class _History(RootModel[dict[str, _Job]]):
    """Jobs by their names."""


class ComfyUIGenerator:
    """Draws shots with a workflow of ComfyUI.

    Args:
        url: Address of the server, such as ``http://127.0.0.1:8188``.
        workflow: File with the workflow in API format, or the workflow; by default the file that
            ``ETHICAL_LENS_COMFYUI_WORKFLOW`` names. See `Workflow` for its placeholders.
        domain: Kind of picture that it draws; by default what ``ETHICAL_LENS_HTTP_DOMAIN`` says, else "photograph".
        key: For a server behind a gateway; by default what ``ETHICAL_LENS_COMFYUI_KEY`` holds.
        width: Of pictures for which no width is asked; pixels.
        height: Of pictures for which no height is asked; pixels.
        n_at_once: Most pictures under way at the same time; the server itself draws one after the other.
        poll_seconds: Time between two looks whether a picture is done.
        limits: Time and size of one picture; its time counts from the submission to the last byte.
        backoff: When a call is tried again.
        breaker: When the server is left alone.

    Raises:
        ConfigurationError: If the address, the key or the workflow cannot be used.
        MissingExtraError: If httpx is not installed.
    """

    def __init__(
        self,
        url: str,
        *,
        workflow: str | Path | Workflow | None = None,
        domain: str | None = None,
        key: Key | None = None,
        width: int = 1024,
        height: int = 1024,
        n_at_once: int = 1,
        poll_seconds: float = 0.5,
        limits: Limits | None = None,
        backoff: Backoff | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        self.workflow = workflow if isinstance(workflow, Workflow) else read_workflow(_path(workflow))
        self.name = f"comfyui:{self.workflow.digest[:12]}@remote"
        self.domain = domain_or_default(domain)
        self.size = (width, height)
        self.n_at_once = n_at_once
        self.poll_seconds = poll_seconds
        self._server = server_at(
            url, key=key or key_from_environment(KEY_VARIABLE), limits=limits, backoff=backoff, breaker=breaker
        )

    def generate(self, shots: Sequence[Shot]) -> list[Drawing]:
        """Draw one picture per shot; a shot that fails has its reason in place of a picture."""
        return draw_each(self._draw, shots, self.n_at_once)

    def _draw(self, shot: Shot) -> Image.Image:
        graph = self.workflow.filled(shot, default_size=self.size)
        deadline = time.monotonic() + self._server.limits.seconds
        job = read(_Submitted, self._server.post("/prompt", {"prompt": graph})).prompt_id
        if not _JOB.fullmatch(job):
            raise GenerationError("the server named the job in a way that cannot be asked for; update it")
        try:
            picture = one(_pictures(self._finished(job, deadline)))
            content = self._server.get(
                "/view",
                {"filename": picture.filename, "subfolder": picture.subfolder, "type": picture.type},
                media_type="image/",
                seconds=deadline - time.monotonic(),
            )
        finally:
            self._tidy(job)
        return read_picture(content, (shot.width, shot.height))

    def _finished(self, job: str, deadline: float) -> _Job:
        """Wait until a job is done."""
        while True:
            history = self._server.get(f"/history/{job}", seconds=deadline - time.monotonic())
            found = read(_History, history).root.get(job)
            if found is not None and found.status is not None and found.status.status_str == "error":
                raise GenerationError("the workflow failed on the server; run it there by hand, and look into its log")
            if found is not None and (found.status is None or found.status.completed):
                return found
            if deadline - time.monotonic() <= self.poll_seconds + _LAST_LOOK_SECONDS:
                raise GenerationError(
                    f"the picture was not done within {self._server.limits.seconds:g} s and was given up; "
                    "allow more time, or shorten the queue of the server"
                )
            time.sleep(self.poll_seconds)

    def _tidy(self, job: str) -> None:
        """Take a job out of queue and history, so that nothing is drawn for nobody and no prompt stays there."""
        for place in ("/queue", "/history"):
            try:
                self._server.tell(place, {"delete": [job]}, seconds=_TIDY_SECONDS)
            except RemoteError:
                return  # a courtesy; what counts is the picture


def _path(given: str | Path | None) -> Path:
    named = given or os.environ.get(WORKFLOW_VARIABLE, "").strip()
    if not named:
        raise ConfigurationError(
            f"ComfyUI draws with a workflow; name its file in {WORKFLOW_VARIABLE}, or hand it in as workflow"
        )
    return Path(named)


def _pictures(job: _Job) -> Sequence[_Picture]:
    """Return the pictures that were made to be kept, or, where there are none, those made to be looked at."""
    everything = [picture for output in job.outputs.values() for picture in output.images]
    return [picture for picture in everything if picture.type == "output"] or everything
