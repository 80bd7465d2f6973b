from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from ethical_lens import Lens
from ethical_lens.chat.scripted import ScriptedChat
from ethical_lens.config import assemble, read_config
from ethical_lens.errors import ConfigFileError, ConfigurationError, MissingExtraError
from ethical_lens.remote.keys import Key
from ethical_lens.remote.server import Limits
from ethical_lens.types import Exemption, Frame

Write = Callable[[str], Path]


def test_arguments_reach_the_part_in_the_form_it_is_annotated_with(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weights").mkdir()
    monkeypatch.setenv("PAINTER_KEY", "secret")
    path = write(
        """
version: 1
generator:
  use: painter
  source: weights
  speed: fast
  steps: 7
  guidance: 3
  key: {environment: PAINTER_KEY}
  limits: {seconds: 5.5}
  settings: {style: plain, tiles: true}
  tags: [a, b]
"""
    )
    generator = assemble(read_config(path)).generator
    assert generator.given == (  # type: ignore[attr-defined]
        tmp_path / "weights",
        "fast",
        7,
        3.0,
        Key(header="Bearer secret"),
        Limits(seconds=5.5),
        {"style": "plain", "tiles": True},
        ("a", "b"),
    )


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("version: 1\ngenerater: sketch", 2, "did you mean 'generator'?"),
        ("version: 2", 1, "'version' cannot be 2"),
        ("generator: plain", 1, "missing key 'version'"),
        ("version: 1\ngenerator:\n  use: paintr\n  source: x", 2, "did you mean 'painter'?"),
        ("version: 1\ngenerator:\n  use: painter\n  source: x\n  stepps: 3", 5, "did you mean 'steps'?"),
        ("version: 1\ngenerator:\n  use: painter", 2, "needs 'source'"),
        ("version: 1\ngenerator: {use: painter, source: x, steps: many}", 2, "'steps' has to be a whole number"),
        ("version: 1\ngenerator: {use: painter, source: x, steps: true}", 2, "'steps' has to be a whole number"),
        ("version: 1\ngenerator: {use: painter, source: x, speed: quick}", 2, "one of 'slow', 'fast'"),
        ("version: 1\ngenerator: {use: painter, source: x, limits: {secnds: 1}}", 2, "did you mean 'seconds'?"),
        ("version: 1\ngenerator: {use: painter, source: x, key: abc}", 2, "keys do not stand in files"),
        ("version: 1\ngenerator: {use: painter, source: x, key: {environment: NOT_SET}}", 2, "NOT_SET is not set"),
        ("version: 1\ngenerator: {use: painter, source: x, callback: f}", 2, "no form in a file"),
        ("version: 1\neditors:\n  blur: {use: blur, strenth: 0.5}", 3, "did you mean 'strength'?"),
        ("version: 1\nexemptions: [shadows]", 2, "'shadow'"),
        ("version: 1\nversion: 1", 2, "given twice"),
        ("- version", None, "expected a mapping"),
    ],
)
def test_mistake_is_refused_with_its_line(write: Write, text: str, line: int | None, said: str) -> None:
    with pytest.raises(ConfigFileError) as caught:
        assemble(read_config(write(text)))
    assert caught.value.line == line
    assert said in str(caught.value)


def test_missing_extra_names_its_install_line(write: Write) -> None:
    with pytest.raises(MissingExtraError, match=r"pip install \"ethical-lens\[eyes\]\""):
        assemble(read_config(write("version: 1\nimage: {detectors: [absent]}")))


def test_parts_are_named_inside_parts_and_get_what_the_policy_says(write: Write, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text('name: mine\nversion: 1\nextends: default\nopt_out: ["Ada Nobody"]\n')
    path = write(
        """
version: 1
policy: mine.yaml
text:
  detectors: [default, {use: reader, model: {use: scripted, answers: [yes]}}]
people: none
ledger: ledger.sqlite
audit: {path: log, fsync: false}
exemptions: [shadow]
"""
    )
    parts = assemble(read_config(path))
    *usual, reader = parts.text_detectors
    assert len(usual) == 2
    assert isinstance(reader.model, ScriptedChat)  # type: ignore[attr-defined]
    assert reader.opted_out == ("Ada Nobody",)  # type: ignore[attr-defined]
    assert parts.analyzer is None
    assert parts.rewriter is not None
    assert (tmp_path / "log").exists()
    assert parts.exemptions == {Exemption.SHADOW}


def test_second_opinion_is_asked_in_its_band(write: Write) -> None:
    path = write(
        "version: 1\ngenerator: plain\nsecond_opinion: {detector: {use: reader, model: x}, from: 0.0, to: 1.0}\n"
    )
    lens = Lens.from_config(path)
    assert any("reader@1" in name for name in lens.models.values())
    assert lens.policy.second_opinion is not None
    assert lens.policy.digest != Lens.default().policy.digest


def test_photographs_that_nobody_looks_at_are_refused(write: Write) -> None:
    with pytest.raises(ConfigurationError, match="text_only: true"):
        Lens.from_config(write("version: 1\ngenerator: {use: painter, source: x, domain: photograph}"))


def test_photographs_with_a_detector_for_them_are_drawn(write: Write) -> None:
    path = write("version: 1\ngenerator: {use: painter, source: x, domain: photograph}\nimage: {detectors: [eye]}")
    assert Lens.from_config(path).exemptions == frozenset()


def test_detector_of_every_kind_is_no_scrutiny_of_photographs(write: Write) -> None:
    path = write(
        "version: 1\ngenerator: {use: painter, source: x, domain: photograph}\n"
        "image: {detectors: [{use: eye, domain: any}]}"
    )
    with pytest.raises(ConfigurationError, match="no image detector judges those"):
        Lens.from_config(path)


def test_text_only_policy_stamps_every_result(write: Write, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nversion: 1\nextends: default\ntext_only: true\n")
    path = write("version: 1\npolicy: mine.yaml\ngenerator: {use: painter, source: x, domain: photograph}")
    result = Lens.from_config(path).generate("a lighthouse", seed=1)
    assert result.exemptions == (Exemption.IMAGE_OFF,)
    assert result.outcomes[0].image is not None


def test_lens_from_file_works(write: Write) -> None:
    lens = Lens.from_config(write("version: 1\ngenerator: plain\neditors: {blur: {use: blur, strength: 0.5}}\n"))
    assert lens.check_text(["a lighthouse in the evening"])[0].action.name == "ALLOW"
    (report,) = lens.check_images([Frame(image=Image.new("RGB", (64, 64)), domain="sketch")])
    assert report.looked
