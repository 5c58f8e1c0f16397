"""Tables of commands: the same values in every format, whole or not at all."""

from pathlib import Path

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest

from lipmotion.errors import MediaError
from lipmotion.media.write import write_aside
from lipmotion.perform.record import TABLE_SUFFIXES, make_table, open_rows

MOTORS = ("jaw_open", "neck_yaw", "lid_left_upper")


def read(path: Path) -> dict[str, np.ndarray]:
    if path.suffix == ".npz":
        return dict(np.load(path))
    reader = pyarrow.csv.read_csv if path.suffix == ".csv" else pyarrow.parquet.read_table
    table = reader(path)
    return {name: table[name].to_numpy() for name in table.column_names}


@pytest.mark.parametrize("suffix", TABLE_SUFFIXES)
def test_written_in_blocks_read_as_one(tmp_path: Path, suffix: str) -> None:
    commands = np.random.default_rng(0).random((1037, 3)).astype(np.float32)
    path = tmp_path / f"x{suffix}"
    with open_rows(path, MOTORS, suffix=suffix) as rows:
        for first in range(0, 1037, 250):
            rows.write(commands[first : first + 250])
        rows.write(commands[:0])
    columns = read(path)
    assert list(columns) == ["t_s", *MOTORS]
    np.testing.assert_allclose(columns["t_s"], np.arange(1037) / 50, atol=1e-9)
    for name, values in zip(MOTORS, commands.T, strict=True):
        np.testing.assert_allclose(columns[name], values, atol=6e-7)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", TABLE_SUFFIXES)
def test_no_rows(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    with open_rows(path, MOTORS, suffix=suffix):
        pass
    assert {name: len(values) for name, values in read(path).items()} == dict.fromkeys(
        ("t_s", *MOTORS), 0
    )


def test_csv_reads_well(tmp_path: Path) -> None:
    with open_rows(tmp_path / "x.csv", MOTORS, suffix=".csv") as rows:
        rows.write(np.array([[0, 0.5, 1]], np.float32))
    assert (tmp_path / "x.csv").read_text().splitlines() == [
        "t_s,jaw_open,neck_yaw,lid_left_upper",
        "0.00,0.000000,0.500000,1.000000",
    ]


def test_table() -> None:
    table = make_table(MOTORS, np.zeros((3, 3), np.float32), first_hop=50)
    assert table.column_names == ["t_s", *MOTORS]
    assert table["t_s"].to_pylist() == [1.0, 1.02, 1.04]


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(MediaError, match="motors are written as"),
        open_rows(tmp_path / "x.txt", MOTORS, suffix=".txt"),
    ):
        pass


def test_written_aside_and_renamed(tmp_path: Path) -> None:
    target = tmp_path / "x.txt"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt), write_aside(target) as aside:
        aside.write_text("half")
        assert aside.parent == tmp_path
        raise KeyboardInterrupt
    assert target.read_text() == "old"
    with write_aside(target) as aside:
        aside.write_text("new")
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_unwritable_folder(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be written"), write_aside(tmp_path / "no" / "x"):
        pass
