"""Networks to ONNX files, with the weights stored in half precision, in the file or in a safetensors file beside it."""

from __future__ import annotations

import copy
import json
import struct
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

_LARGE = 256
_OPSET = 17


def as_shipped(module: nn.Module) -> nn.Module:
    """Return a copy that answers as the exported file will.

    Args:
        module: In evaluation mode; each batch norm follows its convolution in an ``nn.Sequential``.

    Returns:
        A copy whose batch norms are folded into the convolutions, and whose large weights are rounded to half
        precision.
    """
    shipped = copy.deepcopy(module)
    for part in list(shipped.modules()):
        if isinstance(part, nn.Sequential):
            _fold(part)
    with torch.no_grad():
        for value in shipped.state_dict().values():
            if value.is_floating_point() and value.numel() > _LARGE:
                value.copy_(value.half().to(value.dtype))
    return shipped


def export(module: nn.Module, path: Path, *, size: int, outputs: Sequence[str]) -> None:
    """Write a network that reads pictures.

    Args:
        module: What `as_shipped` has made; reads (n, 3, size, size).
        path: The ONNX file; its input is called "images".
        size: Width and height in pixels.
        outputs: Names of what it returns; the first axis of each is n.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_suffix(".whole.onnx")
    torch.onnx.export(
        module,
        (torch.zeros(2, 3, size, size),),
        str(whole),
        input_names=["images"],
        output_names=list(outputs),
        dynamic_axes={name: {0: "n"} for name in ("images", *outputs)},
        opset_version=_OPSET,
        dynamo=False,
    )
    model = onnx.load(str(whole))
    whole.unlink()
    store_in_half(model)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _fold(layers: nn.Sequential) -> None:
    for i in range(len(layers) - 1):
        first, second = layers[i], layers[i + 1]
        if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
            layers[i], layers[i + 1] = fuse_conv_bn_eval(first, second), nn.Identity()


def store_in_half(model: onnx.ModelProto) -> None:
    """Store every large weight in half precision and cast it back when the model is opened; arithmetic stays single."""
    casts = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.size > _LARGE:
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
            casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def write_graph(
    module: nn.Module,
    example: tuple[Tensor, ...],
    path: Path,
    weights: Path,
    names: dict[str, dict[int, str]],
    *,
    prefix: str,
) -> None:
    """Write an ONNX graph whose weights are read from a safetensors file in the same folder.

    Args:
        module: What is written, in single precision.
        example: Its inputs.
        path: The ONNX file.
        weights: The safetensors file, in half precision; the graph points into it by byte offset.
        names: Names of the inputs and, last, of the output, each with its dynamic axes.
        prefix: What the names of the module's weights have in front of those in the file.
    """
    *inputs, output = names
    with warnings.catch_warnings():
        # Sizes become constants and indices must not be negative, of which the export warns; both hold here.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            example,
            str(path),
            dynamo=False,
            opset_version=_OPSET,
            do_constant_folding=False,
            input_names=inputs,
            output_names=[output],
            dynamic_axes=names,
        )
    graph = onnx.load(path)
    stored = _offsets(weights)
    casts = []
    for tensor in graph.graph.initializer:
        place = stored.get(tensor.name.removeprefix(prefix))
        if place is None:
            continue
        used, half = tensor.name, f"{tensor.name}.half"
        casts.append(helper.make_node("Cast", [half], [used], to=TensorProto.FLOAT))
        tensor.CopyFrom(_external(half, list(tensor.dims), weights.name, *place))
    nodes = [*casts, *graph.graph.node]
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)
    path.write_bytes(graph.SerializeToString())


def _external(name: str, dims: list[int], location: str, offset: int, length: int) -> TensorProto:
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT16, dims=dims, data_location=TensorProto.EXTERNAL)
    for key, value in (("location", location), ("offset", str(offset)), ("length", str(length))):
        tensor.external_data.add(key=key, value=value)
    return tensor


def _offsets(weights: Path) -> dict[str, tuple[int, int]]:
    """Return the byte offset and length of every half-precision tensor in a safetensors file."""
    with weights.open("rb") as file:
        (n_header,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(n_header))
    return {
        name: (8 + n_header + each["data_offsets"][0], each["data_offsets"][1] - each["data_offsets"][0])
        for name, each in header.items()
        if name != "__metadata__" and each["dtype"] == "F16"
    }
