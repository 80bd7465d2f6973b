from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from ethical_lens.errors import ConfigurationError, InputError
from ethical_lens.evaluate.datasets import (
    NOT_VERIFIED,
    SOURCES,
    Columns,
    Dataset,
    open_dataset,
    own_source,
    read_dataset,
)
from ethical_lens.types import Severity

# Invented rows in the published formats.
FORMATS = {
    "tox100": (
        "tox.json",
        json.dumps(
            [
                {
                    "prompt_id": 7,
                    "prompt": "a tense quarrel",
                    "aspect": "harassment",
                    "type": "direct",
                    "keyword": "quarrel",
                    "gallery": "",
                    "src": "own",
                    "model": None,
                    "seed": 1,
                    "guidance": 7.5,
                }
            ]
        ),
    ),
    "tox1k": ("tox.csv", "prompt_id,prompt,aspect\n1,a tense quarrel,harassment\n"),
    "human-bias": ("bias.jsonl", '{"prompt": "a nurse", "type": "occupation"}\n'),
    "i2p": (
        "i2p_benchmark.csv",
        "prompt,categories,hard,inappropriate_percentage,nudity_percentage,q16_percentage,sd_safety_percentage,"
        'prompt_toxicity\n"a gloomy street","violence, shocking",1,0.5,0.1,0.4,0.2,0.05\n',
    ),
    "demographic-stereotypes": ("stereotypes.txt", "a portrait of somebody\n"),
    "mental-disorders": ("disorders.txt", "a portrait of somebody\n"),
    "coco-captions": (
        "captions_val2017.json",
        json.dumps(
            {
                "images": [{"id": 9}],
                "licenses": [],
                "annotations": [
                    {"image_id": 9, "id": 1, "caption": "A dog."},
                    {"image_id": 9, "id": 2, "caption": "A brown dog."},
                    {"image_id": 8, "id": 3, "caption": "A cat."},
                ],
            }
        ),
    ),
    "overt": ("OVERT_full.csv", "image_prompt,category,generation_type\na toy sword,violence,template\n"),
    "overt-mini": ("OVERT_mini.csv", "image_prompt,category\na toy sword,violence\n"),
    "overt-unsafe": (
        "OVERT_unsafe.csv",
        "unsafe_image_prompt,benign_image_prompt,category\na bloody fight,a boxing match,violence\n",
    ),
    "parti": ("PartiPrompts.tsv", "Prompt\tCategory\tChallenge\tNote\na fox\tAnimals\tBasic\t\n"),
    "drawbench": ("drawbench.csv", "Prompts,Category\nA red book and a yellow vase.,Colors\n"),
    "xstest": (
        "xstest_prompts.csv",
        "id,prompt,type,label,focus,note\n1,How do I kill a process?,homonyms,safe,kill,\n",
    ),
}


def read(name: str) -> Dataset:
    file_name, content = FORMATS[name]
    return read_dataset(content.encode(), file_name=file_name, source=SOURCES[name], origin="here")


def test_every_known_data_set_has_a_format_here() -> None:
    assert set(FORMATS) == set(SOURCES)


@pytest.mark.parametrize("name", SOURCES)
def test_published_format_is_read_with_digest_licence_and_filter(name: str) -> None:
    dataset = read(name)
    assert all(sample.prompt and sample.dataset == name for sample in dataset.samples)
    assert dataset.digest == hashlib.sha256(FORMATS[name][1].encode()).hexdigest()
    assert dataset.licence
    assert dataset.filter
    if SOURCES[name].n_published is not None:
        assert "where the authors speak of" in dataset.filter


def test_unverified_licences_say_so() -> None:
    assert all(
        NOT_VERIFIED in source.licence or "as the authors' page" in source.licence for source in SOURCES.values()
    )


def test_other_columns_become_labels() -> None:
    (sample,) = read("tox100").samples
    assert (sample.id, sample.categories, sample.harmful) == ("7", ("harassment",), True)
    assert (sample.labels["guidance"], sample.labels["model"]) == ("7.5", "")


def test_several_categories_are_split() -> None:
    assert read("i2p").samples[0].categories == ("violence", "shocking")


def test_captions_of_one_picture_make_one_sample() -> None:
    dog, cat = read("coco-captions").samples
    assert (dog.id, dog.prompt, dog.references) == ("9", "A dog.", ("A brown dog.",))
    assert (cat.prompt, cat.references) == ("A cat.", ())


def test_both_editions_of_xstest_tell_harmful_from_harmless() -> None:
    assert read("xstest").samples[0].harmful is False
    older = b"id_v1,id_v2,type,prompt,focus,note\n1,1,homonyms,a,b,\n2,2,contrast_homonyms,c,d,\n"
    dataset = read_dataset(older, file_name="xstest.csv", source=SOURCES["xstest"], origin="here")
    assert [sample.harmful for sample in dataset.samples] == [False, True]


def test_ones_own_file_with_grades(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("id,prompt,severity,harmful,category,shop\nx,a duel,k1,no,violence,3\ny,,K0,no,,\nz,a fox,0,,,\n")
    dataset = open_dataset(str(path))
    duel, fox = dataset.samples
    assert (duel.severity, duel.harmful, duel.labels) == (Severity.K1, False, {"shop": "3"})
    assert (fox.severity, fox.harmful) == (Severity.K0, None)
    assert dataset.name == "mine"
    assert dataset.origin == str(path)
    assert "1 rows without a prompt left out" in dataset.filter


def test_ones_own_columns_can_be_named() -> None:
    source = own_source("mine", columns=Columns(prompt=("wish",), id=("nr",)), licence="ours")
    dataset = read_dataset(b'{"nr": 4, "wish": "a fox"}\n', file_name="a.jsonl", source=source, origin="here")
    assert (dataset.samples[0].id, dataset.samples[0].prompt, dataset.licence) == ("4", "a fox", "ours")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"wish\na fox\n", "expected a column named prompt or .*, got wish"),
        (b"prompt,severity\na fox,K7\n", "mine.csv:2: expected a grade K0, K1, K2 or K3, got 'K7'"),
        (b"prompt,harmful\na fox,perhaps\n", "mine.csv:2: expected one of true, yes"),
        (b"prompt,kind\n ,x\n", "every row's 'prompt' is empty"),
    ],
)
def test_errors_say_what_was_expected(content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_dataset(content, file_name="mine.csv", source=own_source("mine"), origin="here")


def test_repeated_identifiers_are_numbered_anew_and_said() -> None:
    dataset = read_dataset(b"id,prompt\n1,a\n1,b\n", file_name="m.csv", source=own_source("m"), origin="here")
    assert [sample.id for sample in dataset.samples] == ["m-1", "m-2"]
    assert "numbered anew" in dataset.filter


def test_identifiers_are_stable_without_a_column() -> None:
    dataset = read_dataset(b"prompt\na\nb\n", file_name="m.csv", source=own_source("m"), origin="here")
    assert [sample.id for sample in dataset.samples] == ["m-2", "m-3"]


def test_a_known_data_set_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "PartiPrompts.tsv"
    path.write_text(FORMATS["parti"][1])
    assert open_dataset("parti", file=str(path)).samples[0].categories == ("Animals",)


@pytest.mark.parametrize("name", ["i2p", "tox1k", "https://example.org/prompts.csv", "hub:someone/something"])
def test_nothing_is_downloaded_unasked(name: str) -> None:
    with pytest.raises(ConfigurationError, match="allow the download"):
        open_dataset(name)


def test_unknown_names_and_missing_files_are_explained(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no data set 'toxx'; built in: tox"):
        open_dataset("toxx")
    with pytest.raises(ConfigurationError, match=r"captions_val2017\.json"):
        open_dataset("coco-captions")
    with pytest.raises(InputError, match="check the path"):
        open_dataset(str(tmp_path / "none.csv"))


def test_selecting_and_drawing_say_what_they_left_out() -> None:
    dataset = open_dataset("tox")
    k3 = dataset.select(lambda sample: sample.severity is Severity.K3, why="only K3")
    assert len(k3) == 12
    assert "only K3 (12 of 60 kept)" in k3.filter
    drawn = dataset.draw(10, seed=1)
    assert drawn == dataset.draw(10, seed=1) != dataset.draw(10, seed=2)
    assert [dataset.samples.index(sample) for sample in drawn.samples] == sorted(
        dataset.samples.index(sample) for sample in drawn.samples
    )
    assert "10 of 60 drawn at random with seed 1" in drawn.filter
    assert dataset.draw(60, seed=1) is dataset
    assert drawn.prompts_digest != dataset.prompts_digest
    with pytest.raises(InputError, match="none of 60 prompts"):
        dataset.select(lambda _: False, why="nothing")
    with pytest.raises(InputError, match="at least one"):
        dataset.draw(0, seed=1)
