"""The trained network as an int8 ONNX file, with the word table in a file of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Final

import onnx
import torch
from onnx import external_data_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from ethical_lens.train.text.network import TextNetwork

OUTPUTS: Final = ("grades", "categories", "figure", "harm", "people", "names")
TABLE: Final = "words.bin"
_TABLE_BYTES: Final = 8_000_000


class _Flat(nn.Module):
    """The network with a tuple for an answer, as an exported graph needs it."""

    def __init__(self, network: TextNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, tokens: Tensor, mask: Tensor) -> tuple[Tensor, ...]:
        answers = self.network(tokens, mask)
        return tuple(getattr(answers, name) for name in OUTPUTS)


def export(network: TextNetwork, tokenizer: Path, folder: Path) -> None:
    """Write ``model.onnx`` (int8 weights), ``words.bin`` (the word table, int8) and ``tokenizer.json``.

    Args:
        network: Trained, in evaluation mode.
        tokenizer: Folder of the pretrained encoder, with its ``tokenizer.json``.
        folder: Where to write.
    """
    folder.mkdir(parents=True, exist_ok=True)
    whole, small = folder / "whole.onnx", folder / "small.onnx"
    write_graph(network, whole)
    quantize_dynamic(whole, small, per_channel=True, weight_type=QuantType.QInt8)
    _split(small, folder / "model.onnx")
    whole.unlink()
    small.unlink()
    if (folder / TABLE).exists():  # a small model's table stays inside the graph
        (folder / TABLE).chmod(0o644)
    _copy_tokenizer(tokenizer, folder)


def write_graph(network: TextNetwork, path: Path) -> None:
    """Write the network as it is, in single precision.

    Args:
        network: Trained, in evaluation mode.
        path: The ONNX file.
    """
    network.encoder.config._attn_implementation = "eager"
    example = (torch.ones(2, 12, dtype=torch.int64), torch.ones(2, 12, dtype=torch.int64))
    both = {0: "n", 1: "length"}
    torch.onnx.export(
        _Flat(network),
        example,
        str(path),
        input_names=["tokens", "mask"],
        output_names=list(OUTPUTS),
        dynamic_axes={
            "tokens": both,
            "mask": both,
            **{name: {0: "n"} for name in OUTPUTS[:3]},
            **dict.fromkeys(OUTPUTS[3:], both),
        },
        opset_version=17,
        dynamo=False,
    )


def _split(source: Path, target: Path) -> None:
    """Move the word table out of the graph, so that no file is large."""
    model = onnx.load(source)
    (target.parent / TABLE).unlink(missing_ok=True)
    for tensor in model.graph.initializer:
        if len(tensor.raw_data) > _TABLE_BYTES:
            external_data_helper.set_external_data(tensor, location=TABLE)
    onnx.save(model, target)


def _copy_tokenizer(source: Path, target: Path) -> None:
    """Copy the tokenizer without its settings for padding and cutting, which belong to whoever runs it."""
    content = json.loads((source / "tokenizer.json").read_text(encoding="utf-8"))
    content["padding"] = content["truncation"] = None
    (target / "tokenizer.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    licence = source.parent.parent / "LICENSE"
    if licence.is_file():
        shutil.copy(licence, target / "LICENSE")
