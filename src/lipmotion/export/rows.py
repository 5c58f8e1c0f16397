"""A recording → rows at the rate of its images: which image, which hops, which episode.

One image is one row; none is repeated or invented. Row i begins when its image was taken. The hop
of a row is the first whose command was sent at that time or later: what was decided with the image
in view. With it go the hops up to the next image, so that no command in between is lost.

An episode is a stretch of an unbroken run (one body, no hop missing, no image missing) of at most a
minute; longer runs are cut into equal parts. Left out are images with no command before them in
their run (nothing tells in what state the body was) and those whose following commands were not
recorded to the end: a few hundredths of a second at either end of a run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from ..errors import RecordingError
from ..recording import Recording, Shard
from ..timing import HOP_HZ

MOST_S: Final = 60.0  # an episode; as long as a simulated body lives, so those stay whole
_LOST: Final = 1.5  # image periods after which an image is missing
_ON_GRID_HOPS: Final = 1e-6  # an image this little after a hop's begin was taken at its begin


@dataclass(frozen=True)
class Rows:
    """Where every row comes from; some 40 bytes a row.

    Attributes:
        episode: (R,) number of its episode, from 0 without gaps.
        shard: (R,) number of the shard that its image lies in.
        image: (R,) number of its image in that shard.
        hop: (R,) number of its first hop in the recording.
        captured_s: (R,) when the image was taken, on the clock of the recording.
        images_hz: nominal rows a second.
        n_hops: hops that go with a row: enough to reach the next row everywhere.
        n_images: images in the recording, those left out among them.
        is_measured: the bus told where the motors were, all the time.
        deeds: what was done in the recording, in the order of first appearance.
    """

    episode: Int[np.ndarray, " rows"]
    shard: Int[np.ndarray, " rows"]
    image: Int[np.ndarray, " rows"]
    hop: Int[np.ndarray, " rows"]
    captured_s: Float[np.ndarray, " rows"]
    images_hz: float
    n_hops: int
    n_images: int
    is_measured: bool
    deeds: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.hop)

    @property
    def lengths(self) -> Int[np.ndarray, " episodes"]:
        """(E,) rows of each episode."""
        return np.bincount(self.episode)

    @property
    def stray_s(self) -> float:
        """How far times of capture in an episode are, at most, from even steps of 1 / images_hz."""
        first = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])[self.episode]
        even_s = (np.arange(len(self)) - first) / self.images_hz
        return float(np.abs(self.captured_s - self.captured_s[first] - even_s).max())


def find_rows(recording: Recording) -> Rows:
    """Finds the rows of a recording; reads its tables, no image.

    Raises:
        RecordingError: a shard is damaged, or there is no row.
    """
    images_hz = min(recording.info.images_hz, HOP_HZ)  # no more than one image arrives in a hop
    parts, bounds, deeds = [], [], dict[str, None]()
    end, is_measured = -1, True
    for index in recording.indices:
        shard = recording.read(index)
        if shard.is_fresh or shard.first_hop != end:
            bounds.append([shard.first_hop, shard.first_hop])
        bounds[-1][1] = end = shard.first_hop + len(shard)
        captured_s = shard.image_t_s[shard.image_hops]
        numbers = np.arange(len(captured_s))
        run, own = np.full_like(numbers, len(bounds) - 1), np.full_like(numbers, index)
        parts.append((run, own, numbers, captured_s))
        deeds |= dict.fromkeys(shard.deeds)
        is_measured = is_measured and shard.actual is not None
    if not parts:
        raise RecordingError(f"{recording.folder}: there is no whole shard in it; record first")
    run, own, number, captured_s = (np.concatenate(column) for column in zip(*parts, strict=True))
    first, end_of = np.array(bounds).T
    hop = np.ceil(captured_s * HOP_HZ - _ON_GRID_HOPS).astype(int)
    kept = np.flatnonzero((hop > first[run]) & (hop < end_of[run]))
    new = _find_breaks(run[kept], captured_s[kept], images_hz)
    n_hops = int(np.ceil(HOP_HZ / images_hz))
    n_hops = int(np.diff(hop[kept])[~new[1:]].max(initial=n_hops))
    kept = kept[hop[kept] + n_hops <= end_of[run[kept]]]
    if not len(kept):
        raise RecordingError(
            f"{recording.folder}: none of its {len(hop)} images has a command before it and "
            f"{n_hops} after it; record for longer"
        )
    new = _find_breaks(run[kept], captured_s[kept], images_hz)
    return Rows(
        episode=_number_episodes(new, round(MOST_S * images_hz)),
        shard=own[kept],
        image=number[kept],
        hop=hop[kept],
        captured_s=captured_s[kept],
        images_hz=images_hz,
        n_hops=n_hops,
        n_images=len(hop),
        is_measured=is_measured,
        deeds=tuple(deeds),
    )


def _find_breaks(
    run: Int[np.ndarray, " rows"], captured_s: Float[np.ndarray, " rows"], images_hz: float
) -> Bool[np.ndarray, " rows"]:
    """(R,) rows that do not follow on the one before."""
    step_s = np.diff(captured_s)
    is_broken = (np.diff(run) != 0) | (step_s <= 0) | (step_s > _LOST / images_hz)
    return np.concatenate([np.ones(min(len(run), 1), bool), is_broken])


def _number_episodes(new: Bool[np.ndarray, " rows"], most_rows: int) -> Int[np.ndarray, " rows"]:
    """(R,) numbers of episodes: stretches between breaks, cut into equal parts where too long."""
    starts = np.flatnonzero(new)
    numbers, episode = np.empty(len(new), int), 0
    for start, end in zip(starts, [*starts[1:], len(new)], strict=True):
        for part in np.array_split(np.arange(start, end), -(-(end - start) // most_rows)):
            numbers[part] = episode
            episode += 1
    return numbers


@dataclass(frozen=True)
class Batch:
    """Rows of one episode whose images lie in one shard.

    Attributes:
        first: number of the first of these rows among all.
        episode, shard: theirs.
        image: (R,) numbers of their images in the shard.
        hop: (R,) their first hops.
        captured_s: (R,) when the images were taken.
        sent: (R, H, M) what was sent in each row's hops.
        state: (R, M) where the motors were when the image was taken: as last measured, or the last
            command sent before where they cannot tell.
        deeds: (R,) what was done in the row's first hop.
    """

    first: int
    episode: int
    shard: int
    image: Int[np.ndarray, " rows"]
    hop: Int[np.ndarray, " rows"]
    captured_s: Float[np.ndarray, " rows"]
    sent: Float32[np.ndarray, "rows hops motors"]
    state: Float32[np.ndarray, "rows motors"]
    deeds: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.hop)


def read_batches(recording: Recording, rows: Rows) -> Iterator[Batch]:
    """Yields all rows in order, with what was sent; a shard and its neighbours are in memory.

    Raises:
        RecordingError: a shard is damaged, or image times are off by more than a shard.
    """
    indices = recording.indices
    known: dict[int, Shard] = {}
    border = np.flatnonzero(np.diff(rows.shard) | np.diff(rows.episode)) + 1
    for part in np.split(np.arange(len(rows)), border):
        at = indices.index(int(rows.shard[part[0]]))
        near = indices[max(at - 1, 0) : at + 2]
        known = {index: known.get(index) or recording.read(index) for index in near}
        yield _read_batch(recording, rows, part, [known[index] for index in near])


def _read_batch(
    recording: Recording, rows: Rows, part: Int[np.ndarray, " rows"], near: list[Shard]
) -> Batch:
    hops = np.concatenate([shard.first_hop + np.arange(len(shard)) for shard in near])
    sent = np.concatenate([shard.sent for shard in near])
    deeds = [deed for shard in near for deed in shard.deeds]
    wanted = rows.hop[part][:, None] + np.arange(-1, rows.n_hops)  # (R, 1 + H)
    at = np.searchsorted(hops, wanted).clip(max=len(hops) - 1)
    shard = int(rows.shard[part[0]])
    if not np.array_equal(hops[at], wanted):
        raise RecordingError(
            f"{recording.folder}: shard {shard} holds images that were taken in another one, "
            "further than its neighbours"
        )
    state = sent[at[:, 0]]
    if rows.is_measured:
        state = np.concatenate([s.actual for s in near if s.actual is not None])[at[:, 0]]
    return Batch(
        first=int(part[0]),
        episode=int(rows.episode[part[0]]),
        shard=shard,
        image=rows.image[part],
        hop=rows.hop[part],
        captured_s=rows.captured_s[part],
        sent=sent[at[:, 1:]],
        state=state,
        deeds=tuple(deeds[k] for k in at[:, 1]),
    )
