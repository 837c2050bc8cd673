"""Makes a Piper voice small, quick and repeatable, once: `python -m device.workshop.prepare MODEL.onnx FOLDER`.

1. The graph is cut twice, where a frame needs no more than its neighbours: phonemes -> mean and spread of each frame |
   what is drawn from these -> latent frames | latent frames -> samples. All noise comes from outside, so that the same
   seed gives the same samples.
2. Both later parts, window by window, are compared with the whole, in fp32; a voice that differs stays whole.
3. Weights are stored as int8 per channel with DequantizeLinear: 63 -> 16.5 MB, the arithmetic stays float.

Takes about 2 s and 300 MB, hence a process of its own. The folder appears whole or not at all.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from device.errors import VoiceError
from device.workshop.catalogue import sums
from device.workshop.confine import confine
from device.workshop.piper import Samples, decode, flowed, session

AGREEMENT = 1e-5
"""How far windowed decoding may be from whole decoding, of full scale."""
_TRIED_FRAMES = 300
_MEMORY_BYTES = 1_500_000_000  # of data; joe takes 300 MB
_FILE_BYTES = 100_000_000  # joe becomes 16.5 MB
_SMALL = 2000  # weights fewer than these stay float


def prepare(model: Path, out: Path) -> None:
    """Writes `out`/front.onnx, flow.onnx and decoder.onnx. Raises VoiceError: the voice then stays whole."""
    part = out.with_name(f"{out.name}.part")  # the same every time: what a power cut left is written over
    try:
        shutil.rmtree(part, ignore_errors=True)
        front, flow, decoder = split(_load(model))
        _agrees(flow, decoder)
        part.mkdir(parents=True)
        for name, third in (("front", front), ("flow", flow), ("decoder", decoder)):
            int8_weights(third)
            _write(part / f"{name}.onnx", third.SerializeToString())
        file, said = sums(part)
        _write(file, said.encode())
        os.replace(part, out)
    except (StopIteration, ValueError, LookupError, OSError) as fault:
        raise VoiceError(f"{model} cannot be prepared and is used whole: {fault!r}") from fault
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write(file: Path, data: bytes) -> None:
    with file.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())  # before the folder has its name: a power cut leaves no empty files in it


def _load(model: Path) -> Any:
    try:
        return onnx.load(str(model))
    except Exception as fault:  # protobuf's error has no base of its own to name
        raise VoiceError(f"{model} is damaged: {fault}. Install the voice again.") from fault


def split(model: Any) -> tuple[Any, Any, Any]:
    """-> (front, flow, decoder). Raises StopIteration or ValueError where the graph is another.

    front: the model's inputs and noise_dp [1, 2, phonemes] -> mean and spread [1, channels, frames] of a frame's noise.
    flow: what was drawn from these -> latent, of the same shape. decoder: latent -> samples [1, 1, samples].
    """
    graph = model.graph
    (mean, spread, drawn), (latent, mask, channels) = _drawing(graph), _decoding(graph)
    drawn_here, latent_here = _frames(drawn, channels), _frames(latent, channels)
    front = _cut(model, list(graph.input), [_frames(mean, channels), _frames(spread, channels)])
    flow = _cut(model, [drawn_here, _frames(mask, 1)], [latent_here])
    flow.graph.input.pop()
    flow.graph.initializer.append(numpy_helper.from_array(np.ones((1, 1, 1), np.float32), mask))  # one text at a time
    return front, flow, _cut(model, [latent_here], list(graph.output))


def _drawing(graph: Any) -> tuple[str, str, str]:
    """-> (mean, spread, what is drawn from them). The other noise, for durations, becomes the input noise_dp."""
    noises = [node for node in graph.node if node.op_type == "RandomNormalLike"]
    durations, frames = sorted(noises, key=lambda node: not node.name.startswith("/dp"))
    graph.input.append(helper.make_tensor_value_info("noise_dp", TensorProto.FLOAT, [1, 2, "phonemes"]))
    user = _user(graph, durations.output[0])
    user.input[list(user.input).index(durations.output[0])] = "noise_dp"
    spread_out = _user(graph, frames.output[0])
    spread = next(name for name in spread_out.input if name != frames.output[0])
    scaled = _user(graph, spread_out.output[0])
    return frames.input[0], spread, _user(graph, scaled.output[0]).output[0]


def _decoding(graph: Any) -> tuple[str, str, int]:
    """-> (what the decoder's first convolution takes, the mask it was multiplied by, its channels)."""
    weight = next(each for each in graph.initializer if each.name == "dec.conv_pre.weight")
    latent = next(node for node in graph.node if node.op_type == "Conv" and weight.name in node.input).input[0]
    return latent, next(node for node in graph.node if latent in node.output).input[1], weight.dims[1]


def _user(graph: Any, tensor: str) -> Any:
    return next(node for node in graph.node if tensor in node.input)


def _frames(name: str, channels: int) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, "frames"])


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


def _cut(model: Any, inputs: list[Any], outputs: list[Any]) -> Any:
    """-> the part of the graph between `inputs` and `outputs`."""
    graph = model.graph
    maker = {name: at for at, node in enumerate(graph.node) for name in node.output}
    given, seen, wanted = {each.name for each in inputs}, set[str](), [each.name for each in outputs]
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
    part = helper.make_graph(nodes, "part", inputs, outputs, weights)
    return helper.make_model(part, opset_imports=list(model.opset_import), ir_version=model.ir_version)


def _read(node: Any) -> list[str]:
    """-> every tensor a node reads, the branches of an If included."""
    inside = [each for attribute in node.attribute if attribute.HasField("g") for each in attribute.g.node]
    return [name for name in [*node.input, *(name for each in inside for name in _read(each))] if name]


def _agrees(flow: Any, decoder: Any) -> None:
    channels = decoder.graph.input[0].type.tensor_type.shape.dim[1].dim_value
    drawn = np.random.default_rng(1).standard_normal((1, channels, _TRIED_FRAMES), dtype=np.float32)
    flowing, decoding = (session(part.SerializeToString()) for part in (flow, decoder))
    latent = flowing.run(None, {flow.graph.input[0].name: drawn})[0]
    whole = decoding.run(None, {decoder.graph.input[0].name: latent})[0].reshape(-1)
    windowed = np.concatenate(list(decode(decoding, flowed(flowing, drawn), _TRIED_FRAMES)))
    if (apart := float(np.abs(windowed - whole).max())) > AGREEMENT:
        raise ValueError(f"made in windows it differs by {apart:.1e}")


def main(model: str, out: str) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what is half written is put away
    os.nice(10)  # somebody may be listening to the whole voice meanwhile
    confine(_MEMORY_BYTES, _FILE_BYTES)
    try:
        prepare(Path(model), Path(out))
    except VoiceError as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
