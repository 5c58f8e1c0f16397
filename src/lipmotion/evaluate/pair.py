"""Two films against each other: a person's and a robot's, any robot's. No model, no description.

In: two films of one face each, for the same sound and starting together. Out: a `Report` with every
measure that needs lips alone.

Conventions: speech is heard in the person's film, or in the robot's where the person's is silent.
The robot is its own owner as a person is: its contact is the least opening (1st percentile) in its
film, its rest the closed lips of its silence.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Bool

from .. import __version__
from ..errors import MediaError
from ..lips import LipTrack
from ..media.sound import open_sound
from ..media.video import read_video, read_video_info
from ..timing import HOP_HZ, SAMPLE_RATE_HZ
from ..vision.film import watch_film
from ..vision.landmarks import FaceLandmarker
from ..vision.measure import measure_lips
from ..vision.owner import fit_person, to_lip_shape
from ..vision.retime import retime
from ..voice.activity import VoiceActivity, hear_speech
from .compose import compose_range, compose_score, compose_track, describe_machine, find_commit
from .measures import describe_measures
from .metrics import fit_range
from .report_json import FaceInfo, Made, MethodInfo, PersonInfo, Report, SourceInfo
from .suite import Clip, score_method
from .verdict import Seen

SOURCE: Final = "pair"
METHOD: Final = MethodInfo(
    "robot", "robot", "live", None, "The second film, whatever made its lips move.", True
)


def judge_pair(
    human: Path,
    robot: Path,
    *,
    seed: int,
    progress: Callable[[int, int | None], None] | None = None,
) -> Report:
    """Judges the lips of a robot's film against those of a person's.

    Raises:
        MediaError: a film cannot be used, neither has a voice, or they share less than a second.
    """
    landmarker = FaceLandmarker(mirrored=True)
    looks, n_done = [], 0
    n_images = sum(read_video_info(path).n_images for path in (human, robot))
    for path in (human, robot):

        def tell(done: int, _: int | None, before: int = n_done) -> None:
            if progress is not None:
                progress(before + done, n_images)

        try:
            times_s, quality, points = watch_film(read_video(path), landmarker, progress=tell)
        except MediaError as error:
            told = str(error)
            raise MediaError(told if str(path) in told else f"{path}: {told}") from error
        n_done += len(times_s)
        n_hops = int(np.ceil(times_s[-1] * HOP_HZ)) + 1
        looks.append(Seen(*retime(measure_lips(points), times_s, quality, n_hops)))
    n_hops = min(len(look.values) for look in looks)
    if n_hops < HOP_HZ:
        raise MediaError(f"{human}, {robot}: they share {n_hops / HOP_HZ:.2f} s; 1 s is needed")
    speech = find_common_speech(human, robot, n_hops)
    tracks = [
        _own(path.name, Seen(look.values[:n_hops], look.quality[:n_hops]), speech)
        for path, look in zip((human, robot), looks, strict=True)
    ]
    return compose_pair(human.name, tracks[0], tracks[1], seed=seed)


def compose_pair(name: str, human: LipTrack, robot: LipTrack, *, seed: int) -> Report:
    """The report of two tracks."""
    lips, own = fit_range([human]), fit_range([robot])
    clip = Clip(SOURCE, "person", name, "?", human, lips)
    rng = np.random.default_rng(seed)
    score = score_method([clip], [robot], [], own.noise, rng=rng)
    seconds = len(human) / HOP_HZ
    return Report(
        made=Made(__version__, find_commit(), "lipmotion evaluate --pair", "", describe_machine(),
                  0.0),
        face=FaceInfo("", "", ""),
        bundles={},
        seed=seed,
        films=(),
        warnings=(),
        measures=describe_measures(),
        methods=(METHOD,),
        sources=(SourceInfo(SOURCE, "people", seconds, (PersonInfo("person", "?", 1),)),),
        scores=(compose_score(SOURCE, METHOD.name, score),),
        chains=(),
        ranges=(
            compose_range(SOURCE, "person", lips),
            compose_range(SOURCE, "robot", own, method=METHOD.name),
        ),
        tracks=(
            compose_track(SOURCE, name, "person", human),
            compose_track(SOURCE, name, "person", robot, method=METHOD.name),
        ),
    )  # fmt: skip


def find_common_speech(human: Path, robot: Path, n_hops: int) -> Bool[np.ndarray, " hops"]:
    """Speech in the person's film, or in the robot's where the person's has none.

    Raises:
        MediaError: nobody speaks in either.
    """
    for path in (human, robot):
        if not read_video_info(path).has_sound:
            continue
        sound = np.concatenate(list(open_sound(path).blocks(SAMPLE_RATE_HZ, 1)))[:, 0]
        fitted = np.zeros(n_hops * SAMPLE_RATE_HZ // HOP_HZ, np.float32)
        fitted[: len(sound)] = sound[: len(fitted)]
        speech = hear_speech(fitted, VoiceActivity())
        if speech.any():
            return speech
    raise MediaError(f"{human}, {robot}: nobody speaks in either; judging needs speech")


def _own(name: str, seen: Seen, speech: Bool[np.ndarray, " hops"]) -> LipTrack:
    owner = fit_person(name, [seen.values], [speech], [seen.quality])
    return LipTrack(to_lip_shape(seen.values, owner), seen.quality, speech)
