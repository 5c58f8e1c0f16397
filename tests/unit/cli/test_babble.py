"""`lipmotion babble`: what it prints, and what it keeps, of a face that costs nothing."""

import json
from pathlib import Path

import pytest
from fakes.mirror import MirroredMock, OddEyes

from lipmotion import cli
from lipmotion.cli.babble import _Pace
from lipmotion.face import read_face_spec
from lipmotion.mirror import workers
from lipmotion.recording import open_recording

SPEC = read_face_spec("emo")


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "open_face", lambda name, driver, seed: MirroredMock(SPEC, seed))
    monkeypatch.setattr(workers, "FaceLandmarker", lambda *, mirrored: OddEyes(SPEC))


@pytest.mark.parametrize("flag", ["", "--random"])
def test_it_tells_how_much_there_is_and_what_it_cost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flag: str
) -> None:
    out = tmp_path / "r"
    words = f"babble --out {out} --minutes 0.2 --driver mock --workers 1 {flag}".split()
    assert cli.run(words) == cli.DONE
    head, columns, *lines = capsys.readouterr().out.splitlines()
    assert head.startswith(f"{out}: 12 s in 2 shards, 300 images; filmed at ")
    assert columns.split() == [
        "servo", "wear", "full", "strokes", "reversals", "load", "hours",
    ]  # fmt: skip
    kept = json.loads((out / "wear.json").read_text())["motors"]
    told = {line.split()[0]: line.split()[1:] for line in lines[:-1]}
    assert list(told) == [SPEC.motor_names[k] for k in SPEC.indices("lips", "jaw")]
    for name, (strokes, reversals, hours) in told.items():
        motor = kept[name]
        assert float(strokes) == pytest.approx(motor["strokes"], abs=0.51)
        assert int(reversals) == motor["reversals"]
        assert float(hours) == pytest.approx(motor["load_hours"], abs=0.00051)
    assert lines[-1].startswith("others (15), at most ")
    recording = open_recording(out)
    assert recording.info.babbling == ("random" if flag else "curious")
    assert (recording.read(1).landmarks is None) == bool(flag)


def test_pace_counts_from_the_first_report(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter((100.0, 100.0, 110.0, 120.0))
    monkeypatch.setattr("lipmotion.cli.babble.monotonic", lambda: next(now))
    pace = _Pace(25.0)
    assert pace.sum_up(0) == ""
    assert pace.tell(1000) == "500 images"  # these were there before
    assert pace.tell(3000) == "1,500 images, 4.0 × real time, 100 a second"
    assert pace.sum_up(4000) == "; filmed at 3.0 × real time, 75 images a second"
