"""MediaPipe's face models as a bundle: `python -m lipmotion.learn.landmarks WHEEL OUT`.

In: the wheel of mediapipe 0.10.21, only unzipped, never installed or imported (get it with
`pip download mediapipe==0.10.21 --no-deps --only-binary=:all: --python-version 3.12
--platform manylinux_2_28_x86_64`). Out: the bundle that `vision/landmarks.py` runs, with two
graphs: `detector.onnx` (short-range face detector) and `landmarks.onnx` (478 landmarks with
attention; its six outputs are merged into one here). Needs the packages onnx, tflite, flatbuffers
and scipy.

Source: MediaPipe 0.10.21 (Apache-2.0), the last release whose wheel holds these models.
"""

import argparse
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper

from .. import __version__
from ..bundle import CARD_NAME, Bundle, Manifest, hash_file, open_bundle, write_manifest
from ..errors import BundleError
from .tflite import Converter
from .tflite_operators import WRITERS

WHEEL_SHA256: Final = "956eb1ebc275c629e61b085b2cab89c3a5b9e93bad1bb107348d98dafb5a4bb5"
DETECTOR_PATH: Final = "mediapipe/modules/face_detection/face_detection_short_range.tflite"
LANDMARKS_PATH: Final = "mediapipe/modules/face_landmark/face_landmark_with_attention.tflite"
LICENSE_PATH: Final = "mediapipe-0.10.21.dist-info/LICENSE"

N_MESH: Final = 468
N_POINTS: Final = 478  # the mesh and twice five points of an iris
N_IRIS: Final = 5
N_EYE_CONTOUR: Final = 16  # the first points of an eye's crop go round the eye

_OPSET = 17
_IR_VERSION = 8


def write_landmark_bundle(wheel: Path, folder: Path) -> None:
    """Converts the models of a mediapipe wheel and writes them as a bundle.

    Args:
        wheel: `mediapipe-0.10.21-cp312-cp312-manylinux_2_28_x86_64.whl`.
        folder: where the bundle goes; an older one there is replaced.

    Raises:
        BundleError: the wheel is not the pinned one, or a model holds an unknown operator.
    """
    digest = hash_file(wheel)
    if digest != WHEEL_SHA256:
        raise BundleError(f"{wheel}: sha256 is {digest}, the pinned wheel has {WHEEL_SHA256}")
    with zipfile.ZipFile(wheel) as archive:
        detector = archive.read(DETECTOR_PATH)
        landmarks = archive.read(LANDMARKS_PATH)
        licence = archive.read(LICENSE_PATH)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        made = Path(scratch) / "bundle"
        made.mkdir()
        onnx.save(convert_detector(detector), made / "detector.onnx")
        onnx.save(convert_landmarks(landmarks), made / "landmarks.onnx")
        (made / "LICENSE").write_bytes(licence)
        (made / CARD_NAME).write_text(_CARD, encoding="utf-8")
        settings: dict[str, object] = {"wheel_sha256": WHEEL_SHA256}
        write_manifest(made, Manifest("face_landmarks", __version__, {}, settings=settings))
        mirror = find_mirror(open_bundle(made, "face_landmarks"))
        settings["mirror"] = mirror.tolist()
        write_manifest(made, Manifest("face_landmarks", __version__, {}, settings=settings))
        if folder.exists():
            shutil.rmtree(folder)
        made.rename(folder)


def convert_detector(blob: bytes) -> onnx.ModelProto:
    """The face detector: `input` (1, 3, 128, 128) → `boxes` (1, 896, 16), `scores` (1, 896, 1)."""
    converter = Converter(blob, WRITERS)
    shapes = {}
    for tensor in converter.graph.outputs:
        name = {"regressors": "boxes", "classificators": "scores"}[converter.graph.name(tensor)]
        converter.out.node("Identity", converter.name_of[tensor], output=name)
        shapes[name] = converter.graph.shape(tensor)
    return _build(converter, shapes)


def convert_landmarks(blob: bytes) -> onnx.ModelProto:
    """The landmarks model: `input` (1, 3, 192, 192) → `points` (478, 3), `presence` (1,).

    x and y of lips and eyes come from the model's own crops of them, z from the mesh; an iris has
    the mean z of its eye's contour. Points are in pixels of the input; presence is a logit.
    """
    converter = Converter(blob, WRITERS)
    out = converter.out
    mesh, *parts, flag = (converter.name_of[t] for t in converter.graph.outputs)
    mesh = out.node("Reshape", mesh, out.constant(np.array([-1, 3])))
    flat = [out.node("Reshape", part, out.constant(np.array([-1, 2]))) for part in parts]
    planar = out.node("Concat", out.columns(mesh, 0, 2), *flat, axis=0)
    pick = np.arange(N_POINTS)  # the refined parts follow the mesh, in the order of their crops
    start = N_MESH
    for indices in converter.crop_indices:
        pick[indices] = start + np.arange(len(indices))
        start += len(indices)
    pick[N_MESH:] = start + np.arange(2 * N_IRIS)
    eye_mean = np.zeros((2 * N_IRIS, N_MESH), np.float32)
    for eye in (0, 1):
        contour = converter.crop_indices[1 + eye][:N_EYE_CONTOUR]
        eye_mean[N_IRIS * eye : N_IRIS * (eye + 1), contour] = 1 / N_EYE_CONTOUR
    depth = out.columns(mesh, 2, 3)
    depth = out.node("Concat", depth, out.node("MatMul", out.constant(eye_mean), depth), axis=0)
    refined = out.node("Gather", planar, out.constant(pick), axis=0)
    out.node("Concat", refined, depth, axis=1, output="points")
    out.node("Reshape", flag, out.constant(np.array([1])), output="presence")
    return _build(converter, {"points": [N_POINTS, 3], "presence": [1]})


def find_mirror(bundle: Bundle) -> np.ndarray:
    """For each point, the point on the other side of the face: (478,) indices.

    A blank image makes the landmarks model answer with the face it expects, which is nearly
    symmetric. That face is turned over and matched with itself at the least cost in all. Measured:
    the same table comes from 78 images of ten GRID speakers and their mirror images.

    Raises:
        BundleError: the pairing is not its own inverse, so the model is not the expected one.
    """
    from scipy.optimize import linear_sum_assignment

    session = bundle.session("landmarks.onnx")
    blank = np.full((1, 3, 192, 192), 0.5, np.float32)
    (points,) = session.run(["points"], {"input": blank})
    points = points - points[:N_MESH].mean(axis=0)
    turned = points * np.array([-1, 1, 1], np.float32)
    mirror = np.arange(N_POINTS)
    for group in (slice(0, N_MESH), slice(N_MESH, N_POINTS)):
        cost = np.linalg.norm(points[group, None] - turned[None, group], axis=2) ** 2
        mirror[group] = group.start + linear_sum_assignment(cost + cost.T)[1]
    if not np.array_equal(mirror[mirror], np.arange(N_POINTS)):
        raise BundleError("the landmarks model's points do not pair up left and right")
    return mirror


def _build(converter: Converter, shapes: dict[str, list[int]]) -> onnx.ModelProto:
    n, height, width, channels = converter.graph.shape(converter.graph.input)
    taken = helper.make_tensor_value_info("input", TensorProto.FLOAT, [n, channels, height, width])
    given = [helper.make_tensor_value_info(k, TensorProto.FLOAT, s) for k, s in shapes.items()]
    graph = helper.make_graph(converter.out.nodes, "face", [taken], given, converter.out.constants)
    opset = [helper.make_opsetid("", _OPSET)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=_IR_VERSION)
    onnx.checker.check_model(model, full_check=True)
    return model


_CARD = f"""# Face landmarks

478 landmarks of one face (mesh, refined lips and eyes, irises) and the face detector in front of
it, run by `lipmotion.vision.landmarks`.

- **What**: `detector.onnx` is MediaPipe's short-range face detector, `landmarks.onnx` its face
  landmarks model with attention, converted to ONNX without retraining. In both, float16 weights
  stay float16 in the file.
- **From**: the wheel mediapipe 0.10.21 (cp312, manylinux_2_28_x86_64), sha256
  `{WHEEL_SHA256}`,
  files `{DETECTOR_PATH}`
  and `{LANDMARKS_PATH}`.
- **Made by**: `python -m lipmotion.learn.landmarks WHEEL OUT`. Changes against the originals: the
  file format; MediaPipe's three custom operators are written with standard ones; PReLU is written
  as two depthwise convolutions; the six outputs are merged into `points` and `presence`. The table
  `mirror` in the manifest (the point on the other side of the face) is derived from the model's
  answer to a blank image.
- **Licence**: Apache License 2.0, Copyright The MediaPipe Authors (see LICENSE).
- **Papers**: Bazarevsky et al., BlazeFace (2019); Kartynnik et al., Real-time Facial Surface
  Geometry from Monocular Video on Mobile GPUs (2019); Grishchenko et al., Attention Mesh (2020).
- **Use**: measuring the lips of people in video and of a robot before its mirror. It was not made
  to tell who somebody is, and is not used so.
- **Limits**: one face at a time, up to about 2 m from the camera; frontal views are best, and z is
  a guess from the picture. The model's authors report its accuracy over regions, skin tones and
  genders in its model card (MediaPipe Face Mesh V2).
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="MediaPipe's face models as a bundle")
    parser.add_argument("wheel", type=Path, help="the wheel of mediapipe 0.10.21")
    parser.add_argument("out", type=Path, help="the folder of the bundle")
    arguments = parser.parse_args()
    write_landmark_bundle(arguments.wheel, arguments.out)


if __name__ == "__main__":
    main()
