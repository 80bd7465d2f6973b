from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from transformers import CLIPModel, CLIPSegForImageSegmentation, CLIPTokenizer  # noqa: E402

from ethical_lens.image.clipseg import TorchClipseg  # noqa: E402
from ethical_lens.models import session  # noqa: E402
from ethical_lens.sketch import random_scene, render  # noqa: E402
from ethical_lens.train.clip import fit, network, pairs, segment  # noqa: E402
from ethical_lens.train.clip.export import export_clip, export_clipseg  # noqa: E402
from ethical_lens.train.clip.ship import chosen_thresholds  # noqa: E402
from ethical_lens.train.labelled import LabelledScenes, join, label  # noqa: E402
from ethical_lens.train.loop import Schedule  # noqa: E402
from ethical_lens.train.sketch import reading, words  # noqa: E402

N = 12


@pytest.fixture(scope="module")
def scenes() -> LabelledScenes:
    drawn = [random_scene(np.random.default_rng((1, i))) for i in range(N)]
    return join([label(scene, render(scene)) for scene in drawn])


@pytest.fixture(scope="module")
def tokenizer() -> CLIPTokenizer:
    texts = [text for i in range(60) for text in pairs.offered("age", np.random.default_rng(i))[1]]
    return words.fit(texts, vocabulary_size=700)


def trained(scenes: LabelledScenes, tokenizer: CLIPTokenizer, folder: Path, steps: int) -> network.Lessons:
    torch.manual_seed(0)
    reader = reading.encoder(len(tokenizer), tokenizer.eos_token_id).state_dict()
    states = np.random.default_rng(0).normal(size=(N, 2, 4, reading.WIDTH)).astype(np.float16)
    return fit.fit(
        fit.start(tokenizer, reader, 3),
        scenes,
        [scenes.images[:4]],
        fit.Captions(true=states[:, :, 0], wrong=states[:, :, 1:]),
        folder,
        schedule=Schedule(n_steps=steps, learning_rate=1e-3, n_warmup=1, checkpoint_every=1, log_every=1),
        batch_size=4,
        seed=5,
    )


def test_a_wrong_caption_says_something_else() -> None:
    for number in range(40):
        rng = np.random.default_rng((2, number))
        true, wrong = pairs.captions_of(random_scene(rng), rng, n_true=2, n_wrong=3)
        assert [len(each) for each in wrong] == [3, 3]
        assert all(text not in others for text, others in zip(true, wrong, strict=True))


@pytest.mark.parametrize("attribute", pairs.VALUES)
def test_captions_on_offer_differ_in_one_attribute(attribute: str) -> None:
    _, texts = pairs.offered(attribute, np.random.default_rng(4))
    assert len(set(texts)) == len(pairs.VALUES[attribute])


def test_training_is_reproducible_and_leaves_the_reader_as_it_is(
    scenes: LabelledScenes, tokenizer: CLIPTokenizer, tmp_path: Path
) -> None:
    one = trained(scenes, tokenizer, tmp_path / "one", 3).state_dict()
    other = trained(scenes, tokenizer, tmp_path / "other", 3).state_dict()
    for name, value in one.items():
        assert torch.equal(value, other[name]), name
    torch.manual_seed(0)
    for name, value in reading.encoder(len(tokenizer), tokenizer.eos_token_id).state_dict().items():
        assert torch.equal(one[f"clip.text_model.{name}"], value), name
    assert torch.load(tmp_path / "one" / "checkpoint.pt", weights_only=True)["step"] == 3


def test_exports_answer_as_transformers_does(scenes: LabelledScenes, tokenizer: CLIPTokenizer, tmp_path: Path) -> None:
    torch.manual_seed(1)
    clip = network.build(len(tokenizer), tokenizer.eos_token_id).eval()
    export_clip(tmp_path / "clip", clip, tokenizer)
    images = torch.rand(3, 3, network.SIZE, network.SIZE) * 2 - 1
    tokens = torch.from_numpy(np.array(words.encode(tokenizer, ["an old nurse", "a cat in a park"]), np.int64))
    loaded = CLIPModel.from_pretrained(tmp_path / "clip").float().eval()
    with torch.no_grad():
        seen = loaded.visual_projection(loaded.vision_model(pixel_values=images).pooler_output)
        read = loaded.text_projection(loaded.text_model(input_ids=tokens).pooler_output)
    (embedded,) = session(tmp_path / "clip" / "vision.onnx").run(None, {"images": images.numpy()})
    (told,) = session(tmp_path / "clip" / "text.onnx").run(None, {"tokens": tokens.numpy()})
    assert np.abs(embedded - seen.numpy()).max() < 1e-4
    assert np.abs(told - read.numpy()).max() < 1e-4

    clipseg = segment.build(clip, 7).eval()
    export_clipseg(tmp_path / "clipseg", clipseg, tokenizer)
    assert isinstance(CLIPSegForImageSegmentation.from_pretrained(tmp_path / "clipseg"), CLIPSegForImageSegmentation)
    texts = ["a knife", "a face", "a person"]
    through = TorchClipseg(tmp_path / "clipseg").logits(images[:1].numpy(), texts)
    padded = np.array(words.encode(tokenizer, texts), np.int64)
    (maps,) = session(tmp_path / "clipseg" / "clipseg.onnx").run(None, {"images": images[:1].numpy(), "tokens": padded})
    assert np.abs(maps - through).max() < 1e-3


def test_thresholds_keep_pictures_without_the_thing_quiet() -> None:
    truth = np.zeros((50, 64, 64), np.bool_)
    truth[:, 10:30, 10:30] = True
    maps = np.where(truth, 0.85, 0.05).astype(np.float32)
    noisy = np.full(200, 0.1, np.float32)
    noisy[:20] = 0.65
    peak, outline = chosen_thresholds(segment.Overlaps(present=maps, truth=truth, highest=noisy))
    assert 0.65 < peak <= 0.9
    assert outline <= peak
    assert segment.Overlaps(present=maps, truth=truth, highest=noisy).at(outline).mean() == 1.0
