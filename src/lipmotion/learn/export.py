"""torch → ONNX bundle. Nothing is written until torch and ONNX agree, whole and hop by hop.

A streaming net has `forward(x, *states, *parameters) -> (y, *next_states)` with x (T, F), states of
fixed shape that start at zero, and scalar parameters; `bundle.py` says how it runs.
"""

import contextlib
import logging
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..bundle import CARD_NAME, MANIFEST_NAME, Manifest, OnnxStep, write_manifest
from ..errors import BundleError, MissingExtraError

try:
    import onnx
    import torch
except ImportError as error:
    raise MissingExtraError(error.name or "torch", "learn") from error

OPSET: Final = 18
TOLERANCE: Final = 2e-3  # half-precision weights move outputs of unit size by about 5e-4
SAME_TOLERANCE: Final = 2e-4  # whole against hop by hop, the same weights


@dataclass(frozen=True)
class StreamingGraph:
    """A streaming net and what its graph looks like.

    Attributes:
        net: the module, in eval mode.
        x: (T, F) float32 example input, at least 40 hops of real data.
        states: state name → shape; each starts at zero.
        parameters: scalar input name → example value.
        half: store large weights as float16 (computed in float32).
    """

    net: "torch.nn.Module"
    x: np.ndarray
    states: Mapping[str, tuple[int, ...]]
    parameters: Mapping[str, np.ndarray] = field(default_factory=dict)
    half: bool = True


@dataclass(frozen=True)
class PlainGraph:
    """A net without memory: named inputs with a free first axis → named outputs."""

    net: "torch.nn.Module"
    inputs: Mapping[str, np.ndarray]
    outputs: tuple[str, ...]
    half: bool = True


def write_bundle(
    folder: Path,
    graphs: Mapping[str, StreamingGraph | PlainGraph],
    manifest: Manifest,
    card: str,
    *,
    arrays: Mapping[str, Mapping[str, np.ndarray]] | None = None,
    copies: Mapping[str, Path] | None = None,
) -> None:
    """Exports graphs, checks each against torch, and puts the bundle in place as a whole.

    Args:
        folder: where the bundle goes; replaced if it is there.
        graphs: file name (`speech.onnx`) → graph.
        manifest: everything but `files`, which is filled in.
        card: the model card, Markdown.
        arrays: file name (`nets.npz`) → arrays by name.
        copies: file name → a file that is taken over as it is.

    Raises:
        BundleError: torch and ONNX differ, or whole and hop by hop differ; nothing is written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, graph in graphs.items():
            if isinstance(graph, StreamingGraph):
                _export_streaming(aside / name, graph)
            else:
                _export_plain(aside / name, graph)
        for name, named in (arrays or {}).items():
            np.savez_compressed(aside / name, **dict[str, Any](named))
        for name, path in (copies or {}).items():
            shutil.copyfile(path, aside / name)
        (aside / CARD_NAME).write_text(card, encoding="utf-8")
        write_manifest(aside, manifest)
        aside.chmod(0o755)
        if folder.exists():
            if any(folder.iterdir()) and not (folder / MANIFEST_NAME).is_file():
                raise BundleError(f"{folder}: holds something else; not replaced")
            shutil.rmtree(folder)
        aside.replace(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _export_streaming(path: Path, graph: StreamingGraph) -> None:
    net = graph.net.eval()
    states = [torch.zeros(shape) for shape in graph.states.values()]
    parameters = [torch.as_tensor(value) for value in graph.parameters.values()]
    x = torch.from_numpy(np.ascontiguousarray(graph.x, np.float32))
    state_names = [f"state_{name}" for name in graph.states]
    hops = torch.export.Dim("hops", min=1, max=1 << 20)
    fixed = [None] * (len(states) + len(parameters))
    _to_onnx(
        net,
        (x, *states, *parameters),
        path,
        ["x", *state_names, *graph.parameters],
        ["y", *(f"next_{name}" for name in state_names)],
        ({0: hops}, *fixed),
        half=graph.half,
    )
    with torch.no_grad():
        expected = net(x, *states, *parameters)[0].numpy()
    step = OnnxStep(_session(path), lookahead_hops=0, parameters=dict(graph.parameters))
    whole, _ = step.step(graph.x, step.init_state())
    _compare(f"{path.name}: torch against ONNX", whole, expected, TOLERANCE)
    for block in (1, 7):
        state, parts = step.init_state(), []
        for k in range(0, len(graph.x), block):
            part, state = step.step(graph.x[k : k + block], state)
            parts.append(part)
        what = f"{path.name}: whole against {block} hops at a time"
        _compare(what, np.concatenate(parts), whole, SAME_TOLERANCE)


def _export_plain(path: Path, graph: PlainGraph) -> None:
    net = graph.net.eval()
    inputs = [torch.from_numpy(np.ascontiguousarray(v, np.float32)) for v in graph.inputs.values()]
    rows = torch.export.Dim("rows", min=1, max=1 << 20)
    shapes = tuple({0: rows} for _ in inputs)
    outputs = list(graph.outputs)
    _to_onnx(net, tuple(inputs), path, list(graph.inputs), outputs, shapes, half=graph.half)
    with torch.no_grad():
        expected = net(*inputs)
    expected = expected if isinstance(expected, tuple) else (expected,)
    feeds = {k: np.ascontiguousarray(v, np.float32) for k, v in graph.inputs.items()}
    for name, got, wanted in zip(
        outputs, _session(path).run(outputs, feeds), expected, strict=True
    ):
        _compare(f"{path.name}: {name}, torch against ONNX", got, wanted.numpy(), TOLERANCE)


def _to_onnx(
    net: Callable[..., Any],
    args: tuple[Any, ...],
    path: Path,
    inputs: list[str],
    outputs: list[str],
    dynamic_shapes: tuple[Any, ...],
    *,
    half: bool,
) -> None:
    with torch.no_grad(), _hush():
        program = torch.onnx.export(
            net,  # type: ignore[arg-type]
            args,
            input_names=inputs,
            output_names=outputs,
            dynamic_shapes=dynamic_shapes,
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None, "dynamo export returns a program"
    model = program.model_proto
    if half:
        halve_weights(model)
    onnx.save(model, path)


@contextlib.contextmanager
def _hush() -> Iterator[None]:
    """Without what torch's exporter says of its own deprecations and of torchvision."""
    told = logging.getLogger("torch.onnx")
    level = told.level
    told.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        told.setLevel(level)


def halve_weights(model: "onnx.ModelProto", *, least: int = 1024) -> None:
    """Stores weights of at least `least` numbers as float16, cast back to float32 when loaded."""
    casts = []
    for tensor in model.graph.initializer:
        array = onnx.numpy_helper.to_array(tensor)
        if array.dtype != np.float32 or array.size < least:
            continue
        name = tensor.name
        half = onnx.numpy_helper.from_array(array.astype(np.float16), f"{name}_half")
        tensor.CopyFrom(half)
        casts.append(onnx.helper.make_node("Cast", [half.name], [name], to=onnx.TensorProto.FLOAT))
    for cast in reversed(casts):
        model.graph.node.insert(0, cast)


def _session(path: Path) -> Any:
    from ..bundle import Bundle

    return Bundle(path.parent, Manifest("", "", {path.name: ""})).session(path.name)


def _compare(what: str, got: np.ndarray, expected: np.ndarray, tolerance: float) -> None:
    if got.shape != expected.shape:
        raise BundleError(f"{what}: shapes {got.shape} and {expected.shape}")
    scale = max(1.0, float(np.abs(expected).max(initial=0.0)))
    worst = float(np.abs(got - expected).max(initial=0.0)) / scale
    if not worst <= tolerance:
        raise BundleError(f"{what}: differ by {worst:.2g} of full scale, allowed {tolerance:g}")
