"""Silero's voice activity model as a bundle: `python -m lipmotion.learn.activity WHEEL OUT`.

In: the wheel of silero-vad 6.2.3, only unzipped (`pip download silero-vad==6.2.3 --no-deps`); out:
the bundle that `voice/activity.py` runs. The graph is shipped as it is; nothing is converted.
"""

import argparse
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from .. import __version__
from ..bundle import CARD_NAME, Manifest, hash_file, write_manifest
from ..errors import BundleError

WHEEL_SHA256: Final = "7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8"
MODEL_PATH: Final = "silero_vad/data/silero_vad_16k_sequence.onnx"
LICENSE_PATH: Final = "silero_vad-6.2.3.dist-info/licenses/LICENSE"


def write_activity_bundle(wheel: Path, folder: Path) -> None:
    """Takes the model out of a silero-vad wheel and writes it as a bundle.

    Args:
        wheel: `silero_vad-6.2.3-py3-none-any.whl`.
        folder: where the bundle goes; an older one there is replaced.

    Raises:
        BundleError: the wheel is not the pinned one.
    """
    digest = hash_file(wheel)
    if digest != WHEEL_SHA256:
        raise BundleError(f"{wheel}: sha256 is {digest}, the pinned wheel has {WHEEL_SHA256}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch,
        zipfile.ZipFile(wheel) as archive,
    ):
        made = Path(scratch) / "bundle"
        made.mkdir()
        (made / "activity.onnx").write_bytes(archive.read(MODEL_PATH))
        (made / "LICENSE").write_bytes(archive.read(LICENSE_PATH))
        (made / CARD_NAME).write_text(_CARD, encoding="utf-8")
        settings = {"wheel_sha256": WHEEL_SHA256, "lookahead_hops": 2}
        write_manifest(made, Manifest("voice_activity", __version__, {}, settings=settings))
        if folder.exists():
            shutil.rmtree(folder)
        made.rename(folder)


_CARD = f"""# Voice activity

How likely somebody is speaking in each 32 ms of sound, run by `lipmotion.voice.activity`.

- **What**: Silero VAD 6.2.3, the 16 kHz model for sequences of windows
  (`{MODEL_PATH}`, here `activity.onnx`), graph and weights unchanged.
- **From**: the package silero-vad 6.2.3 on PyPI, wheel sha256
  `{WHEEL_SHA256}`.
- **Made by**: `python -m lipmotion.learn.activity WHEEL OUT`.
- **Licence**: MIT, Copyright (c) 2020-present Silero Team (see LICENSE).
- **Use**: the spans of speech in a recording; whether the mouth of a listener should rest.
- **Limits**: trained by its authors on speech in more than a hundred languages; song and shouting
  are heard less surely than speech, and music with a voice-like instrument may be taken for speech.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Silero's voice activity model as a bundle")
    parser.add_argument("wheel", type=Path, help="the wheel of silero-vad 6.2.3")
    parser.add_argument("out", type=Path, help="the folder of the bundle")
    arguments = parser.parse_args()
    write_activity_bundle(arguments.wheel, arguments.out)


if __name__ == "__main__":
    main()
