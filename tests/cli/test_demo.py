from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from PIL import Image

from ethical_lens.cli.showcase.page import page
from ethical_lens.cli.showcase.scenes import scenes_of, show
from ethical_lens.markup import element
from ethical_lens.testing import small_lens

Run = Callable[..., CompletedProcess[str]]


class Reader(HTMLParser):
    """Collects the elements of a page, and checks that they nest."""

    EMPTY = ("meta", "img")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: Path) -> Reader:
    reader = Reader()
    reader.feed(page.read_text("utf-8"))
    assert reader.open == []
    return reader


@pytest.fixture
def shown(run: Run, tmp_path: Path) -> Path:
    result = run("demo", "--out", tmp_path / "demo")
    assert result.returncode == 0
    assert str(tmp_path / "demo" / "index.html") in result.stdout
    return tmp_path / "demo"


def test_demo_writes_a_page_and_a_contact_sheet(shown: Path) -> None:
    assert sorted(path.name for path in shown.iterdir()) == ["contact-sheet.png", "index.html"]
    with Image.open(shown / "contact-sheet.png") as sheet:
        assert min(sheet.size) > 1000
    reader = read(shown / "index.html")
    assert "a doctor in a hospital" in reader.text
    assert "image.nude" in reader.text
    assert "not photographs" in reader.text or "nothing about photographs" in reader.text


def test_page_needs_nothing_from_outside_and_runs_nothing(shown: Path) -> None:
    reader = read(shown / "index.html")
    assert {tag for tag, _ in reader.seen}.isdisjoint({"script", "link", "iframe", "object", "form"})
    targets = [value for _, attributes in reader.seen for name, value in attributes.items() if name in ("src", "href")]
    assert all(str(target).startswith(("data:image/", "#")) for target in targets)
    assert not any(name.startswith("on") for _, attributes in reader.seen for name in attributes)


def test_every_picture_has_an_alternative_text(shown: Path) -> None:
    reader = read(shown / "index.html")
    pictures = [attributes for tag, attributes in reader.seen if tag == "img"]
    assert len(pictures) > 40
    assert all(attributes["alt"] for attributes in pictures)
    placeholders = [attributes for _, attributes in reader.seen if attributes.get("class") == "placeholder"]
    assert placeholders
    assert all(attributes["aria-label"] for attributes in placeholders)


def test_same_seed_same_page(run: Run, shown: Path, tmp_path: Path) -> None:
    run("demo", "--out", tmp_path / "again")
    run("demo", "--out", tmp_path / "other", "--seed", 8)
    pages = [(folder / "index.html").read_bytes() for folder in (shown, tmp_path / "again", tmp_path / "other")]
    assert pages[0] == pages[1] != pages[2]


def test_prompts_of_ones_own_are_escaped(run: Run, tmp_path: Path) -> None:
    prompt = "a doctor <script>alert(1)</script> \"><img src=x onerror=alert(1)> & 'more'"
    result = run("demo", prompt, "--out", tmp_path, "--json")
    content = (tmp_path / "index.html").read_text("utf-8")
    assert "<script" not in content
    assert "<img src=x" not in content
    reader = read(tmp_path / "index.html")
    assert "<script>alert(1)</script>" in reader.text
    (scene,) = json.loads(result.stdout)["scenes"]
    assert scene["prompt"] == prompt
    assert (scene["bare"]["exemptions"], scene["guarded"]["exemptions"]) == (["bare"], [])


def test_demo_shows_the_lens_of_the_configuration(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "lens.yaml"
    path.write_text("version: 1\npolicy: strict\nexemptions: [edit_off]\ngenerator: {use: sketch}\n")
    demo = ("demo", "a lighthouse", "--out", tmp_path / "demo", "--json")
    (scene,) = json.loads(run("--config", path, *demo).stdout)["scenes"]
    assert scene["guarded"]["policy"].startswith("strict@")
    assert (scene["guarded"]["exemptions"], scene["bare"]["exemptions"]) == (["edit_off"], ["bare", "edit_off"])
    (scene,) = json.loads(run("--config", path, *demo, "--policy", "permissive").stdout)["scenes"]
    assert scene["guarded"]["policy"].startswith("permissive@")
    path.write_text("version: 1\npolcy: strict\n")
    assert run("--config", path, *demo).returncode == 2


def test_page_claims_the_drawn_world_only_for_drawings_of_it() -> None:
    lens = small_lens()
    showings = [show(lens, scene, 1) for scene in scenes_of(["a lighthouse"])]
    assert "come from Sketch" in page(showings, lens.policy, domain="sketch")
    photographs = page(showings, lens.policy, domain="photograph")
    assert "Sketch" not in photographs
    assert "their cards" in photographs


def test_second_run_replaces_the_first(run: Run, tmp_path: Path) -> None:
    for prompt in ("a cat", "a dog"):
        assert run("demo", prompt, "--out", tmp_path).returncode == 0
    assert "a dog" in (tmp_path / "index.html").read_text("utf-8")
    assert "a cat" not in (tmp_path / "index.html").read_text("utf-8")


def test_demo_that_cannot_write_leaves_nothing(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    assert run("demo", "--out", tmp_path / "file").returncode == 2

    def save(image: Image.Image, *words: object, **options: object) -> None:
        if options.get("format") == "PNG":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", save)
    assert run("demo", "a cat", "--out", tmp_path / "full").returncode == 1
    assert list((tmp_path / "full").iterdir()) == []


def test_unreadable_prompt_exits_with_2(run: Run, tmp_path: Path) -> None:
    assert run("demo", "a cat", "", "--out", tmp_path).returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_markup_escapes_all_that_is_text() -> None:
    inner = element("b", "<i>")
    assert element("p", "1 < 2 & 'x'", inner, title='"') == (
        '<p title="&quot;">1 &lt; 2 &amp; &#x27;x&#x27;<b>&lt;i&gt;</b></p>'
    )
    assert element("img", alt="", hidden=True, id=False) == '<img alt="" hidden>'
