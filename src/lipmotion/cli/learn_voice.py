"""`lipmotion learn speech --voice`: one person's films make the shipped ear theirs."""

import time
from pathlib import Path

import numpy as np

from ..bundle import CARD_NAME
from ..evaluate.voice import Judgement, judge_voice, measure_own
from ..evaluate.voice_report import HowLearned, render_voice, write_voice_report
from ..learn import voice as learning
from ..learn.voice import Voice, VoiceConfig, check_out, write_voice
from ..lips import N_LIP_FIELDS
from ..processes import count_cores
from ..vision.owner import load_owner
from ..voice.speech import SHIPPED
from ..watch.plan import WatchConfig
from ..watch.run import watch_films
from ..watched import INFO_NAME, WatchedFolder, open_watched
from .progress import Progress, show_progress


def learn_voice(
    films: Path, out: Path, start: Path | None, person: str | None, config: VoiceConfig
) -> None:
    """Watches the films if need be, lets the head learn on, judges, and writes the bundle."""
    begun = start or SHIPPED
    check_out(out, begun)
    with show_progress() as begin:
        watched = _watch(films, out, person, begin("watch"), begin("settle"))
        begun_s = time.monotonic()
        voice = learning.learn_voice(
            watched,
            out,
            start=begun,
            person=person,
            config=config,
            report=lambda stage: begin(stage, stage),
        )
        how = HowLearned(
            voice.parts.person,
            voice.parts.speech_s,
            voice.used_s,
            voice.parts.by_time,
            voice.adapted.is_better,
            voice.adapted.before,
            voice.adapted.after,
            voice.start_sha256,
            config.seed,
            config.n_steps,
            config.own_range,
            time.monotonic() - begun_s,
        )
        judged = _judge(watched, voice)
        begin("writing the bundle", "writing the bundle")(0, None)
        text = write_voice_report(out, how, judged, voice.clips)
        write_voice(voice, out / "bundle", _make_card(how, judged, begun))
    if not voice.adapted.is_better:
        print("not better on the films that check it: the bundle holds the weights it began with")
    print(f"report: {text}")
    print(out / "bundle")


def _watch(
    films: Path, out: Path, person: str | None, watching: Progress, settling: Progress
) -> WatchedFolder:
    """A watched folder as it is; films are watched into `out/watched`."""
    if (films / INFO_NAME).exists():
        return open_watched(films)
    config = WatchConfig(person=person, n_workers=count_cores())
    return watch_films([films], out / "watched", config, progress=watching, settling=settling)


def _judge(watched: WatchedFolder, voice: Voice) -> Judgement:
    who = voice.parts.person
    own = [segment for segment in watched.segments() if segment.person == who]
    path = watched.owner_path(who)
    noise = load_owner(path).noise if path.exists() else np.zeros(N_LIP_FIELDS, np.float32)
    span = measure_own([watched.read_lips(segment) for segment in own], voice.scale, noise)
    language = own[0].language or "?"
    return judge_voice(voice.clips, who, span, language=language, seed=voice.config.seed)


def _make_card(how: HowLearned, judged: Judgement, start: Path) -> str:
    """The new bundle's card; that of the weights it began with, their licences too, follows."""
    begun = (start / CARD_NAME).read_text(encoding="utf-8").partition("\n## Settings\n")[0]
    lower = "\n".join(f"#{line}" if line.startswith("#") else line for line in begun.splitlines())
    learned = (
        "Only the head learned; the encoder is as it was."
        if how.is_adapted
        else "Nothing of it has changed."
    )
    return (
        f"# Speech: a voice of one's own, {how.person}\n\n"
        f"`lipmotion learn speech --voice` let the head of another bundle learn on from films of "
        f"one person. {learned} The films' licence is that of whoever made them: ask before you "
        f"share these weights.\n\n## Figures\n\n{render_voice(how, judged)}\n"
        f"## What it began with\n\nThe card of those weights:\n\n{lower}\n"
    )
