"""Bundles: a folder with learned weights (ONNX), a manifest and a model card, and how they run.

A bundle is `manifest.json`, one or more `*.onnx` and `MODEL_CARD.md`. The manifest states what the
weights were made for; what differs is refused at load, with got and expected, never guessed.

ONNX convention of a streaming graph: input `x` (T, F) float32 with free T; each state is an input
`state_NAME` of fixed shape that starts at zero, and an output `next_state_NAME`; output `y` (T, G).
Output row n belongs to hop n − look-ahead of the stream. Further scalar inputs ("parameters") are
fixed when the step is built.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from .errors import BundleError, StreamError
from .lips import LIP_FIELDS
from .timing import HOP_HZ, SAMPLE_RATE_HZ

FORMAT_VERSION: Final = 1
MANIFEST_NAME: Final = "manifest.json"
CARD_NAME: Final = "MODEL_CARD.md"


@dataclass(frozen=True)
class Manifest:
    """What a bundle's weights were made for.

    Attributes:
        kind: what the bundle is, e.g. ``speech``, ``selfmodel``, ``face_landmarks``.
        version: version of lipmotion that wrote it.
        files: file name → sha256: ONNX files, arrays (`.npz`) and the card.
        lip_fields: LIP_FIELDS at the time of training; empty where no lips are involved.
        motors: motor names in order; empty where no motors are involved.
        face: name of the face, or "" .
        face_hash: hash of the face description's motors, or "".
        settings: everything else the runner needs, JSON values (look-ahead, statistics, config).
    """

    kind: str
    version: str
    files: Mapping[str, str]
    hop_hz: int = HOP_HZ
    sample_rate_hz: int = SAMPLE_RATE_HZ
    lip_fields: tuple[str, ...] = ()
    motors: tuple[str, ...] = ()
    face: str = ""
    face_hash: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION


@dataclass(frozen=True)
class Bundle:
    """An opened bundle: its folder and its checked manifest."""

    folder: Path
    manifest: Manifest

    def session(self, file_name: str, *, n_threads: int = 1) -> Any:
        """An onnxruntime session of one of the bundle's graphs, on the CPU.

        Raises:
            BundleError: the file is not listed, or onnxruntime cannot read it.
        """
        if file_name not in self.manifest.files:
            raise BundleError(
                f"{self.folder}: no {file_name}; has {', '.join(self.manifest.files)}"
            )
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = n_threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(
                str(self.folder / file_name), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise BundleError(f"{self.folder / file_name}: not readable: {error}") from error


def open_bundle(
    folder: Path,
    kind: str,
    *,
    motors: tuple[str, ...] | None = None,
    face_hash: str | None = None,
) -> Bundle:
    """Opens a bundle and refuses what does not fit.

    Args:
        folder: the bundle's folder.
        kind: the kind it must be.
        motors: motor names it must have been made for; None = not checked.
        face_hash: hash of the face description it must have been made for; None = not checked.

    Raises:
        BundleError: missing, damaged, of another kind, format, rate, lip fields, motors or face.
    """
    path = folder / MANIFEST_NAME
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        manifest = Manifest(
            **{
                **raw,
                "lip_fields": tuple(raw.get("lip_fields", ())),
                "motors": tuple(raw.get("motors", ())),
            }
        )
    except FileNotFoundError:
        raise BundleError(f"{folder}: no bundle here ({MANIFEST_NAME} is missing)") from None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BundleError(f"{path}: not a readable manifest: {error}") from error
    _refuse(path, "format_version", manifest.format_version, FORMAT_VERSION)
    _refuse(path, "kind", manifest.kind, kind)
    _refuse(path, "hop_hz", manifest.hop_hz, HOP_HZ)
    _refuse(path, "sample_rate_hz", manifest.sample_rate_hz, SAMPLE_RATE_HZ)
    if manifest.lip_fields:
        _refuse(path, "lip_fields", manifest.lip_fields, LIP_FIELDS)
    if motors is not None:
        _refuse(path, "motors", manifest.motors, motors)
    if face_hash is not None:
        _refuse(path, "face_hash", manifest.face_hash, face_hash)
    for name, digest in manifest.files.items():
        if Path(name).name != name:
            raise BundleError(f"{path}: file name {name!r} leaves the bundle's folder")
        try:
            got = hash_file(folder / name)
        except OSError as error:
            raise BundleError(f"{folder / name}: listed in the manifest, not readable") from error
        _refuse(folder / name, "sha256", got, digest)
    return Bundle(folder, manifest)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Hashes the ONNX files, arrays and card of a folder and writes its manifest.

    Raises:
        BundleError: the model card or every ONNX file is missing.
    """
    names = sorted(p.name for p in folder.glob("*.onnx"))
    if not names or not (folder / CARD_NAME).is_file():
        raise BundleError(f"{folder}: a bundle needs at least one .onnx and {CARD_NAME}")
    names += sorted(p.name for p in folder.glob("*.npz"))
    files = {name: hash_file(folder / name) for name in (*names, CARD_NAME)}
    filled = replace(manifest, files=files)
    text = json.dumps(vars(filled), indent=1, ensure_ascii=False)
    (folder / MANIFEST_NAME).write_text(text + "\n", encoding="utf-8")


def hash_file(path: Path) -> str:
    """sha256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse(path: Path, what: str, got: object, expected: object) -> None:
    if got != expected:
        raise BundleError(f"{path}: {what} is {got}, this program needs {expected}")


@dataclass(frozen=True)
class OnnxState:
    """State of one stream through a graph.

    Attributes:
        tensors: state name → array, in the graph's order.
        n_to_skip: outputs still to be dropped before hop 0 is due.
        n_seen: hops taken in so far.
        last: (1, F) the last input row, or None before the first.
    """

    tensors: tuple[np.ndarray, ...]
    n_to_skip: int
    n_seen: int = 0
    last: np.ndarray | None = None


class OnnxStep:
    """A streaming ONNX graph as a Step (see the module's convention).

    Args:
        session: an onnxruntime session from `Bundle.session`.
        lookahead_hops: hops by which the graph's output lags its input, at least 0.
        pad: (F,) input row that is fed at the end to pay what is owed; None repeats the last row.
        parameters: scalar inputs of the graph by name.

    Raises:
        BundleError: the graph does not follow the convention.
    """

    def __init__(
        self,
        session: Any,
        *,
        lookahead_hops: int,
        pad: np.ndarray | None = None,
        parameters: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        self._session = session
        self._lookahead_hops = lookahead_hops
        self._pad = pad
        self._parameters = {k: np.asarray(v) for k, v in (parameters or {}).items()}
        inputs = {i.name: i for i in session.get_inputs()}
        outputs = [o.name for o in session.get_outputs()]
        self._states = tuple(name for name in inputs if name.startswith("state_"))
        self._shapes = tuple(tuple(inputs[name].shape) for name in self._states)
        unknown = set(inputs) - {"x"} - set(self._states) - set(self._parameters)
        missing = {"y", *(f"next_{name}" for name in self._states)} - set(outputs)
        if "x" not in inputs or unknown or missing:
            raise BundleError(
                f"graph does not stream: unknown inputs {sorted(unknown)}, "
                f"missing outputs {sorted(missing)}"
            )
        self._n_in = inputs["x"].shape[1]
        self._fetch = ["y", *(f"next_{name}" for name in self._states)]

    @property
    def lookahead_hops(self) -> int:
        return self._lookahead_hops

    def init_state(self) -> OnnxState:
        zeros = tuple(np.zeros(shape, np.float32) for shape in self._shapes)
        return OnnxState(zeros, n_to_skip=self._lookahead_hops)

    def step(self, x: np.ndarray, state: OnnxState) -> tuple[np.ndarray, OnnxState]:
        if x.ndim != 2 or x.shape[1] != self._n_in:
            raise StreamError(f"block has shape {x.shape}, the graph takes (T, {self._n_in})")
        if not len(x):
            return self._empty(), state
        x = np.ascontiguousarray(x, np.float32)
        feeds = {"x": x, **self._parameters, **dict(zip(self._states, state.tensors, strict=True))}
        y, *tensors = self._session.run(self._fetch, feeds)
        skipped = min(state.n_to_skip, len(y))
        after = OnnxState(
            tuple(tensors), state.n_to_skip - skipped, state.n_seen + len(x), x[-1:].copy()
        )
        return y[skipped:], after

    def flush(self, state: OnnxState) -> np.ndarray:
        if not self._lookahead_hops or not state.n_seen:
            return self._empty()
        row = self._pad[None] if self._pad is not None else state.last
        assert row is not None, "a stream that owes hops has seen some"
        out, _ = self.step(np.repeat(row, self._lookahead_hops, axis=0), state)
        return out

    def _empty(self) -> np.ndarray:
        n_out = next(o for o in self._session.get_outputs() if o.name == "y").shape[1]
        return np.zeros((0, n_out), np.float32)
