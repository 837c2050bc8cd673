"""Makes a Piper voice small, quick and repeatable, once: `python -m device.workshop.prepare MODEL.onnx FOLDER`.

1. Both nodes that draw noise become inputs, so that the same seed gives the same samples.
2. The graph is cut where the decoder begins: phonemes -> latent frames | latent frames -> samples.
3. Windowed decoding is compared with whole decoding, in fp32; a voice they differ on stays whole.
4. Weights are stored as int8 per channel with DequantizeLinear: 63 -> 16.5 MB, the arithmetic stays float.

Takes about 2 s and 300 MB, hence a process of its own. The folder appears whole or not at all.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from device.errors import VoiceError
from device.workshop.piper import Samples, decode, session

AGREEMENT = 1e-5
"""How far windowed decoding may be from whole decoding, of full scale."""
_TRIED_FRAMES = 300
_SMALL = 2000  # weights fewer than these stay float


def prepare(model: Path, out: Path) -> None:
    """Writes `out`/front.onnx and decoder.onnx. Raises VoiceError: the voice then stays whole."""
    part = out.with_name(f"{out.name}.part")  # the same every time: what a power cut left is written over
    try:
        shutil.rmtree(part, ignore_errors=True)
        graph = _load(model)
        noise_as_inputs(graph)
        front, decoder = split(graph)
        _agrees(decoder)
        part.mkdir(parents=True)
        for name, half in (("front", front), ("decoder", decoder)):
            int8_weights(half)
            onnx.save(half, str(part / f"{name}.onnx"))
        os.replace(part, out)
    except (StopIteration, ValueError, KeyError, OSError) as fault:
        raise VoiceError(f"{model} cannot be prepared and is used whole: {fault!r}") from fault
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _load(model: Path) -> Any:
    try:
        return onnx.load(str(model))
    except Exception as fault:  # protobuf's error has no base of its own to name
        raise VoiceError(f"{model} is damaged: {fault}. Install the voice again.") from fault


def noise_as_inputs(model: Any) -> None:
    """Replaces each RandomNormalLike by the first samples of an input: noise_dp [1, 2, n] or noise_z [1, 192, n]."""
    graph, nodes = model.graph, []
    for node in graph.node:
        if node.op_type != "RandomNormalLike":
            nodes.append(node)
            continue
        name, rows = ("noise_dp", 2) if node.name.startswith("/dp") else ("noise_z", 192)
        nodes += [
            helper.make_node("Shape", [node.input[0]], [f"{name}_shape"]),
            helper.make_node("Gather", [f"{name}_shape", f"{name}_two"], [f"{name}_end"], axis=0),
            helper.make_node("Slice", [name, f"{name}_zero", f"{name}_end", f"{name}_two"], [node.output[0]]),
        ]
        for word, number in (("two", 2), ("zero", 0)):
            graph.initializer.append(numpy_helper.from_array(np.array([number], np.int64), f"{name}_{word}"))
        graph.input.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, rows, f"{name}_n"]))
    del graph.node[:]
    graph.node.extend(nodes)


def split(model: Any) -> tuple[Any, Any]:
    """-> (front, decoder), cut at the decoder's first convolution. Raises StopIteration where there is none."""
    graph = model.graph
    weight = next(each for each in graph.initializer if each.name == "dec.conv_pre.weight")
    first = next(node for node in graph.node if node.op_type == "Conv" and weight.name in node.input)
    latent = helper.make_tensor_value_info(first.input[0], TensorProto.FLOAT, ["batch", weight.dims[1], "frames"])
    return _cut(model, list(graph.input), latent), _cut(model, [latent], graph.output[0])


def int8_weights(model: Any) -> None:
    """Stores the large weights as int8, one scale a channel; a DequantizeLinear gives them back as float."""
    graph = model.graph
    uses: dict[str, list[str]] = {}
    for node in graph.node:
        for name in node.input:
            uses.setdefault(name, []).append(node.op_type)
    nodes = []
    for tensor in list(graph.initializer):
        weights, kinds = numpy_helper.to_array(tensor), uses.get(tensor.name, [])
        if weights.dtype == np.float32 and weights.ndim > 1 and weights.size > _SMALL and kinds and _quantised(kinds):
            graph.initializer.remove(tensor)
            parts, node = _int8(tensor.name, weights, {"ConvTranspose": 1, "MatMul": weights.ndim - 1}.get(kinds[0], 0))
            graph.initializer.extend(parts)
            nodes.append(node)
    nodes += graph.node
    del graph.node[:]
    graph.node.extend(nodes)


def _quantised(kinds: Iterable[str]) -> bool:
    return all(kind in {"Conv", "ConvTranspose", "MatMul", "Gather"} for kind in kinds)


def _int8(name: str, weights: Samples, axis: int) -> tuple[list[Any], Any]:
    others = tuple(each for each in range(weights.ndim) if each != axis)
    scales = np.abs(weights).max(axis=others, keepdims=True) / 127 + 1e-12
    arrays = {
        f"{name}_int8": np.clip(np.round(weights / scales), -127, 127).astype(np.int8),
        f"{name}_scale": scales.reshape(-1).astype(np.float32),
        f"{name}_zero": np.zeros(scales.size, np.int8),
    }
    parts = [numpy_helper.from_array(array, part) for part, array in arrays.items()]
    return parts, helper.make_node("DequantizeLinear", list(arrays), [name], axis=axis)


def _cut(model: Any, inputs: list[Any], output: Any) -> Any:
    """-> the part of the graph between `inputs` and `output`."""
    graph = model.graph
    maker = {name: at for at, node in enumerate(graph.node) for name in node.output}
    given, seen, wanted = {each.name for each in inputs}, set[str](), [output.name]
    while wanted:
        name = wanted.pop()
        if name in seen or name in given:
            continue
        seen.add(name)
        if name in maker:
            wanted += _read(graph.node[maker[name]])
    nodes = [
        node for at, node in enumerate(graph.node) if any(maker[name] == at and name in seen for name in node.output)
    ]
    weights = [each for each in graph.initializer if each.name in seen]
    part = helper.make_graph(nodes, "part", inputs, [output], weights)
    return helper.make_model(part, opset_imports=list(model.opset_import), ir_version=model.ir_version)


def _read(node: Any) -> list[str]:
    """-> every tensor a node reads, the branches of an If included."""
    inside = [each for attribute in node.attribute if attribute.HasField("g") for each in attribute.g.node]
    return [name for name in [*node.input, *(name for each in inside for name in _read(each))] if name]


def _agrees(decoder: Any) -> None:
    running = session(decoder.SerializeToString())
    channels = decoder.graph.input[0].type.tensor_type.shape.dim[1].dim_value
    latent = np.random.default_rng(1).standard_normal((1, channels, _TRIED_FRAMES), dtype=np.float32)
    whole = running.run(None, {decoder.graph.input[0].name: latent})[0].reshape(-1)
    apart = float(np.abs(np.concatenate(list(decode(running, latent))) - whole).max())
    if apart > AGREEMENT:
        raise ValueError(f"decoded in windows it differs by {apart:.1e}")


def main(model: str, out: str) -> int:
    os.nice(10)  # somebody may be listening to the whole voice meanwhile
    try:
        prepare(Path(model), Path(out))
    except VoiceError as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
