"""The page of a study, as an ASGI application: it shows items one by one and keeps the answers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeVar

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ethical_lens.errors import InputError
from ethical_lens.evaluate.study.records import Study
from ethical_lens.evaluate.study.store import StudyFile
from ethical_lens.serial import Json

COOKIE: Final = "participant"
_PAGE: Final = Path(__file__).parent / "page"
_FILES: Final = {"/": "page.html", "/page.css": "page.css", "/page.js": "page.js", "/icon.svg": "icon.svg"}
_TYPES: Final = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_LONGEST_BODY: Final = 4096
_COOKIE_SECONDS: Final = 90 * 24 * 3600
_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex",
}
T = TypeVar("T")


class _RefusedError(Exception):
    """A request that gets an answer of its own."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


def make_app(file: StudyFile, *, hosts: tuple[str, ...]) -> Starlette:
    """Return the application that shows a study.

    Args:
        file: The study.
        hosts: Names that the page may be asked for under; others are refused, so that no web site can reach it through
            a name of its own. ``("*",)`` allows all.
    """
    page = _Page(file)
    return Starlette(
        routes=[
            *(Route(path, page.static, methods=["GET"]) for path in _FILES),
            Route("/api/study", page.study, methods=["GET"]),
            Route("/api/task", page.task, methods=["GET"]),
            Route("/picture/{item}/{place:int}", page.picture, methods=["GET"]),
            Route("/api/consent", page.consent, methods=["POST"]),
            Route("/api/answer", page.answer, methods=["POST"]),
            Route("/api/withdraw", page.withdraw, methods=["POST"]),
        ],
        middleware=[
            Middleware(_SafeHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
        ],
        exception_handlers={_RefusedError: _refused, InputError: _unusable},
    )


class _Page:
    """Answers requests. The file is read anew each time, so that several processes can serve it."""

    def __init__(self, file: StudyFile) -> None:
        self.file = file
        self.files = {path: (_PAGE / name).read_bytes() for path, name in _FILES.items()}

    def static(self, request: Request) -> Response:
        path = request.url.path
        return Response(self.files[path], media_type=_TYPES[Path(_FILES[path]).suffix])

    def study(self, request: Request) -> Response:
        word = request.cookies.get(COOKIE, "")
        return JSONResponse({**_study_form(self.file.study), "consented": bool(word) and self.file.knows(word)})

    def task(self, request: Request) -> Response:
        word = self._participant(request)
        task = self.file.task(word)
        if task is None:
            return JSONResponse({"finished": True})
        return JSONResponse(
            {
                "finished": False,
                "item": task.item,
                "prompt": task.prompt,
                "pictures": [f"picture/{task.item}/{place}" for place in range(task.n_pictures)],
                "blurred": task.blurred,
                "done": task.n_done,
                "total": task.n_total,
            }
        )

    def picture(self, request: Request) -> Response:
        word = self._participant(request)
        found = self.file.picture(word, request.path_params["item"], request.path_params["place"])
        return Response(found, media_type="image/png")

    async def consent(self, request: Request) -> Response:
        await _body(request)
        word = request.cookies.get(COOKIE, "")
        response = JSONResponse({"consented": True})
        if not word or not await run_in_threadpool(self.file.knows, word):
            response.set_cookie(
                COOKIE,
                await run_in_threadpool(self.file.admit),
                max_age=_COOKIE_SECONDS,
                httponly=True,
                samesite="strict",
                secure=request.url.scheme == "https",
            )
        return response

    async def answer(self, request: Request) -> Response:
        body = await _body(request)
        word = await run_in_threadpool(self._participant, request)
        item, key, seconds = _field(body, "item", str), _field(body, "key", int), _number(body, "seconds")
        return JSONResponse({"new": await run_in_threadpool(self.file.answer, word, item, key, seconds)})

    async def withdraw(self, request: Request) -> Response:
        await _body(request)
        word = await run_in_threadpool(self._participant, request)
        await run_in_threadpool(self.file.withdraw, word)
        response = JSONResponse({"withdrawn": True})
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return response

    def _participant(self, request: Request) -> str:
        word = request.cookies.get(COOKIE, "")
        if not word or not self.file.knows(word):
            raise _RefusedError(403, "nobody takes part under this name; reload the page")
        return word


async def _body(request: Request) -> Mapping[str, Json]:
    """Read a small JSON object; only a page of this origin can send one, since a form cannot."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise _RefusedError(415, "expected application/json")
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise _RefusedError(403, "expected a request of this page")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_BODY:
            raise _RefusedError(413, f"expected at most {_LONGEST_BODY} bytes")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise _RefusedError(400, "expected a JSON object")
    return content


def _field(body: Mapping[str, Json], name: str, kind: type[T]) -> T:
    value = body.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _RefusedError(400, f"expected {name!r} as {kind.__name__}")
    return value


def _number(body: Mapping[str, Json], name: str) -> float:
    value = body.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise _RefusedError(400, f"expected {name!r} as a number")
    return float(value)


def _study_form(study: Study) -> dict[str, Json]:
    return {
        "kind": study.kind.value,
        "title": study.title,
        "question": study.question,
        "answers": list(study.answers),
        "consent": list(study.consent),
        "instructions": list(study.instructions),
        "contact": study.contact,
    }


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, _RefusedError)  # noqa: S101 - registered for that class alone
    return JSONResponse({"error": str(error)}, status_code=error.status)


async def _unusable(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)


class _SafeHeaders:
    """Adds the same headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)
