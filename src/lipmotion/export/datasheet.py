"""The datasheet of a data set: what it holds, how it was made, what it is good for; in its numbers.

Source: the questions are those of Gebru et al., Datasheets for Datasets, Communications of the ACM
64(12), 2021.
"""

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .. import __version__
from ..media.film import CRF, KEY_EVERY
from ..recording import CURIOUS, Recording, RecordingInfo
from ..timing import HOP_HZ
from .lerobot_format import CAMERA
from .rows import Rows

SHEET_NAME: Final = "DATASHEET.md"
_WIDTH: Final = 100


@dataclass(frozen=True)
class Facts:
    """A data set's numbers.

    Attributes:
        info: what was recorded.
        rows: its rows.
        tasks: task → rows of it.
        n_hops: hops recorded.
        is_whole: no hop of the recording is missing.
        megabytes: size of all files but the texts.
        repo_id, licence: as asked for.
    """

    info: RecordingInfo
    rows: Rows
    tasks: dict[str, int]
    n_hops: int
    is_whole: bool
    megabytes: float
    repo_id: str
    licence: str

    @classmethod
    def gather(
        cls,
        recording: Recording,
        rows: Rows,
        tasks: dict[str, int],
        folder: Path,
        *,
        repo_id: str,
        licence: str,
    ) -> "Facts":
        """Gathers the numbers of a data set that lies in `folder`."""
        lengths = recording.lengths
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        return cls(
            info=recording.info,
            rows=rows,
            tasks=tasks,
            n_hops=sum(lengths.values()),
            is_whole=list(lengths) == list(range(len(lengths))),
            megabytes=size / 1e6,
            repo_id=repo_id,
            licence=licence,
        )


def write_datasheet(facts: Facts) -> str:
    """The datasheet."""
    parts = (_open, _motivate, _compose, _collect, _preprocess, _use, _distribute)
    blocks = [block for part in parts for block in part(facts).strip().split("\n\n")]
    return "\n\n".join(fill(block) for block in blocks) + "\n"


def _open(facts: Facts) -> str:
    return f"""
# Datasheet of {facts.repo_id}

The questions are those of Gebru et al., *Datasheets for Datasets* (2021). The numbers are this data
set's own, filled in by lipmotion {__version__} when it wrote it.
"""


def _motivate(facts: Facts) -> str:
    return f"""
## Motivation

**Why was it made?** So that a robot face can learn itself: which commands make it look how. The
face `{facts.info.face}` moved before its mirror and was filmed; nobody showed it anything.
lipmotion learns its self-model from such a recording (`lipmotion learn self`); in this format
others can learn theirs.

**By whom, and paid by whom?** By whoever ran the commands below; please add names.
"""


def _compose(facts: Facts) -> str:
    rows, info = facts.rows, facts.info
    seconds = rows.lengths / rows.images_hz
    table = _tabulate(
        rows=f"{len(rows):,}",
        episodes=f"{len(seconds):,}",
        of=f"{_span(seconds.min(), seconds.max())} s",
        rows_a_second=f"{rows.images_hz:g}",
        motors=f"{len(info.motors)}",
        size=f"{facts.megabytes:.1f} MB",
    )
    tasks = "\n".join(
        f"| {t} | {n:,} | {n / rows.images_hz:.1f} s |" for t, n in facts.tasks.items()
    )
    side = ", and what the mirror beside the face showed" if info.side else ""
    columns = "\n".join(f"| `{name}` | {text} |" for name, text in _tell_columns(facts).items())
    return f"""
## Composition

**What is a row?** One image of the face as another person sees it (left and right are not swapped),
and the commands that followed it until the next one.

{table}

| task | rows | time |
|---|---|---|
{tasks}

| column | what |
|---|---|
{columns}

The motors, in this order: {", ".join(f"`{motor}`" for motor in info.motors)}.

**What is an episode?** An unbroken stretch of one body: no hop and no image is missing in it. A
fresh body begins a new one; longer stretches are cut at a minute, in equal parts.

**Is it all there is?** The recording has {count(rows.n_images, "image")} and
{count(facts.n_hops, "hop")} ({facts.n_hops / HOP_HZ / 60:.2f} minutes).
{count(rows.n_images - len(rows), "image")} at the ends of stretches were left out, because what
was commanded just before or after them was not recorded. Not exported: what was wanted before the
limits of the face (`command.*` of the recording), landmarks{side}.

**Are there recommended splits?** None. Neighbouring images are nearly the same: hold out whole
episodes, never random rows.

**Does it show people?** It shows the face and what stood behind it. No sound was recorded.
"""


def _tell_columns(facts: Facts) -> dict[str, str]:
    rows, hop_ms = facts.rows, 1000 // HOP_HZ
    state = (
        "where the motors were, as their own sensors told last before the image"
        if rows.is_measured
        else "the command sent last before the image: these motors cannot tell where they are"
    )
    return {
        "action": "the command that was sent first at or after the image: one number a motor in "
        "[0, 1] of its travel, after the limits of the face",
        "observation.state": state,
        CAMERA: "the image",
        "hops.sent": f"the commands of {count(rows.n_hops, 'hop')} of {hop_ms} ms, from `action` "
        f"on, one hop after the other: names end in +0 to +{rows.n_hops - 1}",
        "hop": f"number of the first of them in the recording: it was sent at `hop` / {HOP_HZ} s",
        "captured_s": "when the image was taken, on the same clock",
        "timestamp": f"row of the episode / {rows.images_hz:g}, as the format wants it; images "
        f"were taken up to {1000 * rows.stray_s:.1f} ms off that",
        "next.done": "the last row of its episode; nothing ended there but the stretch",
    }


def _collect(facts: Facts) -> str:
    info = facts.info
    minutes = f"{facts.n_hops / HOP_HZ / 60:.10g}"
    table = _tabulate(
        face=f"`{info.face}`",
        hash_of_its_description=f"`{info.face_hash[:16]}`",
        seed=f"{info.seed}",
        recorded_with=f"lipmotion {info.version}",
    )
    options = "" if info.babbling == CURIOUS else " --random"
    chosen = (
        " Four stretches in five were chosen among many drawn ones, for lips hardly seen before\n"
        "or least surely foreseen."
        if info.babbling == CURIOUS
        else ""
    )
    note = (
        """On the simulated face this makes the same recording again, hop for hop; a real one never
moves the same way twice."""
        if facts.is_whole
        else """Parts of the recording are missing (it was stopped before its end), so these
commands make a whole one."""
    )
    return f"""
## Collection process

**How was it collected?** Random smooth motion of all motors ("babbling") within the limits of the
face, drawn from seed {info.seed}.{chosen} Before that, the mouth at rest and pressed shut.
Commands went out {HOP_HZ} times a second; a camera filmed the face at {info.images_hz:g} images a
second. Its own delay, {1000 * info.camera_delay_s:.0f} ms, is taken off the times of capture.

{table}

**How can it be made again?**

```sh
lipmotion babble --face {info.face} --minutes {minutes} --seed {info.seed}{options} --out recording
lipmotion export lerobot recording --out dataset --repo-id {facts.repo_id}
```

{note}
"""


def _preprocess(facts: Facts) -> str:
    return f"""
## Preprocessing, cleaning, labelling

Images were coded again as H.264 4:2:0 (crf {CRF}, a key image every {KEY_EVERY}; 39 dB on the
rendered face `emo`); nothing was cropped, turned or resized. The recording keeps them better (51 dB
there, colour in full). Commands are those of the recording, bit for bit. The
{count(len(facts.tasks), "task")} tell what the program did, not what somebody saw. Statistics of
pixels are those of the images before coding.
"""


def _use(facts: Facts) -> str:
    return f"""
## Uses

**What is it good for?** Forward models (commands → what is seen), inverse models (what is to be
seen → commands), representations of the face, delays and limits of its motors.

**What is it not good for?** It holds no speech and no goal: a policy that imitates it babbles.
Weights learned from it fit this face with this description, and no other. Its one camera looks from
in front, so how far the lips stand forward is hardly seen.

**What is easily overlooked?** `action` alone is one command in {facts.rows.n_hops}; `hops.sent` has
all of them.
"""


def _distribute(facts: Facts) -> str:
    licence = facts.licence or (
        "not stated. Whoever made the recording decides; `--licence` of the export writes it here"
    )
    return f"""
## Distribution and maintenance

**Licence:** {licence}.

**Credit:** the method is that of Hu et al., *Learning Realistic Lip Motions for Humanoid Face
Robots* (Science Robotics 2026), written anew in lipmotion (MIT).

**Will it be kept up?** That is for those who publish it to say; please add an address.
"""


def fill(block: str) -> str:
    """A paragraph, broken into lines; tables, code and titles stay as they are."""
    block = block.strip()
    if block.startswith(("|", "```", "#")):
        return block
    return textwrap.fill(block, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _tabulate(**cells: str) -> str:
    titles = " | ".join(title.replace("_", " ") for title in cells)
    return f"| {titles} |\n|{'---|' * len(cells)}\n| {' | '.join(cells.values())} |"


def count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _span(low: float, high: float) -> str:
    return f"{low:.1f}" if high - low < 0.05 else f"{low:.1f} to {high:.1f}"
