"""Motor commands to a table on disk: csv, parquet or npz, block by block, in constant memory.

Row k is the command for `t_s` = k / 50 on the sound's clock; one column a motor, in [0, 1], in the
face's order. An npz holds one array a column, by the same names.
"""

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Protocol, TextIO, runtime_checkable

import numpy as np
import pyarrow as pa
from jaxtyping import Float32
from pyarrow import parquet

from ..errors import MediaError
from ..timing import HOP_HZ

TABLE_SUFFIXES: Final = (".csv", ".parquet", ".npz")
_ROWS_AT_ONCE: Final = 10_000


@runtime_checkable
class Rows(Protocol):
    """An open table that takes commands in order."""

    def write(self, commands: Float32[np.ndarray, "hops motors"]) -> None: ...


@contextmanager
def open_rows(path: Path, motors: tuple[str, ...], *, suffix: str) -> Iterator[Rows]:
    """Opens a table for writing; it is whole when the block ends without an error.

    Args:
        path: the file, replaced if it is there; the caller writes aside and renames.
        motors: names of the columns.
        suffix: one of TABLE_SUFFIXES.

    Raises:
        MediaError: the suffix is none of these.
    """
    match suffix:
        case ".csv":
            with path.open("w", encoding="utf-8", newline="") as file:
                yield _CsvRows(file, motors)
        case ".parquet":
            with parquet.ParquetWriter(path, _schema(motors)) as table:
                yield _ParquetRows(table, motors)
        case ".npz":
            with tempfile.TemporaryFile(dir=path.parent) as spool:
                rows = _NpzRows(spool, motors)
                yield rows
                rows.pack(path)
        case _:
            raise MediaError(f"{path}: motors are written as {', '.join(TABLE_SUFFIXES)}")


def make_table(
    motors: tuple[str, ...], commands: Float32[np.ndarray, "hops motors"], first_hop: int = 0
) -> pa.Table:
    """A table of commands: `t_s` (float64, seconds), then one float32 column a motor."""
    t_s = (first_hop + np.arange(len(commands))) / HOP_HZ
    columns = [t_s, *(np.ascontiguousarray(column) for column in commands.T)]
    return pa.table(columns, schema=_schema(motors))


def _schema(motors: tuple[str, ...]) -> pa.Schema:
    fields = [("t_s", pa.float64()), *((name, pa.float32()) for name in motors)]
    return pa.schema(fields)


class _CsvRows:
    def __init__(self, file: TextIO, motors: tuple[str, ...]) -> None:
        self._file = file
        self._n_rows = 0
        file.write(",".join(("t_s", *motors)) + "\n")

    def write(self, commands: Float32[np.ndarray, "hops motors"]) -> None:
        for row in commands.tolist():
            values = ",".join(f"{value:.6f}" for value in row)
            self._file.write(f"{self._n_rows / HOP_HZ:.2f},{values}\n")
            self._n_rows += 1


class _ParquetRows:
    def __init__(self, table: parquet.ParquetWriter, motors: tuple[str, ...]) -> None:
        self._table = table
        self._motors = motors
        self._n_rows = 0

    def write(self, commands: Float32[np.ndarray, "hops motors"]) -> None:
        if len(commands):
            self._table.write_table(make_table(self._motors, commands, self._n_rows))
        self._n_rows += len(commands)


class _NpzRows:
    """Rows go to a nameless file first; at the end they are packed column by column."""

    def __init__(self, spool: IO[bytes], motors: tuple[str, ...]) -> None:
        self._spool = spool
        self._motors = motors
        self._n_rows = 0

    def write(self, commands: Float32[np.ndarray, "hops motors"]) -> None:
        self._spool.write(np.ascontiguousarray(commands, np.float32).tobytes())
        self._n_rows += len(commands)

    def pack(self, path: Path) -> None:
        """Writes the npz; needs memory for one column."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            for k, name in enumerate(("t_s", *self._motors)):
                column = np.arange(self._n_rows) / HOP_HZ if k == 0 else self._read_column(k - 1)
                with packed.open(f"{name}.npy", "w", force_zip64=True) as file:
                    np.lib.format.write_array(file, column, allow_pickle=False)

    def _read_column(self, k: int) -> Float32[np.ndarray, " hops"]:
        n_motors = len(self._motors)
        self._spool.seek(0)
        parts = [np.zeros(0, np.float32)]
        while data := self._spool.read(4 * n_motors * _ROWS_AT_ONCE):
            parts.append(np.frombuffer(data, np.float32).reshape(-1, n_motors)[:, k].copy())
        return np.concatenate(parts)
