"""Generators behind HTTP, against small real servers on this machine that draw, and that have the faults of servers."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from PIL import Image

from ethical_lens.errors import ConfigurationError, GenerationError
from ethical_lens.generate.a1111 import A1111Generator
from ethical_lens.generate.comfyui import ComfyUIGenerator
from ethical_lens.generate.openai import OpenAIGenerator
from ethical_lens.generate.workflow import Workflow, read_workflow
from ethical_lens.remote.backoff import Backoff
from ethical_lens.remote.breaker import Breaker
from ethical_lens.remote.loopback import Loopback, Received, Reply
from ethical_lens.remote.server import Limits
from ethical_lens.serial import Json
from ethical_lens.testing import check_generator, shot, small_lens
from ethical_lens.types import Drawing, Generator, Inpainter, Status

QUICK = Backoff(n_attempts=2, first_seconds=0.01)
PATIENT = Limits(seconds=30.0, max_bytes=50_000)
IMPATIENT = Limits(seconds=2.0, max_bytes=50_000)
GRAPH: dict[str, Json] = {
    "1": {"class_type": "CLIPTextEncode", "inputs": {"text": "fine art, {{prompt}}", "clip": ["4", 1]}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "{{negative_prompt}}", "clip": ["4", 1]}},
    "3": {"class_type": "KSampler", "inputs": {"seed": "{{seed}}", "steps": 4, "positive": ["1", 0]}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": "{{width}}", "height": "{{height}}"}},
    "6": {"class_type": "SaveImage", "inputs": {"images": ["3", 0]}},
}
Making = Callable[[str, Limits], Generator]


def png(image: Image.Image, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def drawn(words: object, width: int = 16, height: int = 16) -> bytes:
    """Return a picture whose colour follows from the words."""
    red, green, blue = hashlib.sha256(str(words).encode()).digest()[:3]
    return png(Image.new("RGB", (width, height), (red, green, blue)))


def text_of(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


class OpenAIServer:
    """Answers as an image API does."""

    def __init__(self, picture: bytes | None = None) -> None:
        self._picture = picture

    def __call__(self, received: Received) -> Reply:
        body = received.body
        width, height = (int(side) for side in str(body.get("size", "16x16")).split("x"))
        picture = self._picture or drawn((body["prompt"], body.get("seed")), width, height)
        return Reply.json({"created": 1, "data": [{"b64_json": text_of(picture)}]})


class A1111Server:
    """Answers as the web interface does; inpainting gives one flat colour everywhere."""

    def __init__(self, picture: bytes | None = None) -> None:
        self._picture = picture

    def __call__(self, received: Received) -> Reply:
        body = received.body
        width, height = cast("int", body.get("width", 16)), cast("int", body.get("height", 16))
        picture = self._picture or drawn((body["prompt"], body["seed"], body["negative_prompt"]), width, height)
        return Reply.json({"images": [text_of(picture)], "parameters": {}, "info": "{}"})


class ComfyUIServer:
    """Takes jobs, lets them wait for two looks, and hands out their pictures."""

    def __init__(self, picture: bytes | None = None) -> None:
        self._picture = picture
        self.looks: dict[str, int] = {}
        self.graphs: dict[str, Mapping[str, Json]] = {}

    def __call__(self, received: Received) -> Reply:
        if received.path == "/prompt":
            return self._take(cast("dict[str, Json]", received.body["prompt"]))
        if received.path.startswith("/history/"):
            return self._tell(received.path.removeprefix("/history/"))
        if received.path == "/view":
            assert received.parameters["type"] == "output"
            return Reply(content=self._draw(received.parameters["filename"]), media_type="image/png")
        return Reply(media_type="")

    def _take(self, graph: dict[str, Json]) -> Reply:
        job = f"job-{len(self.graphs)}"
        self.graphs[job] = graph
        self.looks[job] = 0
        return Reply.json({"prompt_id": job, "number": len(self.graphs), "node_errors": {}})

    def _tell(self, job: str) -> Reply:
        self.looks[job] += 1
        if self.looks[job] < 3:
            return Reply.json({})
        pictures: list[Json] = [
            {"filename": f"{job}.temp", "subfolder": "", "type": "temp"},
            {"filename": job, "subfolder": "a b", "type": "output"},
        ]
        return Reply.json(
            {job: {"outputs": {"6": {"images": pictures}}, "status": {"status_str": "success", "completed": True}}}
        )

    def _draw(self, job: str) -> bytes:
        graph = json.loads(json.dumps(self.graphs[job]))
        size = graph["5"]["inputs"]
        words = (graph["1"]["inputs"]["text"], graph["3"]["inputs"]["seed"])
        return self._picture or drawn(words, size["width"], size["height"])


def openai(url: str, limits: Limits = PATIENT) -> OpenAIGenerator:
    return OpenAIGenerator(url, model="m", seeded=True, limits=limits, backoff=QUICK)


def a1111(url: str, limits: Limits = PATIENT) -> A1111Generator:
    return A1111Generator(url, limits=limits, backoff=QUICK)


def comfyui(url: str, limits: Limits = PATIENT) -> ComfyUIGenerator:
    return ComfyUIGenerator(
        url, workflow=Workflow(graph=GRAPH), width=16, height=24, poll_seconds=0.01, limits=limits, backoff=QUICK
    )


KINDS: dict[str, tuple[Making, Callable[[bytes | None], Callable[[Received], Reply]]]] = {
    "openai": (openai, OpenAIServer),
    "a1111": (a1111, A1111Server),
    "comfyui": (comfyui, ComfyUIServer),
}


def only(drawings: list[Drawing]) -> Drawing:
    (drawing,) = drawings
    return drawing


@pytest.mark.parametrize("kind", KINDS)
def test_generator_keeps_the_promises_of_the_protocol(kind: str) -> None:
    make, serve = KINDS[kind]
    with Loopback(serve(None)) as loopback:
        check_generator(make(loopback.url, PATIENT))


@pytest.mark.parametrize("kind", KINDS)
def test_generator_draws_the_wording_seed_and_size_of_the_shot(kind: str) -> None:
    make, serve = KINDS[kind]
    with Loopback(serve(None)) as loopback:
        drawing = only(make(loopback.url, PATIENT).generate([replace(shot("a cat", seed=7), width=32, height=40)]))
    assert drawing.image is not None
    assert drawing.image.size == (32, 40)
    assert drawing.image.mode == "RGB"
    sent = loopback.received[0].content.decode()
    assert "a cat" in sent
    assert "7" in sent


def broken_pictures() -> dict[str, tuple[bytes, str]]:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    frames = [Image.new("RGB", (8, 8), (index * 60, 0, 0)) for index in range(3)]
    stream = io.BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    return {
        "no picture": (b"<html>Welcome</html>", "none that can be recognised"),
        "truncated": (png(noise)[:4000], "broken or cut off"),
        "animation": (stream.getvalue(), "3 came back"),
        "wrong size": (png(Image.new("RGB", (8, 8))), "got 8x8"),
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", broken_pictures())
def test_broken_picture_is_a_failure_with_its_reason(kind: str, fault: str) -> None:
    make, serve = KINDS[kind]
    content, reason = broken_pictures()[fault]
    with Loopback(serve(content)) as loopback:
        drawing = only(make(loopback.url, PATIENT).generate([replace(shot(), width=16, height=16)]))
    assert drawing.image is None
    assert reason in str(drawing.error)


FAULTS = {
    "slow": Reply(wait_seconds=30),
    "dripping": Reply(content=b"{}" * 100, drip_seconds=0.05),
    "cut off": Reply(content=b'{"data": []}', cut_at=3),
    "too often": Reply(status=429, headers={"Retry-After": "0"}),
    "broken": Reply(status=500),
    "wrong type": Reply(content=b"<html>", media_type="text/html"),
    "huge": Reply(content=b" " * 60_000),
    "redirect": Reply(status=302, headers={"Location": "http://127.0.0.1:9/"}),
    "no JSON": Reply(content=b'{"data": ['),
    "wrong JSON": Reply.json({"data": "x", "images": 3, "prompt_id": None}),
    "no pictures": Reply.json({"data": [], "images": [], "prompt_id": "../../etc"}),
    "wrong base64": Reply.json({"data": [{"b64_json": "?"}], "images": ["?"], "prompt_id": ""}),
    "address in place of a picture": Reply.json({"data": [{"url": "http://127.0.0.1:9/x.png"}], "images": [""]}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_of_the_server_costs_one_picture(kind: str, fault: str) -> None:
    """The picture of the word "bad" fails; its neighbours are drawn."""
    make, serve = KINDS[kind]
    well = serve(None)

    def answer(received: Received) -> Reply:
        return FAULTS[fault] if b"bad" in received.content else well(received)

    with Loopback(answer) as loopback:
        generator = make(loopback.url, IMPATIENT if fault in ("slow", "dripping") else PATIENT)
        since = time.monotonic()
        drawings = generator.generate([shot("good", index=0), shot("bad", index=1), shot("fine", index=2)])
        assert time.monotonic() - since < 10.0
    assert [drawing.image is not None for drawing in drawings] == [True, False, True]
    assert drawings[1].error
    assert "bad" not in drawings[1].error.split()


def test_lens_withholds_what_failed_and_releases_the_rest() -> None:
    served = OpenAIServer()

    def answer(received: Received) -> Reply:
        return Reply(status=400) if received.body["seed"] == 6 else served(received)

    with Loopback(answer) as loopback:
        result = small_lens(generator=openai(loopback.url)).generate("a cat", count=3, seed=5)
    assert [outcome.status for outcome in result.outcomes].count(Status.WITHHELD) == 1
    (failed,) = [outcome for outcome in result.outcomes if outcome.status is Status.WITHHELD]
    assert failed.retryable


def test_server_that_stays_down_is_not_asked_for_every_picture() -> None:
    with Loopback(lambda _: Reply(status=500)) as loopback:
        generator = OpenAIGenerator(loopback.url, backoff=QUICK, breaker=Breaker(n_failures=2))
        drawings = generator.generate([shot(index=index) for index in range(6)])
        assert len(loopback.received) == 2 * QUICK.n_attempts
    assert all(drawing.image is None and drawing.error for drawing in drawings)
    assert "left alone" in str(drawings[-1].error)


def test_pictures_at_once_keep_their_order() -> None:
    with Loopback(A1111Server()) as loopback:
        shots = [shot(index=index, seed=index) for index in range(8)]
        one_by_one = A1111Generator(loopback.url).generate(shots)
        at_once = A1111Generator(loopback.url, n_at_once=4).generate(shots)
    assert [np.asarray(each.image).tobytes() for each in one_by_one] == [
        np.asarray(each.image).tobytes() for each in at_once
    ]


def test_openai_body_leaves_out_what_the_server_does_not_know() -> None:
    with Loopback(OpenAIServer()) as loopback:
        plain = OpenAIGenerator(f"{loopback.url}/custom/v2", settings={"quality": "low", "response_format": None})
        assert only(plain.generate([shot("a cat", seed=3)])).image is not None
        (received,) = loopback.received
    assert received.path == "/custom/v2/images/generations"
    assert received.body == {"prompt": "a cat", "n": 1, "quality": "low"}


def test_openai_refuses_what_it_cannot_ask_for() -> None:
    with Loopback(OpenAIServer()) as loopback:
        refused = openai(loopback.url).generate([replace(shot(), negative_prompt="blur"), replace(shot(), width=64)])
        assert loopback.received == []
    assert "negative prompt" in str(refused[0].error)
    assert "width and height together" in str(refused[1].error)


def test_openai_key_is_shown_to_openai_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "official")
    with Loopback(OpenAIServer()) as loopback:
        OpenAIGenerator(loopback.url).generate([shot()])
        monkeypatch.setenv("ETHICAL_LENS_OPENAI_KEY", "ours")
        OpenAIGenerator(loopback.url).generate([shot()])
    assert [received.headers.get("authorization") for received in loopback.received] == [None, "Bearer ours"]


def test_a1111_sends_settings_and_key_but_saves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETHICAL_LENS_A1111_SETTINGS", '{"steps": 30, "sampler_name": "Euler"}')
    monkeypatch.setenv("ETHICAL_LENS_A1111_KEY", "user:pass")
    with Loopback(A1111Server()) as loopback:
        a1111(loopback.url).generate([replace(shot(seed=9), negative_prompt="blur")])
        (received,) = loopback.received
    assert received.headers["authorization"] == "Basic " + base64.b64encode(b"user:pass").decode()
    assert received.body == {
        "prompt": "a cat", "negative_prompt": "blur", "seed": 9, "batch_size": 1, "n_iter": 1, "send_images": True,
        "save_images": False, "steps": 30, "sampler_name": "Euler",
    }  # fmt: skip


@pytest.mark.parametrize("text", ['{"steps": ', "[1]", '{"prompt": "x"}', '{"init_images": []}'])
def test_settings_that_cannot_be_used_are_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETHICAL_LENS_A1111_SETTINGS", text)
    with pytest.raises(ConfigurationError):
        A1111Generator("http://127.0.0.1:1")


def test_inpainting_changes_nothing_outside_the_mask() -> None:
    image = Image.fromarray(np.random.default_rng(1).integers(0, 256, (30, 45, 3), np.uint8))
    before = np.asarray(image).copy()
    mask = np.zeros((30, 45), np.bool_)
    mask[5:20, 10:30] = True
    with Loopback(A1111Server()) as loopback:
        generator = a1111(loopback.url)
        assert isinstance(generator, Inpainter)
        after = np.asarray(generator.inpaint(image, mask, shot("a wall", seed=4)))
        (received,) = loopback.received
    assert received.path == "/sdapi/v1/img2img"
    assert (received.body["width"], received.body["height"]) == (48, 32)
    (sent,) = cast("list[str]", received.body["init_images"])
    assert Image.open(io.BytesIO(base64.b64decode(sent))).size == (48, 32)
    np.testing.assert_array_equal(np.asarray(image), before)
    np.testing.assert_array_equal(after[~mask], before[~mask])
    assert len(np.unique(after[mask], axis=0)) == 1


@pytest.mark.parametrize("reply", [Reply(status=500), Reply.json({"images": []}), Reply.json({"images": ["YWI="]})])
def test_inpainting_that_fails_is_a_generation_error(reply: Reply) -> None:
    image = Image.new("RGB", (16, 16))
    with Loopback(lambda _: reply) as loopback, pytest.raises(GenerationError):
        a1111(loopback.url).inpaint(image, np.ones((16, 16), np.bool_), shot())


def test_inpainting_refuses_a_mask_of_another_size() -> None:
    with pytest.raises(GenerationError, match="mask"):
        a1111("http://127.0.0.1:1").inpaint(Image.new("RGB", (16, 16)), np.ones((8, 8), np.bool_), shot())


def test_comfyui_leaves_neither_job_nor_prompt_behind() -> None:
    with Loopback(ComfyUIServer()) as loopback:
        assert only(comfyui(loopback.url).generate([shot()])).image is not None
        tidied = [received for received in loopback.received if received.path in ("/queue", "/history")]
    assert [received.body for received in tidied] == [{"delete": ["job-0"]}] * 2


def test_comfyui_failure_on_the_server_is_told() -> None:
    def answer(received: Received) -> Reply:
        if received.path == "/prompt":
            return Reply.json({"prompt_id": "j"})
        return Reply.json({"j": {"outputs": {}, "status": {"status_str": "error", "completed": False}}})

    with Loopback(answer) as loopback:
        assert "workflow failed" in str(only(comfyui(loopback.url).generate([shot()])).error)


def test_comfyui_job_that_never_ends_is_given_up() -> None:
    def answer(received: Received) -> Reply:
        return Reply.json({"prompt_id": "j"} if received.path == "/prompt" else {})

    with Loopback(answer) as loopback:
        since = time.monotonic()
        drawing = only(comfyui(loopback.url, IMPATIENT).generate([shot()]))
        assert time.monotonic() - since < 6.0
    assert "not done within 2 s" in str(drawing.error)


def test_prompt_cannot_break_out_of_the_workflow() -> None:
    text = 'x"}}, "9": {"class_type": "Evil"} {{seed}} \\'
    filled = Workflow(graph=GRAPH).filled(shot(text, seed=5), default_size=(8, 8))
    assert filled["1"] == {"class_type": "CLIPTextEncode", "inputs": {"text": f"fine art, {text}", "clip": ["4", 1]}}
    assert cast("dict[str, dict[str, Json]]", filled["3"])["inputs"]["seed"] == 5
    assert set(filled) == set(GRAPH)


@pytest.mark.parametrize(
    ("graph", "reason"),
    [
        ({"nodes": [], "links": []}, "format of the editor"),
        ({"1": {"inputs": {}}}, "no class_type"),
        ({"1": {"class_type": "A", "inputs": {"text": "{{seed}}"}}}, "lacks {{prompt}}"),
        ({"1": {"class_type": "A", "inputs": {"text": "{{prompt}}"}}}, "lacks {{seed}}"),
        ({"1": {"class_type": "A", "inputs": {"text": "{{prompt}} {{seed}} {{style}}"}}}, "unknown placeholders"),
    ],
)
def test_graph_that_is_no_workflow_is_refused(graph: dict[str, Json], reason: str, tmp_path: Path) -> None:
    path = tmp_path / "workflow.json"
    path.write_text(json.dumps(graph))
    with pytest.raises(ConfigurationError, match=reason):
        read_workflow(path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff", b"[" * 100_000])
def test_file_that_is_no_workflow_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "workflow.json"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError):
        read_workflow(path)


def test_comfyui_needs_a_workflow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ETHICAL_LENS_COMFYUI_WORKFLOW"):
        ComfyUIGenerator("http://127.0.0.1:1")
    path = tmp_path / "workflow.json"
    path.write_text(json.dumps(GRAPH))
    monkeypatch.setenv("ETHICAL_LENS_COMFYUI_WORKFLOW", str(path))
    assert ComfyUIGenerator("http://127.0.0.1:1").name.startswith("comfyui:")


def test_workflow_without_a_place_for_it_refuses_a_negative_prompt() -> None:
    graph: dict[str, Json] = {"1": {"class_type": "A", "inputs": {"text": "{{prompt}}", "seed": "{{seed}}"}}}
    with pytest.raises(GenerationError, match="negative_prompt"):
        Workflow(graph=graph).filled(replace(shot(), negative_prompt="blur"), default_size=(8, 8))


def test_environment_sets_domain_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert a1111("http://127.0.0.1:1").domain == "photograph"
    monkeypatch.setenv("ETHICAL_LENS_HTTP_DOMAIN", "sketch")
    assert a1111("http://127.0.0.1:1").domain == "sketch"
    monkeypatch.setenv("ETHICAL_LENS_HTTP_SECONDS", "soon")
    with pytest.raises(ConfigurationError, match="ETHICAL_LENS_HTTP_SECONDS"):
        A1111Generator("http://127.0.0.1:1")


@pytest.mark.parametrize("kind", KINDS)
def test_generator_is_found_by_name(kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from ethical_lens import registry

    path = tmp_path / "workflow.json"
    path.write_text(json.dumps(GRAPH))
    monkeypatch.setenv("ETHICAL_LENS_COMFYUI_WORKFLOW", str(path))
    assert kind in {entry.name for entry in entry_points(group=registry.GENERATORS)}
    assert registry.generator(f"{kind}:http://127.0.0.1:9").name.startswith(kind)
    with pytest.raises(ConfigurationError, match=f"write {kind}:ARGUMENT"):
        registry.generator(kind)
