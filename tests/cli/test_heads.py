"""Heads for production, built by the command on a CLIP of a few thousand weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest
from PIL import Image

from ethical_lens.cli.output import Code
from ethical_lens.errors import ConfigurationError
from ethical_lens.fetch import LOCK_FILE, read_lock
from ethical_lens.image.heads import HeadsDetector, load_heads
from ethical_lens.remote.loopback import Loopback, Reply
from ethical_lens.types import Frame

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

Run = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from ethical_lens.train.sketch import words

    folder = tmp_path_factory.mktemp("clip") / "small-clip"
    torch.manual_seed(0)
    tokenizer = words.fit(["a picture of a red circle", "a blue square"], vocabulary_size=640)
    tower = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    marks = {"eos_token_id": tokenizer.eos_token_id, "bos_token_id": tokenizer.bos_token_id}
    config = transformers.CLIPConfig(
        text_config={**tower, **marks, "vocab_size": len(tokenizer), "max_position_embeddings": 24},
        vision_config={**tower, "image_size": 32, "patch_size": 8},
        projection_dim=12,
    )
    transformers.CLIPModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    processor = transformers.models.clip.image_processing_pil_clip.CLIPImageProcessorPil
    processor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


def labelled(folder: Path) -> Path:
    """Write pictures of two kinds, in folders as the trainer wants them."""
    dice = np.random.default_rng(0)
    for name, low, high in (("nude", 150, 255), ("clean", 0, 120)):
        (folder / name).mkdir(parents=True)
        for index in range(12):
            pixels = dice.integers(low, high, (40, 40, 3), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{index}.png")
    return folder


def test_heads_out_of_descriptions_judge_photographs_and_say_they_are_not_measured(
    run: Run, clip: Path, tmp_path: Path
) -> None:
    out = tmp_path / "heads"
    words = ("heads", "build", "--from", "zero-shot", "--encoder", clip, "--out", out)
    result = run(*words, "--json")
    assert result.returncode == Code.OK, result.stderr
    assert json.loads(result.stdout)["calibrated"] is False
    assert any("no probabilities" in limit for limit in load_heads(out).card.limits)
    image = Image.new("RGB", (40, 40), (90, 120, 40))
    detector = HeadsDetector.opened(str(clip), str(out))
    photograph, drawing = detector.detect([Frame(image=image, domain=each) for each in ("photograph", "sketch")])
    assert {finding.category for finding in photograph} >= {"nude", "nsfw"}
    assert [(finding.category, finding.score) for finding in drawing] == [("out_of_domain", 1.0)]
    assert run(*words).returncode == Code.USAGE
    assert run(*words, "--force").returncode == Code.OK


def test_calibrated_heads_have_thresholds_of_their_own_and_a_policy_that_uses_them(
    run: Run, clip: Path, tmp_path: Path
) -> None:
    out = tmp_path / "heads"
    calibration = labelled(tmp_path / "pictures")
    words = ("heads", "build", "--from", "zero-shot", "--encoder", clip, "--out", out, "--calibration", calibration)
    result = run(*words, "--rate", "0.1")
    assert result.returncode == Code.OK, result.stderr
    card = load_heads(out).card
    assert card.outputs["heads"] == ("nude",)
    assert card.metrics["calibrated_on"] == {"nude": 24}
    assert run("policy", "validate", out / "policy.yaml").returncode == Code.OK


def test_import_without_a_file_is_refused(run: Run, clip: Path, tmp_path: Path) -> None:
    result = run("heads", "build", "--from", "import", "--encoder", clip, "--out", tmp_path / "heads")
    assert result.returncode == Code.USAGE
    assert "--source" in result.stderr


def published(seed: int, folder: Path) -> bytes:
    """Return the file of a published head that reads the embeddings of the small CLIP."""
    torch.manual_seed(seed)
    norm = torch.nn.BatchNorm1d(6)
    layers = (torch.nn.Linear(12, 6), torch.nn.ReLU(), torch.nn.Dropout(0.5), norm, torch.nn.Linear(6, 1))
    path = folder / f"{seed}.pt"
    torch.save(torch.nn.Sequential(*layers).state_dict(), path)
    return path.read_bytes()


def test_published_heads_are_fetched_from_their_address_once_and_pinned(run: Run, clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "heads"
    files = {f"/v3/{name}_head.pt": published(seed, tmp_path) for seed, name in enumerate(("nude", "nsfw"))}
    with Loopback(lambda call: Reply(content=files[call.path])) as server:
        sources = [word for path in files for word in ("--source", f"{server.url}{path}?download=true")]
        words = ("heads", "build", "--from", "import", "--encoder", clip, "--out", out, *sources)
        result = run(*words)
        assert result.returncode == Code.OK, result.stderr
        assert load_heads(out).names == ("nude", "nsfw")
        assert len(read_lock(out / "published" / LOCK_FILE).models) == 2
        assert run(*words, "--force").returncode == Code.OK
        assert len(server.received) == 2

        before = (out / "heads.safetensors").read_bytes()
        (out / "published" / "nude_head.pt").unlink()
        files["/v3/nude_head.pt"] = published(7, tmp_path)
        refused = run(*words, "--force")
        assert refused.returncode == Code.UNVERIFIED
        assert "nude_head.pt has changed" in refused.stderr
        assert "--update" in refused.stderr
        assert (out / "heads.safetensors").read_bytes() == before
        assert run(*words, "--force", "--update").returncode == Code.OK
        assert (out / "heads.safetensors").read_bytes() != before


def test_address_that_is_not_encrypted_or_holds_no_head_is_refused(run: Run, clip: Path, tmp_path: Path) -> None:
    words = ("heads", "build", "--from", "import", "--encoder", clip, "--out", tmp_path / "heads", "--source")
    plain = run(*words, "http://192.0.2.1/nude.pt")
    assert plain.returncode == Code.USAGE
    assert "https" in plain.stderr
    with Loopback(lambda call: Reply(content=b"<html>log in</html>", media_type="text/html")) as server:
        page = run(*words, f"{server.url}/nude.pt")
    assert page.returncode != Code.OK
    assert "nude.pt cannot be read" in page.stderr
    assert not (tmp_path / "heads" / "card.json").exists()


def test_configuration_fetches_nothing_and_names_the_command_that_does() -> None:
    with pytest.raises(ConfigurationError, match="--from import --source https://example"):
        HeadsDetector.opened(heads="https://example.org/nude.pt")
