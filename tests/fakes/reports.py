"""A small report of made-up lips, scored as real ones are; writes tests/data/report/report.json.

PYTHONPATH=src:tests python -m fakes.reports
"""

from pathlib import Path

import numpy as np

from lipmotion.evaluate.align import Lag
from lipmotion.evaluate.compose import (
    compose_range,
    compose_score,
    compose_track,
    find_chains,
    find_warnings,
)
from lipmotion.evaluate.measures import SOUND_MEASURES, SPEECH_MEASURES, describe_measures
from lipmotion.evaluate.metrics import Share, fit_range
from lipmotion.evaluate.report_file import write_report
from lipmotion.evaluate.report_json import (
    FaceInfo,
    FilmInfo,
    LagInfo,
    LiveInfo,
    Made,
    MethodInfo,
    PersonInfo,
    Report,
    Score,
    SourceInfo,
)
from lipmotion.evaluate.scores import ClipScore, summarise
from lipmotion.evaluate.stage import Take
from lipmotion.evaluate.suite import Clip, MethodScore, score_method
from lipmotion.evaluate.verdict import Seen, Truth
from lipmotion.lips import LIP_FIELDS, LipTrack
from lipmotion.timing import HOP_SAMPLES

SAMPLE = Path(__file__).parents[1] / "data" / "report" / "report.json"
NOISE = np.full(len(LIP_FIELDS), 0.002, np.float32)
N_HOPS = 200
METHODS = (
    MethodInfo("same-film", "same film again", "reference", None, "the eye's own noise", False),
    MethodInfo("optimised", "best commands", "reference", None, "commands found by truth", False),
    MethodInfo("human-lips", "human lips → robot", "reference", None, "the person's lips", False),
    MethodInfo("ours", "ours", "live", 300.0, "sound → robot", True),
    MethodInfo("ours+40ms", "ours, 40 ms late", "live", 300.0, "ours begun later", False,
               must_lose=True),
    MethodInfo("still", "still mouth", "live", 0.0, "the rest pose", False, must_lose=True),
    MethodInfo("shuffled", "shuffled sound", "offline", None, "ours for another clip", False,
               must_lose=True),
)  # fmt: skip
_NOISE_OF = {"same-film": 0.003, "optimised": 0.006, "human-lips": 0.01, "ours": 0.03}


def talk(rng: np.random.Generator) -> LipTrack:
    """Lips that move as in speech, at rest before and after."""
    t = np.arange(N_HOPS) / 50
    hz, phase = rng.uniform(1, 5, (12, 5, 1)), rng.uniform(0, 7, (12, 5, 1))
    values = 0.06 * np.sin(2 * np.pi * hz * t + phase).sum(axis=1).T
    values[:, :3] = np.maximum(values[:, :3] + 0.05, 0)
    in_speech = (t > 0.8) & (t < 3.2)
    values *= np.convolve(in_speech, np.hanning(13) / 6, "same")[:, None]
    values[:, :3] += np.abs(rng.normal(0, 0.002, (N_HOPS, 3)))
    return LipTrack(values.astype(np.float32), np.ones(N_HOPS, np.float32), in_speech)


def follow(human: LipTrack, method: str, other: LipTrack, rng: np.random.Generator) -> LipTrack:
    """What a made-up robot does for a clip."""
    if method == "still":
        values = np.zeros_like(human.values)
    elif method == "shuffled":
        values = np.array(other.values)
    else:
        size = _NOISE_OF.get(method, 0.03)
        wave = np.apply_along_axis(
            np.convolve, 0, rng.normal(size=(N_HOPS, 12)), np.hanning(9), "same"
        )
        values = np.roll(human.values, 2 if method == "ours+40ms" else 0, axis=0) + size * wave
    values[:, :3] = np.maximum(values[:, :3], 0)
    return LipTrack(values.astype(np.float32), human.quality, human.in_speech)


def shake(robot: LipTrack, size: float, rng: np.random.Generator) -> LipTrack:
    """The same lips with noise."""
    values = robot.values + rng.normal(0, size, robot.values.shape).astype(np.float32)
    values[:, :3] = np.maximum(values[:, :3], 0)
    return LipTrack(values, robot.quality, robot.in_speech)


def invent_scores(source: str, measures: dict[str, float], seed: int) -> list[Score]:
    """Rows of a source without people, with shares drawn at random."""
    rng = np.random.default_rng(seed)
    rows = []
    is_speech = source == "voices"
    views = (("planned", "seen"), ("", "festival", "flite")) if is_speech else (("seen",), ("",))
    for method in ("ours", "still"):
        for view in views[0] if method == "ours" else ("seen",):
            for group in views[1]:
                clips = [
                    ClipScore(f"{group or engine}-{k}", f"voice-{k % 2}", "en",
                              {name: Share(float(rng.integers(5, 9)), 9.0) for name in measures})
                    for engine in ("festival", "flite") for k in range(2)
                    if group in ("", engine)
                ]  # fmt: skip
                figures = {name: summarise(clips, name, rng=rng, n_draws=50) for name in measures}
                score = MethodScore(Lag(0.0, 0.0, is_defined=False), figures, clips, {})
                rows.append(compose_score(source, method, score, view=view, group=group))
    return rows


def make_report(seed: int = 0, *, worse: float = 0.0, methods: tuple[MethodInfo, ...] = METHODS,
                n_clips: int = 6) -> Report:  # fmt: skip
    """The report; `worse` adds so much noise to ours."""
    rng = np.random.default_rng(seed)
    humans = [talk(rng) for _ in range(n_clips)]
    persons = [f"person-{k % 3}" for k in range(n_clips)]
    lips = fit_range(humans, noise=NOISE)
    clips = [
        Clip("people", who, f"clip-{k}", "en", track, lips)
        for k, (who, track) in enumerate(zip(persons, humans, strict=True))
    ]
    scores, ranges, tracks = (
        [],
        [compose_range("people", p, lips) for p in sorted(set(persons))],
        [],
    )
    for clip in clips[:2]:
        sound = np.repeat(0.8 * clip.lips.field("aperture").clip(0, 1), HOP_SAMPLES)
        tracks.append(compose_track("people", clip.name, clip.person, clip.lips, sound=sound))
    for method in methods:
        robots = [
            follow(clip.lips, method.name, humans[k - 1], np.random.default_rng([seed, k]))
            for k, clip in enumerate(clips)
        ]
        if worse and method.name == "ours":
            robots = [shake(robot, worse, rng) for robot in robots]
        takes = []
        if method.name != "same-film":
            gaps = [
                60 * np.repeat(r.field("aperture")[:, None].astype(float), 19, 1) for r in robots
            ]
            takes = [
                Take(0.5 + r.values.clip(-0.4, 0.4), {"seen": Seen(r.values, r.quality)},
                     Truth(gap, gap[:, 0], gap[:, 9], gap[:, 1]))
                for r, gap in zip(robots, gaps, strict=True)
            ]  # fmt: skip
        score = score_method(clips, robots, takes, NOISE, rng=np.random.default_rng(seed))
        scores.append(compose_score("people", method.name, score))
        own = fit_range(robots, noise=NOISE)
        ranges.append(compose_range("people", "robot", own, method=method.name))
        for clip, robot in list(zip(clips, robots, strict=True))[:2]:
            tracks.append(
                compose_track("people", clip.name, clip.person, robot, method=method.name)
            )
    scores += invent_scores("voices", SPEECH_MEASURES, seed)
    scores += invent_scores("noises", SOUND_MEASURES, seed)
    two = (PersonInfo("voice-0", "en", 2), PersonInfo("voice-1", "en", 2))
    counts = {who: persons.count(who) for who in sorted(set(persons))}
    return Report(
        made=Made("0.1.0", None, "lipmotion evaluate --data people", "2026-01-01T00:00:00Z",
                  "Linux x86_64, 2 cores", 1.0),
        face=FaceInfo("emo", "0" * 64, "sim"),
        bundles={"speech": "0" * 64},
        seed=seed,
        films=(FilmInfo("seen", 25.0, 38.0, 50),),
        warnings=find_warnings(scores),
        measures=describe_measures(),
        methods=methods,
        sources=(
            SourceInfo("people", "people", N_HOPS * n_clips / 50,
                       tuple(PersonInfo(who, "en", n) for who, n in counts.items())),
            SourceInfo("voices", "speech", 12.0, two),
            SourceInfo("noises", "sounds", 40.0, two),
        ),
        scores=tuple(scores),
        chains=find_chains(scores),
        ranges=tuple(ranges),
        tracks=tuple(tracks),
        live=(LiveInfo("ours", 300.0, (LagInfo("people", 3.0, -5.0, 11.0, n_clips),), 2.0, 3.0, 4.5,
                       21.0, 500, 1, 1, "Linux x86_64, 2 cores"),),
    )  # fmt: skip


if __name__ == "__main__":
    write_report(make_report(), SAMPLE)
