"""Every shipped bundle opens, has a card that says what it is, and all are small together."""

from pathlib import Path

import pytest

import lipmotion
from lipmotion.bundle import CARD_NAME, MANIFEST_NAME, open_bundle
from lipmotion.errors import BundleError

SOURCE = Path(lipmotion.__file__).parent
BUNDLES = sorted(path.parent for path in SOURCE.rglob(MANIFEST_NAME))
CARD_SAYS = ("licence", "weights")


def test_weights_are_small() -> None:
    n_bytes = sum(p.stat().st_size for p in SOURCE.rglob("*.onnx"))
    assert 0 < n_bytes <= 40e6


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_shipped_bundle_opens_and_says_what_it_is(folder: Path) -> None:
    kind = folder.name if folder.name != "bundle" else "selfmodel"
    bundle = open_bundle(folder, kind)
    for name in bundle.manifest.files:
        if name.endswith(".onnx"):
            assert bundle.session(name).get_inputs()
    card = (folder / CARD_NAME).read_text(encoding="utf-8").lower()
    assert [word for word in CARD_SAYS if word not in card] == []


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_another_kind_motors_or_face_are_refused(folder: Path) -> None:
    kind = folder.name if folder.name != "bundle" else "selfmodel"
    with pytest.raises(BundleError, match="kind is"):
        open_bundle(folder, "something_else")
    with pytest.raises(BundleError, match="motors is"):
        open_bundle(folder, kind, motors=("no_such_motor",))
    with pytest.raises(BundleError, match="face_hash is"):
        open_bundle(folder, kind, face_hash="0" * 64)


def test_a_missing_or_broken_bundle_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no bundle here"):
        open_bundle(tmp_path, "speech")
    (tmp_path / MANIFEST_NAME).write_text("{")
    with pytest.raises(BundleError, match="not a readable manifest"):
        open_bundle(tmp_path, "speech")
    (tmp_path / MANIFEST_NAME).write_text('{"kind": "speech", "version": "1", "extra": 1}')
    with pytest.raises(BundleError, match="not a readable manifest"):
        open_bundle(tmp_path, "speech")
