"""A speech bundle's graph → the encoder and head it was made from, to learn on from there.

In: a bundle of kind ``speech`` that `ear_bundle.py` wrote. Parameters keep their names in the graph
(`halve_weights` adds `_half`), but what the exporter folded away does not: the three parts of each
layer's attention bias and the bounds of the lips. Those are found by what the graph does with them.
Nothing is guessed: what was read must give what the graph gives.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float32

from ..bundle import Bundle, OnnxStep, open_bundle
from ..errors import BundleError, MissingExtraError
from ..lips import N_LIP_FIELDS
from ..voice.features import N_FEATURES, START_LEVEL_DB, even_out
from ..voice.speech import GRAPH_NAME, KIND
from .hear import ENCODER_WIDTH, N_LAYERS, SpeechEncoder
from .speech import STATES, LipHead, StreamingSpeech

try:
    import onnx
    import torch
except ImportError as error:
    raise MissingExtraError(error.name or "torch", "learn") from error

EXACT: Final = 1e-3  # of unit outputs; the same weights in two runners differ by some 1e-5
_N_HOPS: Final = 120
_RIGHT_HOPS: Final = 5
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Ear:
    """What a speech bundle holds.

    Attributes:
        bundle: the bundle it was read from.
        encoder, head: in eval mode.
        canonical_range: (12,) range of the canonical owner in speech, resting mouth widths.
    """

    bundle: Bundle
    encoder: SpeechEncoder
    head: LipHead
    canonical_range: Float32[np.ndarray, " fields"]


def read_ear(folder: Path) -> Ear:
    """Reads encoder and head out of a speech bundle.

    Raises:
        BundleError: there is none, it holds another network, or torch and the graph differ.
    """
    bundle = open_bundle(folder, KIND)
    settings = bundle.manifest.settings
    span = np.array(settings.get("canonical_range", ()), np.float32)
    if span.shape != (N_LIP_FIELDS,):
        raise BundleError(f"{folder}: its manifest names no canonical_range of {N_LIP_FIELDS}")
    bundle.session(GRAPH_NAME)  # says so if it is no graph
    model = onnx.load(folder / GRAPH_NAME)
    try:
        arrays = _gather(model)
        encoder, head = _fill(arrays, "encoder."), _fill(arrays, "head.")
    except (KeyError, ValueError, RuntimeError) as error:
        raise BundleError(
            f"{folder / GRAPH_NAME}: holds another network than `learn speech` makes: {error}"
        ) from error
    assert isinstance(encoder, SpeechEncoder) and isinstance(head, LipHead)
    _check(bundle, encoder, head)
    return Ear(bundle, encoder, head, span)


def _fill(arrays: Arrays, prefix: str) -> "torch.nn.Module":
    own = {
        name.removeprefix(prefix): torch.from_numpy(array.astype(np.float32))
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
    net: torch.nn.Module
    if prefix == "encoder.":
        net = SpeechEncoder()
        own = {name: value for name, value in own.items() if name not in ("wave", "shift")}
    else:
        net = LipHead(own["mean"], own["std"], own["low"], own["high"])
    net.load_state_dict(own)
    return net.eval()


def _gather(model: "onnx.ModelProto") -> Arrays:
    """All parameters by the names they have in torch."""
    constants = {
        tensor.name.removesuffix("_half"): onnx.numpy_helper.to_array(tensor)
        for tensor in model.graph.initializer
    }
    arrays = {k: v for k, v in constants.items() if k.startswith(("encoder.", "head."))}
    for k in range(N_LAYERS):
        name = f"encoder.layers.{k}.query_key_value"
        parts = dict(_find_biases(model, constants, f"{name}.weight"))
        starts = [part * ENCODER_WIDTH for part in range(3)]
        arrays[f"{name}.bias"] = np.concatenate([parts[start] for start in starts])
    arrays["head.low"] = _find_bound(model, constants, "Max")
    arrays["head.high"] = _find_bound(model, constants, "Min")
    return arrays


def _find_biases(
    model: "onnx.ModelProto", constants: Mapping[str, np.ndarray], weight: str
) -> Iterator[tuple[int, np.ndarray]]:
    """Where each slice of a weight begins, and the bias of the product that takes it."""
    for cut in model.graph.node:
        if cut.op_type == "Slice" and cut.input[0] == weight:
            start = int(constants[cut.input[1]].ravel()[0])
            for node in model.graph.node:
                if node.op_type == "Gemm" and node.input[1] == cut.output[0]:
                    yield start, constants[node.input[2]]


def _find_bound(
    model: "onnx.ModelProto", constants: Mapping[str, np.ndarray], kind: str
) -> np.ndarray:
    """The one constant of twelve numbers that a Max or Min takes."""
    found = [
        constants[name]
        for node in model.graph.node
        if node.op_type == kind
        for name in node.input
        if name in constants and constants[name].shape == (N_LIP_FIELDS,)
    ]
    if len(found) != 1:
        raise ValueError(f"{len(found)} bounds of the lips by {kind}")
    return found[0]


def _check(bundle: Bundle, encoder: SpeechEncoder, head: LipHead) -> None:
    """Compares what was read with the graph itself, on a sound of noise."""
    power = np.random.default_rng(0).exponential(1e-3, (2 * _N_HOPS, 201)).astype(np.float32)
    power *= (1 + np.sin(np.arange(2 * _N_HOPS) / 9))[:, None].astype(np.float32) ** 4
    mel, _ = even_out(power, START_LEVEL_DB)
    x = mel.reshape(_N_HOPS, N_FEATURES)
    right: dict[str, Any] = {"right_hops": np.array(_RIGHT_HOPS, np.int64)}
    step = OnnxStep(bundle.session(GRAPH_NAME), lookahead_hops=0, parameters=right)
    given, _ = step.step(x, step.init_state())
    states = [torch.zeros(shape) for shape in STATES.values()]
    with torch.no_grad():
        net = StreamingSpeech(encoder, head).eval()
        made = net(torch.from_numpy(x), *states, torch.tensor(_RIGHT_HOPS))[0].numpy()
    worst = float(np.abs(given - made).max())
    if not worst <= EXACT:
        raise BundleError(
            f"{bundle.folder / GRAPH_NAME}: the weights read from it give lips that differ by "
            f"{worst:.2g}, allowed {EXACT:g}"
        )
