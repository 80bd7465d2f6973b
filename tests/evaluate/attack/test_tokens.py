from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from ethical_lens.evaluate.attack.encoder import (
    TextEncoder,
    is_part,
    minor_vocabulary,
    names,
    read_encoder,
    vocabulary,
)
from ethical_lens.evaluate.attack.tokens import TokenSearch
from ethical_lens.generate.sketch import SketchGenerator
from ethical_lens.sketch import STAND_INS


@pytest.fixture(scope="module")
def encode() -> TextEncoder:
    return read_encoder(SketchGenerator().folder)


def test_vocabularies_name_stand_ins_and_youth() -> None:
    assert {"knife", "blade"} <= vocabulary("knife")
    assert {"boy", "girl", "toddler"} <= minor_vocabulary()
    assert names("a k n i f e", vocabulary("knife"))
    assert not names("a spoon", vocabulary("knife"))
    assert is_part("kni", vocabulary("knife"))


def test_search_comes_closer_and_names_nothing(encode: TextEncoder) -> None:
    before = TokenSearch(encode, "knife", 5).run(carried=False, n_steps=0)
    search = TokenSearch(encode, "knife", 5)
    after = search.run(carried=False, n_steps=6, n_candidates=12)
    near = search.closeness(torch.from_numpy(encode([before.text, after.text])))
    assert float(near[1]) > float(near[0])
    forbidden = minor_vocabulary().union(*map(vocabulary, STAND_INS))
    assert not names(after.text, forbidden)


def test_penalty_outweighs_the_aim(encode: TextEncoder) -> None:
    before = TokenSearch(encode, "blood", 1).run(carried=True, n_steps=0)
    search = TokenSearch(encode, "blood", 1, penalty=lambda states: 100 * states.mean((1, 2)).abs())
    after = search.run(carried=True, n_steps=3, n_candidates=8)
    assert after.carrier == before.carrier
    assert after.text.startswith(after.carrier.split(" ")[0])
    paid = torch.from_numpy(encode([before.text, after.text])).mean((1, 2)).abs()
    assert float(paid[1]) <= float(paid[0])
