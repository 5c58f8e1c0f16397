"""One shard of a mirror recording: what was sent and seen in at most 10 s, and its table on disk.

Columns: `hop` (counts on through the recording), `t_s` (hop/50), `deed` (what was done: "rest",
"press", and "move" between them; "random", "pose" for held poses, "curious", all "babble" in
earlier recordings; …), `command.MOTOR`, `sent.MOTOR`, `actual.MOTOR` if the bus can tell,
`image_t_s` (when the image that arrived in this hop was taken, on the same clock as `t_s`, the
camera's own delay taken off; null where none arrived). A command row acts from `t_s` on. Filled
while filming or later, maybe on another machine: `landmarks` (a list of K × 3 px, null where no
face was found), `quality` (1 where a face was found, else 0) and, where a mirror stands beside the
face, `profile` (its line there, px in each row: `vision.profile`).
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Float32, Int

from .timing import HOP_HZ

SHARD_HOPS: Final = 10 * HOP_HZ
POSE_DEEDS: Final = ("rest", "press", "move")  # of the first shard; all others are motion


@dataclass(frozen=True)
class Shard:
    """One shard's table.

    Attributes:
        index: its number.
        first_hop: number of its first hop in the recording.
        is_fresh: what was sent just before is not in the recording (the face was just opened).
        deeds: (T,) what was done in each hop.
        command, sent: (T, M) float32 in [0, 1]: wanted, and really sent after the limits.
        actual: (T, M) where the motors were, or None where the bus cannot tell.
        image_t_s: (T,) float64 capture time of the image that arrived in each hop, NaN for none.
        landmarks: (N, K, 3) float32 px of the shard's N images, NaN where no face was found; None
            until they are filled in.
        profile: (N, H) float32 px, the face's line in the side views, NaN where there is none; None
            until it is filled in, or without side views.
    """

    index: int
    first_hop: int
    is_fresh: bool
    deeds: tuple[str, ...]
    command: Float32[np.ndarray, "hops motors"]
    sent: Float32[np.ndarray, "hops motors"]
    actual: Float32[np.ndarray, "hops motors"] | None
    image_t_s: Float[np.ndarray, " hops"]
    landmarks: Float32[np.ndarray, "images points 3"] | None = None
    profile: Float32[np.ndarray, "images rows"] | None = None

    def __len__(self) -> int:
        return len(self.sent)

    @property
    def image_hops(self) -> Int[np.ndarray, " images"]:
        """(N,) rows of this shard in which an image arrived."""
        return np.flatnonzero(np.isfinite(self.image_t_s))


def to_table(shard: Shard, motors: tuple[str, ...]) -> pa.Table:
    """A shard as a table, a row a hop."""
    hops = shard.first_hop + np.arange(len(shard))
    columns: dict[str, Any] = {
        "hop": pa.array(hops, pa.int64()),
        "t_s": pa.array(hops / HOP_HZ),
        "deed": pa.array(shard.deeds).dictionary_encode(),
    }
    for group in ("command", "sent", "actual"):
        values = getattr(shard, group)
        if values is not None:
            columns |= {f"{group}.{m}": pa.array(values[:, k]) for k, m in enumerate(motors)}
    columns["image_t_s"] = pa.array(shard.image_t_s, mask=~np.isfinite(shard.image_t_s))
    meta = {"is_fresh": str(int(shard.is_fresh))}
    if shard.landmarks is not None:
        flat: list[np.ndarray | None] = [None] * len(shard)
        for row, points in zip(shard.image_hops, shard.landmarks, strict=True):
            flat[row] = points.ravel() if np.isfinite(points).all() else None
        columns["landmarks"] = pa.array(flat, pa.list_(pa.float32()))
        columns["quality"] = pa.array([float(points is not None) for points in flat])
        meta["n_points"] = str(shard.landmarks.shape[1])
    if shard.profile is not None:
        lines: list[np.ndarray | None] = [None] * len(shard)
        for row, line in zip(shard.image_hops, shard.profile, strict=True):
            lines[row] = line
        columns["profile"] = pa.array(lines, pa.list_(pa.float32()))
    return pa.table(columns).replace_schema_metadata(meta)


def from_table(table: pa.Table, index: int, motors: tuple[str, ...]) -> Shard:
    """The shard of this number from its table.

    Raises:
        KeyError, ValueError: the table is of something else.
    """
    meta = {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()}

    def group(name: str) -> np.ndarray:
        return np.stack([table[f"{name}.{m}"].to_numpy() for m in motors], 1).astype(np.float32)

    image_t_s = table["image_t_s"].to_numpy().astype(np.float64)
    landmarks = None
    if "n_points" in meta:
        n_points = int(meta["n_points"])
        rows = table["landmarks"].to_pylist()
        found = [rows[k] for k in np.flatnonzero(np.isfinite(image_t_s))]
        landmarks = np.full((len(found), n_points, 3), np.nan, np.float32)
        for k, row in enumerate(found):
            if row is not None:
                landmarks[k] = np.reshape(row, (n_points, 3))
    profile = None
    if "profile" in table.column_names:
        lines = table["profile"].to_pylist()
        kept = [lines[k] for k in np.flatnonzero(np.isfinite(image_t_s))]
        profile = np.array(kept, np.float32).reshape(len(kept), -1)
    return Shard(
        index=index,
        first_hop=table["hop"][0].as_py() if len(table) else 0,
        is_fresh=meta["is_fresh"] == "1",
        deeds=tuple(table["deed"].to_pylist()),
        command=group("command"),
        sent=group("sent"),
        actual=group("actual") if f"actual.{motors[0]}" in table.column_names else None,
        image_t_s=image_t_s,
        landmarks=landmarks,
        profile=profile,
    )
