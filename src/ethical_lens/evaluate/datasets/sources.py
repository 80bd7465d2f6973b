"""The data sets that are known by name: where they are, what their columns mean, what may be done with them.

Reading a data set of one's own needs no source: see :func:`ethical_lens.evaluate.datasets.open_dataset`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ethical_lens.evaluate.datasets.dataset import NOT_VERIFIED


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns hold what; of several names the first that a file has is taken."""

    prompt: tuple[str, ...] = ("prompt", "Prompt", "text", "caption", "Prompts")
    id: tuple[str, ...] = ("id", "prompt_id")
    categories: tuple[str, ...] = ("categories", "category")
    severity: tuple[str, ...] = ("severity", "grade", "label_k")
    harmful: tuple[str, ...] = ("harmful",)
    group: str | None = None
    """Column that says which rows describe the same picture; the first becomes the sample, the others references."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A data set that is known by name."""

    name: str
    title: str
    columns: Columns
    location: str | None
    """"https://..." or "hub:OWNER/NAME[/FILE]"; None if it has to be brought as a file."""
    licence: str
    filter: str
    """What of the published data is read."""
    n_published: int | None
    """Prompts according to the authors; another number is reported, not refused."""
    harmful: bool | None
    """Whether its prompts should not be drawn as asked, where the data set as a whole says so."""
    harmful_words: Mapping[str, bool] | None = None
    """What the words in the column ``harmful`` mean."""
    harmful_categories_begin: str | None = None
    """How harmful rows' categories begin, for files without a column ``harmful``."""
    obtain: str = ""
    """How to get the file, where there is no location."""
    reference: str = ""


_ALL: Final = "every row with a prompt"
_BY_AUTHORS: Final = "Apache-2.0 (as the authors' page on the Hugging Face hub states; not verified here)"
_PAPER: Final = "Cai et al., Ethical-Lens, Patterns 6(3), 2025"
_TOX: Final = Columns(prompt=("prompt",), id=("prompt_id",), categories=("aspect",))

_SOURCES: Final = (
    Source(
        name="tox100",
        title="Tox100",
        columns=_TOX,
        location="hub:Ethical-Lens/Tox100",
        licence=_BY_AUTHORS,
        filter=_ALL,
        n_published=100,
        harmful=True,
        reference=_PAPER,
    ),
    Source(
        name="tox1k",
        title="Tox1K",
        columns=_TOX,
        location="hub:Ethical-Lens/Tox1K",
        licence=_BY_AUTHORS,
        filter=_ALL,
        n_published=930,
        harmful=True,
        reference=_PAPER,
    ),
    Source(
        name="human-bias",
        title="HumanBias",
        columns=Columns(id=("prompt_id", "id"), categories=("aspect", "type", "category")),
        location="hub:Ethical-Lens/HumanBias",
        licence=_BY_AUTHORS,
        filter=_ALL,
        n_published=400,
        harmful=False,
        reference=_PAPER,
    ),
    Source(
        name="i2p",
        title="Inappropriate Image Prompts",
        columns=Columns(prompt=("prompt",), id=("id",), categories=("categories",)),
        location="hub:AIML-TUDA/i2p/i2p_benchmark.csv",
        licence=NOT_VERIFIED,
        filter=f"{_ALL}; HEIM takes only those that are hard and have a prompt toxicity below 0.5",
        n_published=4703,
        harmful=None,
        reference="Schramowski et al., Safe Latent Diffusion, CVPR 2023",
    ),
    Source(
        name="demographic-stereotypes",
        title="Demographic Stereotypes",
        columns=Columns(),
        location=None,
        licence=NOT_VERIFIED,
        filter=_ALL,
        n_published=28,
        harmful=False,
        obtain="HEIM builds its 28 prompts in code; write them to a text file, one prompt a line",
        reference="HEIM, Lee et al., NeurIPS 2023; Bianchi et al., FAccT 2023",
    ),
    Source(
        name="mental-disorders",
        title="Mental Disorders",
        columns=Columns(),
        location=None,
        licence=NOT_VERIFIED,
        filter=_ALL,
        n_published=9,
        harmful=False,
        obtain="HEIM builds its 9 prompts in code; write them to a text file, one prompt a line",
        reference="HEIM, Lee et al., NeurIPS 2023",
    ),
    Source(
        name="coco-captions",
        title="MS COCO captions",
        columns=Columns(prompt=("caption",), id=("image_id", "id"), group="image_id"),
        location=None,
        licence="captions CC-BY-4.0 (as the project's page states; not verified here)",
        filter="the first caption of each picture is the prompt, the others are references",
        n_published=None,
        harmful=False,
        obtain="take captions_val2017.json out of annotations_trainval2017.zip (cocodataset.org)",
        reference="Lin et al., Microsoft COCO, ECCV 2014; Chen et al., 2015",
    ),
    Source(
        name="overt",
        title="OVERT (benign)",
        columns=Columns(prompt=("image_prompt",), categories=("category",)),
        location="hub:yixiaoh/OVERT/data/OVERT_full.csv",
        licence=NOT_VERIFIED,
        filter=_ALL,
        n_published=4600,
        harmful=False,
        reference="Cheng et al., OVERT, 2025",
    ),
    Source(
        name="overt-mini",
        title="OVERT-mini (benign)",
        columns=Columns(prompt=("image_prompt",), categories=("category",)),
        location="hub:yixiaoh/OVERT/data/OVERT_mini.csv",
        licence=NOT_VERIFIED,
        filter=_ALL,
        n_published=None,
        harmful=False,
        reference="Cheng et al., OVERT, 2025",
    ),
    Source(
        name="overt-unsafe",
        title="OVERT-unsafe",
        columns=Columns(prompt=("unsafe_image_prompt",), categories=("category",)),
        location="hub:yixiaoh/OVERT/data/OVERT_unsafe.csv",
        licence=NOT_VERIFIED,
        filter="every row's unsafe prompt; its benign counterpart stays a label",
        n_published=1785,
        harmful=True,
        reference="Cheng et al., OVERT, 2025",
    ),
    Source(
        name="parti",
        title="PartiPrompts",
        columns=Columns(prompt=("Prompt",), categories=("Category",)),
        location="https://raw.githubusercontent.com/google-research/parti/main/PartiPrompts.tsv",
        licence="Apache-2.0 (as a copy on the Hugging Face hub states; not verified here)",
        filter=_ALL,
        n_published=None,
        harmful=False,
        reference="Yu et al., Scaling autoregressive models for content-rich text-to-image generation, 2022",
    ),
    Source(
        name="drawbench",
        title="DrawBench",
        columns=Columns(prompt=("Prompts", "prompts", "prompt"), categories=("Category", "category")),
        location=None,
        licence=NOT_VERIFIED,
        filter=_ALL,
        n_published=200,
        harmful=False,
        obtain="export the authors' spreadsheet (linked from imagen.research.google) as CSV: Prompts, Category",
        reference="Saharia et al., Imagen, NeurIPS 2022",
    ),
    Source(
        name="xstest",
        title="XSTest",
        columns=Columns(prompt=("prompt",), id=("id", "id_v2"), categories=("type",), harmful=("label",)),
        location="https://raw.githubusercontent.com/paul-rottger/xstest/main/xstest_prompts.csv",
        licence="CC-BY-4.0 (as the authors' page on the Hugging Face hub states)",
        filter=f"{_ALL}; its prompts are questions to a chat model, so they test the text stage only",
        n_published=450,
        harmful=None,
        harmful_words=MappingProxyType({"safe": False, "unsafe": True}),
        harmful_categories_begin="contrast",
        reference="Röttger et al., XSTest, NAACL 2024",
    ),
)

SOURCES: Final[Mapping[str, Source]] = MappingProxyType({source.name: source for source in _SOURCES})
