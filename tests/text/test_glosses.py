# ruff: noqa: RUF001
import json
from pathlib import Path
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ethical_lens.text import glosses
from ethical_lens.text.glosses import ENGLISH, LANGUAGES, LATIN, OTHER, Glossary, gloss, language

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "glosses.jsonl").read_text(encoding="utf-8").splitlines()
]
LONGEST_GLOSS = 4


@pytest.mark.parametrize("code", LATIN)
def test_dictionary_is_large_and_well_formed(code: str) -> None:
    lines = (Path(glosses.__file__).parent / "glosses" / f"{code}.tsv").read_text(encoding="utf-8").splitlines()
    entries = [line.split("\t") for line in lines if line and not line.startswith("#")]
    assert len(entries) >= 1800
    assert all(len(entry) == 2 for entry in entries)
    assert len({form for form, _ in entries}) == len(entries)
    assert all(form == form.strip().lower() and "  " not in form for form, _ in entries)
    assert all(0 < len(english.split()) <= LONGEST_GLOSS for _, english in entries)


@pytest.mark.parametrize("code", LATIN)
def test_example_prompts_are_recognised(code: str) -> None:
    prompts = [row["text"] for row in ROWS if row["lang"] == code]
    assert len(prompts) >= 40
    assert [text for text in prompts if language(text).code != code] == []


@pytest.mark.parametrize("code", LATIN)
def test_nearly_every_content_word_is_known(code: str) -> None:
    shares = [gloss(row["text"], code).share_known for row in ROWS if row["lang"] == code]
    assert mean(shares) > 0.95
    assert min(shares) >= 0.6


@pytest.mark.parametrize(
    "text",
    [
        "a cup of coffee in a café",
        "José, a portrait by Diego Velázquez",
        "steampunk zeppelin, artstation, octane render",
        "piñata party for kids",
        "a neon sign reading 東京 in a rainy Tokyo street at night",
        "nude",
        "São Paulo skyline at night",
        "1girl, masterpiece, best quality",
        "42",
        "",
    ],
)
def test_english_prompts_stay_english(text: str) -> None:
    assert language(text).code == ENGLISH


@pytest.mark.parametrize(
    "text",
    [
        "Een vrouw met een mes in de keuken",
        "kobieta pijąca kawę w kawiarni",
        "bir kadın ve bir kedi sokakta",
        "ผู้หญิงกับแมว",
        "고양이와 여자",
        "γυναίκα με μαχαίρι",
        "người phụ nữ với con dao",
    ],
)
def test_languages_without_dictionary_are_other(text: str) -> None:
    assert language(text).code == OTHER


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        ("Amigos fumando crack debaixo de um viaduto", "pt", "under a viaduct"),
        ("ninos jugando", "es", "children playing"),
        ("Gefaengnis", "de", "prison"),
        ("gefangnis", "de", "prison"),
        ("l'homme d'aujourd'hui", "fr", "man"),
        ("Küchenmesserangriff", "de", "attack"),
        ("sie lachen ihren Mitschüler laut aus", "de", "mocking"),
        ("pieds nus dans le sable", "fr", "barefoot"),
        ("matando o tempo", "pt", "killing time"),
        ("sin ropa", "es", "naked"),
        ("sin sangre", "es", "without blood"),
        ("Blutorangen", "de", "blood orange"),
        ("Chico solo en el baño", "es", "boy lonely in bathroom"),
        ("croix gammées", "fr", "swastika"),
    ],
)
def test_words_and_phrases_are_glossed(text: str, code: str, expected: str) -> None:
    assert expected in gloss(text, code).text


def test_spans_lead_back_to_the_original() -> None:
    text = "Un hombre apuñala a su vecino, y Zoraida mira"
    glossed = gloss(text, "es")
    words = {
        glossed.text[span.start : span.end]: text[span.original_start : span.original_end] for span in glossed.spans
    }
    assert words["stabbing"] == "apuñala"
    assert words["Zoraida"] == "Zoraida"
    start = glossed.text.index("stabbing")
    assert glossed.original(start, start + len("stabbing")) == (text.index("apuñala"), text.index(" a su"))
    assert glossed.original(0, 0) is None


def test_english_words_and_numbers_are_kept() -> None:
    assert gloss("3 selfies cyberpunk", "es").text == "3 selfies cyberpunk"


def test_longest_match_wins() -> None:
    glossary = Glossary("mat*\tkilling\nmatas\tbushes\nmat* el tiempo\twaiting\n", "es")
    assert glossary.word("matando") == "killing"
    assert glossary.word("matas") == "bushes"
    assert glossary.phrase(["mata", "el", "tiempo"]) == (3, "waiting")
    assert glossary.word("matadoramente") is None


def test_unspaced_scripts_take_the_longest_form() -> None:
    glossary = Glossary("女\twoman\n女孩\tgirl\n", "zh")
    assert glossary.piece("女孩", 0) == (2, "girl")


def test_arabic_clitics_are_stripped() -> None:
    glossary = Glossary("سكين\tknife\n", "ar")
    assert [glossary.word(word) for word in ("والسكين", "بالسكين", "سكينها")] == ["knife"] * 3


def test_any_kana_makes_a_text_japanese() -> None:
    assert language("手術室で働く外科医").code == "ja"
    assert language("裸体的女人在床上").code == "zh"


def test_unknown_language_is_refused() -> None:
    with pytest.raises(KeyError, match="expected one of"):
        gloss("bonjour", "nl")


@given(text=st.text(max_size=60), code=st.sampled_from(LANGUAGES))
def test_any_text_is_glossed_with_spans_in_order(text: str, code: str) -> None:
    glossed = gloss(text, code)
    assert 0 <= glossed.share_known <= 1
    assert 0 <= language(text).share <= 1
    last = 0
    for span in glossed.spans:
        assert last <= span.original_start < span.original_end <= len(text)
        assert glossed.text[span.start : span.end].strip()
        last = span.original_end
