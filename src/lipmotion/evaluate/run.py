"""`lipmotion evaluate`: one command that says how good the lips are.

In: people's films, speech with its phones, sounds without a voice, and methods. Each method hears
the sound (reference methods see more), the face executes it, the mirror camera films it, and the
film is seen as the people's are. Out: a `Report`, and `report.json`, `report.md` and
`report.html` in a folder.

Conventions: everything performed stays in the work folder by a key of all it depends on, so a run
that was stopped, even killed, goes on where it was. Same data, seed and weights, same figures.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import numpy as np

from .. import __version__
from ..errors import ConfigError
from ..watched import write_aside
from .assemble import Rows, add_ceiling, add_people, add_sounds, add_speech
from .bank import Bank
from .ceiling import fit_again
from .compose import (
    describe_machine,
    find_chains,
    find_commit,
    find_warnings,
)
from .films import keep_films, read_words
from .keys import hash_bundles
from .latents import Latents
from .live import time_live
from .measures import describe_measures
from .methods import REFERENCE, Case, Derived, Kit, Method, Planner, can_perform, open_methods
from .page.page import write_page
from .performing import SAME_FILM
from .plan import EvaluateConfig, Ready, Sources, choose_methods, make_ready, open_sources
from .report_file import write_report
from .report_json import FaceInfo, FilmInfo, Made, MethodInfo, PersonInfo, Report, SourceInfo
from .report_md import render_report
from .rivals.contest import FITTED
from .said import HUMAN, Said
from .setting import Setting
from .sources import People
from .stage import Take
from .takes import Report as Reporter
from .takes import film_owner, load_cached_take, look_all, perform_all
from .verdict import NATIVE

OneOf = TypeVar("OneOf", bound=Method | Derived)


def evaluate(config: EvaluateConfig, *, report: Reporter) -> Report:
    """Judges a face, and writes report.json, report.md and report.html.

    Args:
        config: what and how.
        report: names a part of the work, and gives its progress callback.

    Raises:
        ConfigError: nothing to judge, or no such method.
        RecordingError: a folder is not what it should be.
        RivalError: a rival that was asked for by name cannot take part.
    """
    begun = time.monotonic()
    names = choose_methods(config)
    sources = open_sources(config, report)
    ready = make_ready(config, sources, names, report)
    setting = ready.setting
    kit = setting.make_kit(_no_bank)
    methods = open_methods(ready.names, kit)
    takes = perform_sources(config, sources, methods, setting, report)
    owners = film_owner(setting, report=report) if takes else {}
    report("scoring")(0, None)
    rows, infos = Rows(), [HUMAN, SAME_FILM, *(method.info for method in methods)]
    for people in sources.people:
        said = ready.said.of(people)
        if people.films:
            _add_ceiling(rows, people, said, config, report)
        done = gather_takes(people.cases, _able(methods, people.cases), takes)
        imagined = _imagine(setting, kit, people.cases)
        add_people(rows, people, done, owners, said, imagined, seed=config.seed)
    for speech in sources.speech:
        cases = [spoken.case for spoken in speech.spoken]
        able = [m for m in _able(methods, cases) if _needs_sound_alone(m)]
        plans = {m.info.name: [m.plan(c) for c in cases] for m in able if isinstance(m, Planner)}
        done = gather_takes(cases, able, takes)
        imagined = _imagine(setting, kit, cases, plans.get("ours"))
        add_speech(rows, speech, done, plans, owners, imagined, seed=config.seed)
    for sounds in sources.sounds:
        able = [m for m in _able(methods, sounds.cases) if _needs_sound_alone(m)]
        done = gather_takes(sounds.cases, able, takes)
        add_sounds(rows, sounds, done, owners, seed=config.seed)
    seconds = time.monotonic() - begun
    found = compose(config, ready, sources, infos, rows, seconds)
    write_report(found, config.out / "report.json")
    text = render_report(found)
    write_aside(config.out / "report.md", lambda aside: aside.write_text(text, encoding="utf-8"))
    write_page(config.out / "report.json")
    if config.n_kept_films:
        keep_films(
            found, sources, setting, read_words(config.aligns, sources),
            out=config.out, n_clips=config.n_kept_films, n_workers=config.n_workers,
            report=report,
        )  # fmt: skip
        write_page(config.out / "report.json")  # now with the films
    return found


def perform_sources(
    config: EvaluateConfig,
    sources: Sources,
    methods: Sequence[Method | Derived],
    setting: Setting,
    report: Reporter,
) -> dict[tuple[str, str], Path]:
    """Performs every case by every method that has commands of its own."""
    own = [m for m in methods if not isinstance(m, Derived)]
    alone = [m for m in own if _needs_sound_alone(m)]
    jobs: list[tuple[Case, str]] = []
    for people in sources.people:
        jobs += [(case, m.info.name) for case in people.cases for m in _able(own, people.cases)]
    heard = [[spoken.case for spoken in speech.spoken] for speech in sources.speech]
    for cases in (*heard, *(sounds.cases for sounds in sources.sounds)):
        jobs += [(case, m.info.name) for case in cases for m in _able(alone, cases)]
    return perform_all(jobs, setting, n_workers=config.n_workers, report=report) if jobs else {}


def gather_takes(
    cases: Sequence[Case], methods: Sequence[Method | Derived], paths: dict[tuple[str, str], Path]
) -> dict[str, list[Take]]:
    """Method → its takes of these cases; those of derived methods are made here."""
    n_hops = [case.n_hops for case in cases]
    found: dict[str, list[Take]] = {}
    for method in methods:
        name = method.info.name
        if not isinstance(method, Derived):
            found[name] = [load_cached_take(paths[case.key, name]) for case in cases]
        elif not (name == "shuffled" and len(cases) < 2):
            of = [load_cached_take(paths[case.key, method.of]) for case in cases]
            found[name] = method.change(of, n_hops)
    return found


def compose(
    config: EvaluateConfig,
    ready: Ready,
    sources: Sources,
    infos: Sequence[MethodInfo],
    rows: Rows,
    seconds: float,
) -> Report:
    """The report of all that was found."""
    setting, spec = ready.setting, ready.setting.spec
    used = {score.method for score in rows.scores}
    films = (FilmInfo(s.name, s.images_hz, s.mouth_px, s.jpeg_quality) for s in setting.styles)
    told = [
        *(_describe(p.name, "people", p.cases) for p in sources.people),
        *(_describe(s.name, "speech", [x.case for x in s.spoken]) for s in sources.speech),
        *(_describe(s.name, "sounds", s.cases) for s in sources.sounds),
    ]
    when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = Made(__version__, find_commit(), config.command, when, describe_machine(), seconds)
    return Report(
        made=made,
        face=FaceInfo(spec.name, spec.hash, "sim"),
        bundles=hash_bundles(spec.folder),
        seed=config.seed,
        films=tuple(films),
        warnings=(*find_warnings(rows.scores), *ready.told),
        measures=describe_measures(),
        methods=tuple(info for info in infos if info.name in used),
        sources=tuple(told),
        scores=tuple(rows.scores),
        chains=find_chains(rows.scores),
        ranges=tuple(rows.ranges),
        tracks=tuple(rows.tracks),
        live=time_live(ready.names, setting, sources.cases, rows, seed=config.seed),
    )


def _imagine(
    setting: Setting,
    kit: Kit,
    cases: Sequence[Case],
    planned: Sequence[np.ndarray] | None = None,
) -> list[Latents] | None:
    """What the face imagines of the person's lips, or of ours where nobody was filmed.

    `planned` are ours, where they are at hand. None where no film is encoded.
    """
    if NATIVE not in setting.styles:
        return None
    shapes = planned or [
        kit.performer.plan_sound(case.sound)
        if case.lips is None
        else kit.performer.bring_near(case.lips, case.opening)
        for case in cases
    ]
    return [kit.performer.imagine_latents(wanted) for wanted in shapes]


def _add_ceiling(
    rows: Rows,
    people: People,
    said: Said,
    config: EvaluateConfig,
    report: Reporter,
) -> None:
    clips = [clip for clip in people.clips if (clip.person, clip.name) in people.films]
    if not clips:
        return
    films = [(people.films[clip.person, clip.name], len(clip.lips)) for clip in clips]
    looks = look_all(films, config.work, n_workers=config.n_workers, report=report)
    again = fit_again(clips, looks)
    add_ceiling(rows, people, again, SAME_FILM.name, said, seed=config.seed)


def _describe(name: str, kind: str, cases: Sequence[Case]) -> SourceInfo:
    seconds = sum(len(case.sound) for case in cases) / 16_000
    persons = {(case.person, case.language): 0 for case in cases}
    for case in cases:
        persons[case.person, case.language] += 1
    told = tuple(PersonInfo(who, language, n) for (who, language), n in persons.items())
    return SourceInfo(name, kind, seconds, told)


def _able(methods: Sequence[OneOf], cases: Sequence[Case]) -> list[OneOf]:
    """The methods that can perform all of these cases."""
    return [method for method in methods if can_perform(method, cases)]


def _needs_sound_alone(method: Method | Derived) -> bool:
    """What performs sounds without a person: no reference, no map that was fitted to people."""
    if isinstance(method, Derived) or method.info.name.endswith(FITTED):
        return False
    return method.info.kind != REFERENCE


def _no_bank() -> Bank:
    raise ConfigError("the bank is opened where methods perform")
