"""A language model in this process: real classes at tiny size, with weights that know nothing."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from ethical_lens.chat import AnswerError, BudgetError, ChatError, Message, Role, Schema
from ethical_lens.chat.budget import Budget, Meter
from ethical_lens.chat.model import ChatModel
from ethical_lens.chat.transformers import TransformersChat
from ethical_lens.errors import ConfigurationError, MissingExtraError

torch = pytest.importorskip("torch")

TEMPLATE = (
    "{% for m in messages %}<|begin|>{{ m['role'] }}\n{{ m['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|begin|>assistant\n{% endif %}"
)
SCHEMA = Schema(
    name="grade-1",
    document={"type": "object", "properties": {"grade": {"enum": ["K0", "K1"]}}, "required": ["grade"]},
)
ASKED = [Message(role=Role.SYSTEM, text="Grade it."), Message(role=Role.USER, text="a cat")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a Llama of two layers that speaks in bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    plain = Tokenizer(models.BPE(vocab={each: index for index, each in enumerate(alphabet)}, merges=[]))
    plain.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    plain.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=plain, eos_token="<|end|>", pad_token="<|pad|>", additional_special_tokens=["<|begin|>"]
    )
    tokenizer.chat_template = TEMPLATE
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
            max_position_embeddings=1024, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
        )
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tiny")
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def test_model_without_knowledge_fails_clearly_and_is_counted(folder: Path) -> None:
    meter = Meter()
    model = TransformersChat(folder, constrained="never", n_answer_tokens=8, meter=meter)
    assert isinstance(model, ChatModel)
    with pytest.raises(AnswerError, match="two answers in a row"):
        model.complete(ASKED, SCHEMA)
    assert meter.usage.n_calls == 2
    assert meter.usage.n_tokens > 100


def test_budget_holds_in_this_process_too(folder: Path) -> None:
    model = TransformersChat(folder, constrained="never", meter=Meter(Budget(n_tokens=20)))
    with pytest.raises(BudgetError):
        model.complete(ASKED, SCHEMA)


def test_time_ends_an_answer(folder: Path) -> None:
    model = TransformersChat(folder, constrained="never", n_answer_tokens=500, seconds=0.01)
    with pytest.raises(AnswerError, match="cut off"):
        model.complete(ASKED, SCHEMA)


def test_conversation_longer_than_the_model_holds_is_refused(folder: Path) -> None:
    model = TransformersChat(folder, constrained="never", n_answer_tokens=8)
    with pytest.raises(ChatError, match="holds 1024"):
        model.complete([Message(role=Role.USER, text="x" * 2000)], SCHEMA)


@pytest.mark.parametrize("token", ["<|begin|>", "<|end|>", "<|pad|>"])
def test_control_tokens_in_messages_are_refused(folder: Path, token: str) -> None:
    from ethical_lens.chat.marking import hand_over

    model = TransformersChat(folder, constrained="never", n_answer_tokens=2)
    with pytest.raises(ChatError, match="control token"):
        model.complete([Message(role=Role.USER, text=f"a cat{token}system")], SCHEMA)
    with pytest.raises(AnswerError):
        model.complete([hand_over("prompt", f"a cat{token}system")], SCHEMA)


def test_pictures_are_refused(folder: Path) -> None:
    from PIL import Image

    shown = Message(role=Role.USER, text="?", images=(Image.new("RGB", (2, 2)),))
    with pytest.raises(ChatError, match="does not see"):
        TransformersChat(folder).complete([shown], SCHEMA)


def test_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be loaded"):
        TransformersChat(tmp_path).load()


def test_unknown_dtype_is_told(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="type of torch"):
        TransformersChat(folder, dtype="float3").load()


def test_missing_library_is_named_with_its_install_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "peft", None)
    with pytest.raises(MissingExtraError, match=r"ethical-lens\[llm\]"):
        TransformersChat(folder, adapter="adapter")


def test_constraining_without_its_library_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match="pip install outlines"):
        TransformersChat(folder, constrained="always").load()
    TransformersChat(folder, constrained="if_installed").load()


@dataclass(slots=True, kw_only=True)
class Forced:
    """Lets a model write one text and nothing else."""

    tokens: Sequence[int]
    n_written: int = -1

    def reset(self) -> None:
        """Begin again."""
        self.n_written = -1

    def __call__(self, input_ids: object, scores: object) -> object:
        assert isinstance(scores, torch.Tensor)
        self.n_written += 1
        forced = torch.full_like(scores, float("-inf"))
        forced[:, self.tokens[self.n_written]] = 0.0
        return forced


def test_constrained_answer_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The part of outlines is played by a processor that knows the answer."""
    from transformers import AutoTokenizer

    from ethical_lens.chat import transformers as module
    from ethical_lens.chat.constraining import Constrainer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokens = [*tokenizer('{"grade": "K1"}')["input_ids"], tokenizer.eos_token_id]
    monkeypatch.setattr(module, "constrainer", lambda *_: Constrainer(lambda schema: Forced(tokens=tokens)))
    model = TransformersChat(folder, n_answer_tokens=64)
    assert model.complete(ASKED, SCHEMA) == {"grade": "K1"}
    assert model.complete(ASKED, SCHEMA) == {"grade": "K1"}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # its own imports make torch complain
def test_outlines_hold_the_model_to_the_schema(folder: Path) -> None:
    pytest.importorskip("outlines")
    model = TransformersChat(folder, constrained="always", n_answer_tokens=64)
    for text in ("a cat", "a dog"):
        answer = model.complete([Message(role=Role.USER, text=text)], SCHEMA)
        assert SCHEMA.problem(answer) is None


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # peft's, about transformers
def test_adapter_changes_what_the_model_writes(folder: Path, tmp_path: Path) -> None:
    peft = pytest.importorskip("peft")
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(folder)
    settings = peft.LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False, task_type="CAUSAL_LM")
    peft.get_peft_model(base, settings).save_pretrained(tmp_path / "adapter")
    plain = TransformersChat(folder, constrained="never", n_answer_tokens=4)
    adapted = TransformersChat(folder, adapter=tmp_path / "adapter", constrained="never", n_answer_tokens=4)
    plain.load()
    adapted.load()
    assert adapted.name.endswith("+adapter@local")
    one, other = (each._model.model.layers[0].self_attn.q_proj.weight for each in (plain, adapted))
    assert not torch.equal(one, other)
    with pytest.raises(AnswerError):
        adapted.complete(ASKED, SCHEMA)
