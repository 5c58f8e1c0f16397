"""What the authors' public files say: their own measure, and the rows beside which it must be read.

In: the folder of a clone of `URL` at `COMMIT`; every file that is read must have the hash in
`paper_files.sha256` (`sha256sum --check` reads it, too). Nothing of it is shipped here.
Out: `Clip` (one of the three clips of paper_data_*.csv) and `Language` (one clip a language).

Conventions: a latent is one image of the robot's lips, 16 numbers, 30 images a second. The measure
is that of their compare.py, the mean over images and numbers of (robot − target)², in which the
target is a synthesised film of the robot, encoded; here in double precision. The distances in
dist_om_*.csv are summed over the 16 numbers instead: 16 times as much.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float, Int

from lipmotion.errors import RecordingError

URL: Final = "https://github.com/H-Y-H-Y-H/Crossing-the-Uncanny-Valley-with-Robot-Lip-Motion"
COMMIT: Final = "cd3c4e0f7c08de2c8a23ce5255e1b5a20c2ee665"
MANIFEST: Final = Path(__file__).with_name("paper_files.sha256")
IMAGES_HZ: Final = 30.0
CLIPS: Final = (0, 1, 2)
DELAYS: Final = (0, 1, 2, 3, 4, 5, 6, 15)  # images
# Clip → language. Source: the labels in their compare_dist_language.py.
LANGUAGES: Final[dict[int, str]] = {
    0: "English 1", 11: "French", 12: "Japanese", 13: "Korean", 14: "English 2", 15: "Spanish",
    16: "Italian", 17: "German", 18: "Russian", 19: "Chinese", 20: "Hebrew", 21: "Arabic",
}  # fmt: skip
_ROOT = "om/Latent"
# Their folder → what it holds. "ours" in their words: their own method.
FOLDERS: Final = {
    "om": "theirs",
    "nn_baseline": "landmark nearest",
    "wav_bl": "amplitude",
    "random": "random",
}
# Columns of paper_data_*.csv. Source: their compare.py.
COLUMNS: Final = (
    "theirs", "landmark nearest", "amplitude", "theirs + 1 image", "theirs + 15 images", "random",
)  # fmt: skip
MOTIONLESS: Final = ("clip-mean pose", "one held image", "database-mean pose")
FLOOR: Final = "nearest in the database"

Latents = Float[np.ndarray, "images numbers"]


@dataclass(frozen=True)
class Origin:
    """How much of a track was looked up by the distance that scores it; shares in [0, 1].

    Attributes:
        database_rows: images that are, bit for bit, images of the database.
        nearest_rows: images that are, bit for bit, the one nearest to the target.
        same_index: images whose nearest in the database is the one nearest to the target; tells
            the same of tracks that another version of the encoder made.
    """

    database_rows: float
    nearest_rows: float
    same_index: float


@dataclass(frozen=True)
class Clip:
    """One of the three clips.

    Attributes:
        clip: its number; n_images: its length.
        distances: row → mean squared distance to the target; COLUMNS, MOTIONLESS and FLOOR.
        by_delay: their track begun so many images late (the first image held) → distance.
        origin: of their track.
        roughness: folder's name in FOLDERS → mean length of the second difference, over that of
            the target; 1 = as smooth as the target.
        stored_error: greatest relative difference to paper_data_*.csv.
    """

    clip: int
    n_images: int
    distances: Mapping[str, float]
    by_delay: Mapping[int, float]
    origin: Origin
    roughness: Mapping[str, float]
    stored_error: float


@dataclass(frozen=True)
class Language:
    """One language, of which there is one clip.

    Attributes:
        theirs, deviation: mean and deviation over images of the squared distance, summed over the
            16 numbers; floor: of the nearest images of the database; still: of the clip's mean.
        same_index: as in `Origin`.
        stored_error: greatest difference of an image to dist_om_*.csv.
    """

    language: str
    clip: int
    n_images: int
    seconds: float
    theirs: float
    deviation: float
    floor: float
    still: float
    same_index: float
    stored_error: float


# --- files --------------------------------------------------------------------------------------


def read_manifest(path: Path = MANIFEST) -> dict[str, str]:
    """Path in the authors' repository → SHA-256."""
    pairs = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {name: digest for digest, name in pairs}


def read_files(folder: Path, manifest: Mapping[str, str]) -> dict[str, bytes]:
    """The files of the manifest, checked.

    Raises:
        RecordingError: one is missing, or is another than the one whose figures are known.
    """
    found = {}
    for name, expected in manifest.items():
        path = folder / name
        if not path.is_file():
            raise RecordingError(
                f"{path}: missing; git clone {URL}, check out {COMMIT[:7]}, name that folder"
            )
        found[name] = path.read_bytes()
        got = hashlib.sha256(found[name]).hexdigest()
        if got != expected:
            raise RecordingError(
                f"{path}: sha256 {got[:12]}…, expected {expected[:12]}…: not the file of {URL} "
                f"at {COMMIT[:7]} (or its line ends were changed)"
            )
    return found


def load_latents(files: Mapping[str, bytes], name: str) -> Latents:
    """A track (.npy, never a pickle) as (T, 16) doubles."""
    array = np.load(io.BytesIO(files[f"{_ROOT}/{name}.npy"]), allow_pickle=False)
    return np.asarray(array, np.float64)


def load_table(files: Mapping[str, bytes], name: str) -> np.ndarray:
    """A table of numbers (.csv, blanks between) as doubles."""
    return np.loadtxt(io.StringIO(files[f"{_ROOT}/{name}.csv"].decode("ascii")))


# --- measures -----------------------------------------------------------------------------------


def measure_distance(robot: np.ndarray, target: Latents) -> float:
    """Mean squared distance; `robot` (T, 16), or one pose (16,) that is held."""
    return float(np.mean((robot - target) ** 2))


def delay_track(track: Latents, n_images: int) -> Latents:
    """The same begun later, its first image held, as compare.py does it."""
    return track[np.maximum(np.arange(len(track)) - n_images, 0)]


def find_nearest(track: np.ndarray, database: Latents) -> Int[np.ndarray, " images"]:
    """Rows of the database that are nearest to each image of a track (T, 16)."""
    lengths = (database**2).sum(axis=1)
    # |a − b|² less |a|², which is the same for all rows
    return np.argmin(lengths - 2 * track @ database.T, axis=1)


def find_origin(track: Latents, target: Latents, database: Latents) -> Origin:
    """How much of a track was looked up."""
    own, best = find_nearest(track, database), find_nearest(target, database)
    return Origin(
        float(np.mean((database[own] == track).all(axis=1))),
        float(np.mean((database[best] == track).all(axis=1))),
        float(np.mean(own == best)),
    )


def measure_roughness(track: Latents, target: Latents) -> float:
    """Mean length of the second difference from image to image, over the target's."""
    mine, its = (np.linalg.norm(np.diff(t, 2, axis=0), axis=1).mean() for t in (track, target))
    return float(mine / its)


def judge_clip(
    clip: int, tracks: Mapping[str, Latents], target: Latents, database: Latents, stored: np.ndarray
) -> Clip:
    """All figures of one clip.

    Args:
        clip: its number.
        tracks: by the names of FOLDERS; target: (T, 16).
        database: (N, 16), images of the robot that all but amplitude choose from.
        stored: (6,) their own figures, by COLUMNS.
    """
    theirs, mean = tracks["theirs"], target.mean(axis=0)
    by_delay = {n: measure_distance(delay_track(theirs, n), target) for n in DELAYS}
    distances = {
        "theirs": by_delay[0],
        "landmark nearest": measure_distance(tracks["landmark nearest"], target),
        "amplitude": measure_distance(tracks["amplitude"], target),
        "theirs + 1 image": by_delay[1],
        "theirs + 15 images": by_delay[15],
        "random": measure_distance(tracks["random"], target),
        "clip-mean pose": measure_distance(mean, target),
        "one held image": measure_distance(
            database[find_nearest(mean[None], database)[0]], target
        ),
        "database-mean pose": measure_distance(database.mean(axis=0), target),
        FLOOR: measure_distance(database[find_nearest(target, database)], target),
    }  # fmt: skip
    own = np.array([distances[name] for name in COLUMNS])
    return Clip(
        clip,
        len(target),
        distances,
        by_delay,
        find_origin(theirs, target, database),
        {name: measure_roughness(track, target) for name, track in tracks.items()},
        float(np.max(np.abs(own / stored - 1))),
    )


def judge_language(
    clip: int, theirs: Latents, target: Latents, database: Latents, stored: np.ndarray
) -> Language:
    """All figures of one language; `stored` (T,): their own distance of each image."""
    distances = ((theirs - target) ** 2).sum(axis=1)
    n_numbers = target.shape[1]
    best = database[find_nearest(target, database)]
    return Language(
        LANGUAGES[clip],
        clip,
        len(target),
        len(target) / IMAGES_HZ,
        float(distances.mean()),
        float(distances.std()),
        n_numbers * measure_distance(best, target),
        n_numbers * measure_distance(target.mean(axis=0), target),
        find_origin(theirs, target, database).same_index,
        float(np.max(np.abs(distances - stored))),
    )


def judge_files(files: Mapping[str, bytes]) -> tuple[list[Clip], list[Language]]:
    """All that the files say."""
    database = load_latents(files, "latent-V5-3")
    clips, languages = [], []
    for k in CLIPS:
        tracks = {name: load_latents(files, f"{at}/latent_{k}") for at, name in FOLDERS.items()}
        target, stored = (
            load_latents(files, f"syn/latent_{k}"),
            load_table(files, f"paper_data_{k}"),
        )
        clips.append(judge_clip(k, tracks, target, database, stored[0]))
    for k in LANGUAGES:
        theirs, target = (load_latents(files, f"{at}/latent_{k}") for at in ("om", "syn"))
        stored = load_table(files, f"latent_dist/dist_om_{k}")
        languages.append(judge_language(k, theirs, target, database, stored))
    return clips, languages
