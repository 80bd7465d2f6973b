"""Real classes of transformers and diffusers at tiny size, with random weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ethical_lens.errors import ConfigurationError, ModelError
from ethical_lens.image.attributes import ApparentMinorDetector, FaceAttributes
from ethical_lens.image.classifier import Classifier, ClassifierDetector, SafetyCheckerDetector
from ethical_lens.image.faces import FaceDetector
from ethical_lens.image.looker import Face
from ethical_lens.testing import check_image_detector
from ethical_lens.types import Box, Frame

torch = pytest.importorskip("torch", reason='classifiers need the extra "diffusers"')
transformers = pytest.importorskip("transformers", reason='classifiers need the extra "diffusers"')

LABELS = {0: "calm", 1: "gore", 2: "knife"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiny-vit")
    torch.manual_seed(0)
    config = transformers.ViTConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=32,
        patch_size=16,
        id2label=LABELS,
        initializer_range=0.5,
    )
    transformers.ViTForImageClassification(config).save_pretrained(path)
    transformers.ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    module = pytest.importorskip("diffusers.pipelines.stable_diffusion.safety_checker")
    path = tmp_path_factory.mktemp("checker")
    torch.manual_seed(0)
    vision = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = transformers.CLIPConfig(
        vision_config={**vision, "image_size": 32, "patch_size": 16, "projection_dim": 8}, projection_dim=8
    )
    made = module.StableDiffusionSafetyChecker(config)
    with torch.no_grad():
        for name in ("concept_embeds", "special_care_embeds"):
            getattr(made, name).copy_(torch.randn_like(getattr(made, name)))
        made.concept_embeds_weights.fill_(0.4)
        made.special_care_embeds_weights.fill_(0.9)
    made.save_pretrained(path / "safety_checker")
    transformers.CLIPImageProcessorPil(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    ).save_pretrained(path / "feature_extractor")
    return path


def noise(seed: int, size: tuple[int, int] = (48, 40)) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8))


def test_classifier_agrees_with_a_straightforward_pass(folder: Path) -> None:
    image = noise(1)
    [answer] = Classifier(folder).probabilities([image])
    pixels = np.asarray(image.resize((32, 32), Image.Resampling.BILINEAR), np.float32) / 127.5 - 1
    network = transformers.ViTForImageClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        expected = network(torch.from_numpy(pixels.transpose(2, 0, 1)[None])).logits.softmax(-1)[0]
    assert [answer[name] for name in LABELS.values()] == pytest.approx(expected.tolist(), abs=1e-4)


def test_labels_become_categories_of_the_policy(folder: Path) -> None:
    detector = ClassifierDetector(folder, labels={"calm": None, "gore": "nsfw", "knife": "nsfw"})
    check_image_detector(detector, domain="photograph")
    [findings] = detector.detect([Frame(image=noise(1), domain="photograph")])
    [answer] = Classifier(folder).probabilities([noise(1)])
    assert findings[0].category == "nsfw"
    assert findings[0].score == pytest.approx(answer["gore"] + answer["knife"], abs=1e-5)


def test_label_without_a_category_refuses_to_start(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="without a category: 'knife'"):
        ClassifierDetector(folder, labels={"calm": None, "gore": "nsfw"})


def test_model_that_is_not_here_refuses_to_start(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="fetch it first"):
        ClassifierDetector(tmp_path / "missing", labels={})
    with pytest.raises(ModelError, match=r"config\.json"):
        SafetyCheckerDetector(tmp_path)


def test_safety_checker_crosses_one_half_where_the_checker_itself_does(checker: Path) -> None:
    detector = SafetyCheckerDetector(checker)
    check_image_detector(detector, domain="photograph")
    module = pytest.importorskip("diffusers.pipelines.stable_diffusion.safety_checker")
    original = module.StableDiffusionSafetyChecker.from_pretrained(checker / "safety_checker")
    prepare = transformers.CLIPImageProcessorPil.from_pretrained(checker / "feature_extractor")
    images = [noise(seed) for seed in range(12)] + [
        Image.new("RGB", (32, 32), (seed * 20, 9, 90)) for seed in range(12)
    ]
    pixels = prepare(images=images, return_tensors="pt")["pixel_values"]
    _, expected = original(pixels, [np.zeros((2, 2, 3))] * len(images))
    found = detector.detect([Frame(image=image, domain="photograph") for image in images])
    scores = [findings[0].score for findings in found]
    decided = [abs(score - 0.5) > 0.01 for score in scores]
    assert sum(decided) > 15
    assert [score > 0.5 for score, sure in zip(scores, decided, strict=True) if sure] == [
        flagged for flagged, sure in zip(expected, decided, strict=True) if sure
    ]


class Ages:
    """Takes dark pictures for children."""

    name = "ages@1"
    labels = ("0-9", "10-19", "20-29")
    exclusive = True

    def probabilities(self, images: list[Image.Image]) -> list[dict[str, float]]:
        shares = [float(np.asarray(image).mean()) / 255 for image in images]
        return [{"0-9": (1 - share) / 2, "10-19": (1 - share) / 2, "20-29": share} for share in shares]


def halves() -> FaceDetector:
    def find(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> list[Face]:
        height, width = pixels.shape[:2]
        if width < 40:
            return []
        middle = width // 2
        return [
            Face(box=Box(left=0, top=0, right=middle, bottom=height // 2), score=1.0),
            Face(box=Box(left=middle, top=0, right=width, bottom=height), score=1.0),
        ]

    return FaceDetector("halves@1", find, "photograph")


def two_tone() -> Image.Image:
    image = Image.new("RGB", (80, 40), (250, 250, 250))
    image.paste((0, 0, 0), (0, 0, 25, 40))
    return image


def test_youngest_face_counts_with_its_box() -> None:
    detector = ApparentMinorDetector(faces=halves(), reader=Ages(), minor=["0-9", "10-19"])  # type: ignore[arg-type]
    [findings], [none] = (
        detector.detect([Frame(image=image, domain="photograph")]) for image in (two_tone(), Image.new("RGB", (9, 9)))
    )
    young, adult = [each for each in findings if each.category == "apparent_minor"]
    assert young.score > 0.45 > adult.score
    assert young.where == Box(left=0, top=0, right=40, bottom=20)
    assert (none[0].score, none[0].note) == (0.0, "no face was found")
    check_image_detector(detector, domain="photograph")


def test_no_label_for_minors_refuses_to_start() -> None:
    with pytest.raises(ConfigurationError, match="no label"):
        ApparentMinorDetector(faces=halves(), reader=Ages(), minor=[])  # type: ignore[arg-type]


def test_attributes_are_read_from_planned_pictures_alone() -> None:
    labels = {"age": {"0-9": "childhood", "10-19": "adolescence", "20-29": "young adulthood"}}
    detector = FaceAttributes(faces=halves(), readers={"age": Ages()}, labels=labels)  # type: ignore[dict-item]
    uploaded, planned = detector.look(
        [
            Frame(image=two_tone(), domain="photograph"),
            Frame(image=two_tone(), domain="photograph", planned={"0.age": "young adulthood"}),
        ]
    )
    assert (uploaded.attributes, len(uploaded.faces)) == (None, 2)
    assert planned.attributes is not None
    assert max(planned.attributes["age"].items(), key=lambda item: item[1])[0] == "young adulthood"
    assert sum(planned.attributes["age"].values()) == pytest.approx(1)


def test_axis_without_labels_refuses_to_start() -> None:
    with pytest.raises(ConfigurationError, match="same axes"):
        FaceAttributes(faces=halves(), readers={"age": Ages()}, labels={})  # type: ignore[dict-item]
