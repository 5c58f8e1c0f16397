"""`mirror --check` says what it finds and keeps the camera's delay, which `babble` takes."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lipmotion import cli
from lipmotion.face import read_face_spec
from lipmotion.mirror import check, workers
from lipmotion.mirror.judge import MirrorFigures, write_figures
from lipmotion.mirror.wear import Wear

FOUND = MirrorFigures(25.0, 1.0, 58.0, 0.0, 0.0005, 0.0631, 0.0006, "", None)


@pytest.mark.parametrize(("mouth_px", "status"), [(58.0, 0), (20.0, 1)])
def test_verdicts_are_printed_and_decide_the_status(
    mouth_px: float,
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = dataclasses.replace(FOUND, mouth_px=mouth_px)
    monkeypatch.setattr(check, "check_mirror", lambda *args, **kwargs: found)
    out = tmp_path / "mirror.json"
    assert cli.run(["mirror", "--check", "--driver", "mock", "--out", str(out)]) == status
    printed = capsys.readouterr().out.splitlines()
    marks = [line[:4] for line in printed[:6]]
    assert marks == ["good", "good", "good" if status == 0 else "BAD ", "good", "good", "good"]
    assert printed[-2:] == [str(out), f"the mirror is {'not ' * status}good enough"]


@pytest.mark.parametrize("given", ["63.1", "mirror.json"])
def test_babbling_takes_the_delay_as_a_number_or_a_file(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    spec = read_face_spec("emo")
    write_figures(Path("mirror.json"), FOUND, spec)
    asked: dict[str, object] = {}

    def record(*args: object, **kwargs: object) -> tuple[SimpleNamespace, Wear]:
        asked.update(kwargs)
        none = np.zeros(len(spec.motors))
        recording = SimpleNamespace(n_hops=0, n_images=0, indices=())
        return recording, Wear(spec.motor_names, 0.0, none, none.astype(int), none)

    monkeypatch.setattr(workers, "record_with_workers", record)
    assert cli.run(["babble", "--out", "o", "--camera-delay", given]) == 0
    assert asked["camera_delay_s"] == pytest.approx(0.0631)
    assert cli.run(["babble", "--out", "o"]) == 0
    assert asked["camera_delay_s"] is None
