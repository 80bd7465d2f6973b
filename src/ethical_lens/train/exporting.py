"""Networks to ONNX files, with the weights stored in half precision."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

_LARGE = 256


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
        opset_version=17,
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
            casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
