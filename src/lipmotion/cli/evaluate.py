"""`lipmotion evaluate`: how good the lips are, against people and against what must lose."""

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import CycloptsError, Parameter

from .checks import SEED, at_least
from .progress import show_progress

_Many = tuple[Path, ...]


def evaluate(
    *,
    face: Annotated[str, Parameter(help="name of a face, or a folder with face.yaml")] = "emo",
    data: Annotated[
        _Many,
        Parameter(
            help="people: folders of films, or made by `watch`", consume_multiple=True, negative=""
        ),
    ] = (),
    films: Annotated[
        _Many,
        Parameter(
            help="films of watched folders, for the ceiling; with --study NAME=FOLDER each",
            consume_multiple=True,
            negative="",
        ),
    ] = (),
    split: Annotated[
        Path | None, Parameter(help="table person,name,split: only `test` is scored")
    ] = None,
    lessons: Annotated[
        _Many,
        Parameter(
            help="more watched folders whose `train` clips teach what is fitted to people",
            consume_multiple=True,
            negative="",
        ),
    ] = (),
    align: Annotated[
        _Many,
        Parameter(
            help="folders with NAME.align of GRID's films, for lip-reading and phones",
            consume_multiple=True,
            negative="",
        ),
    ] = (),
    speech: Annotated[
        _Many,
        Parameter(
            help="folders of sounds, each with NAME.json of its phones",
            consume_multiple=True,
            negative="",
        ),
    ] = (),
    sounds: Annotated[
        _Many,
        Parameter(help="folders of sounds without a voice", consume_multiple=True, negative=""),
    ] = (),
    methods: Annotated[
        tuple[str, ...],
        Parameter(
            name=["--methods", "--method"],
            consume_multiple=True,
            negative="",
            help="names of methods, or arkit:FILE.csv (or a folder of them); all",
        ),
    ] = (),
    rivals: Annotated[
        Path | None, Parameter(help="folder that rivals are installed in; [default: our own]")
    ] = None,
    install_rivals: Annotated[
        _Many | None,
        Parameter(
            help="installs what is missing of the rivals, there or in our own folder, and ends",
            consume_multiple=True,
            negative="",
        ),
    ] = None,
    bank: Annotated[
        Path | None, Parameter(help="a babble recording; else two minutes are babbled now")
    ] = None,
    out: Annotated[Path, Parameter(help="folder of report.json, report.md, report.html")] = Path(
        "report"
    ),
    clips: Annotated[
        int | None, Parameter(help="at most so many of each source", validator=at_least(1))
    ] = None,
    lookahead: Annotated[
        int, Parameter(help="ms that ours may hear ahead", validator=at_least(0))
    ] = 300,
    keep_films: Annotated[
        int,
        Parameter(
            help="clips of each source whose films and film strips are kept, to look at",
            validator=at_least(0),
        ),
    ] = 0,
    workers: Annotated[int, Parameter(help="processes", validator=at_least(1))] = 1,
    seen_only: Annotated[
        bool, Parameter(help="leave out the film as the robot's camera gives it", negative="")
    ] = False,
    quick: Annotated[bool, Parameter(help="a first look in minutes", negative="")] = False,
    seed: Annotated[int, Parameter(help="of every draw", validator=SEED)] = 0,
    pair: Annotated[
        tuple[Path, Path] | None,
        Parameter(help="a person's film and a robot's, or folders of them", negative=""),
    ] = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        Parameter(help="two reports: what got better or worse", negative=""),
    ] = None,
    page: Annotated[
        Path | None, Parameter(help="a report.json: makes report.html beside it anew")
    ] = None,
    study: Annotated[
        Path | None, Parameter(help="folder of a study with viewers, made from --films NAME=FOLDER")
    ] = None,
    study_read: Annotated[
        _Many,
        Parameter(help="viewers' answers to --study: scores", consume_multiple=True, negative=""),
    ] = (),
    viewers: Annotated[
        int, Parameter(help="numbers that a study has plans for", validator=at_least(1, 999))
    ] = 60,
    trials: Annotated[
        int, Parameter(help="questions a viewer, catch trials not counted", validator=at_least(1))
    ] = 24,
) -> int | None:
    """Judges the lips of a face; --pair judges any two films, --compare two reports."""
    asked = {
        "--pair": pair,
        "--compare": compare,
        "--page": page,
        "--study": study,
        "--install-rivals": install_rivals,
    }
    given = [name for name, value in asked.items() if value is not None]
    if len(given) > 1:
        raise CycloptsError(msg=f"give {' or '.join(given)}, not both")
    if study_read and study is None:
        raise CycloptsError(msg="--study-read needs --study OUT, the folder with key.json")
    if install_rivals is not None:
        if len(install_rivals) > 1:
            raise CycloptsError(msg="--install-rivals takes one folder")
        _install_rivals(install_rivals[0] if install_rivals else _find_rivals_home())
        return None
    if study is not None and study_read:
        _read_study(study, study_read, seed)
        return None
    if study is not None:
        _build_study(study, films, viewers, trials, seed)
        return None
    if page is not None:
        _draw_page(page)
        return None
    if pair is not None:
        _judge_pair(pair, out, split, workers, seed)
        return None
    if compare is not None:
        return _compare(compare, seed)
    from ..evaluate.plan import EvaluateConfig
    from ..evaluate.report_md import render_source
    from ..evaluate.run import evaluate as judge

    tokens = sys.argv[1:] if sys.argv[1:2] == ["evaluate"] else ["evaluate"]
    command = " ".join(["lipmotion", *(_plain(token) for token in tokens)])
    config = EvaluateConfig(
        out=out, face=face, data=data, films=films, split=split, lessons=lessons, aligns=align,
        speech=speech, sounds=sounds, methods=methods, rivals=_find_rivals(rivals), bank=bank,
        n_clips=clips, lookahead_ms=lookahead, n_workers=workers, is_quick=quick,
        n_kept_films=keep_films, is_native=not seen_only, seed=seed, command=command,
    )  # fmt: skip
    with show_progress() as begin:
        found = judge(config, report=begin)
    for warning in found.warnings:
        print(f"Warning: {warning}")
    for source in found.sources:
        print(f"\n{source.name}\n{render_source(found, source)}")
    names = ", ".join(str(out / f"report.{kind}") for kind in ("json", "md", "html"))
    print(f"\n{names}: {found.made.seconds:.0f} s")
    return None


def _judge_pair(
    films: tuple[Path, Path], out: Path, split: Path | None, n_workers: int, seed: int
) -> None:
    from ..evaluate.clip_list import read_scored
    from ..evaluate.page.page import write_page
    from ..evaluate.pair import find_pairs, judge_pairs
    from ..evaluate.report_file import write_report
    from ..evaluate.report_md import render_source

    pairs = find_pairs(*films, None if split is None else read_scored(split))
    with show_progress() as begin:
        told = begin("looking at films")
        found = judge_pairs(pairs, out / "work", n_workers=n_workers, seed=seed, progress=told)
    write_report(found, out / "pair.json")
    page = write_page(out / "pair.json")
    print(render_source(found, found.sources[0]))
    print(f"\n{out / 'pair.json'}, {page}")


def _draw_page(report: Path) -> None:
    from ..evaluate.page.page import write_page

    print(write_page(report))


def _build_study(out: Path, films: _Many, n_viewers: int, n_trials: int, seed: int) -> None:
    from ..evaluate.study.build import build_study, find_folders

    folders = find_folders([str(path) for path in films])
    key = build_study(folders, out, n_viewers=n_viewers, n_trials=n_trials, seed=seed)
    clips = {clip for _, clip in key.films.values()}
    print(f"{out / 'index.html'}: {len(key.methods)} methods at {len(clips)} clips; keep key.json")


def _read_study(folder: Path, answers: _Many, seed: int) -> None:
    from ..evaluate.study.read import read_study

    print(read_study(folder, answers, seed=seed))


def _install_rivals(folder: Path) -> None:
    from ..evaluate.rivals.install import install_rivals

    with show_progress() as begin:
        found = install_rivals(folder, progress=lambda told: begin(told, told)(0, None))
    print(f"{folder}: {'; '.join(found)}")


def _find_rivals(folder: Path | None) -> Path | None:
    """The folder named, or our own if something is there."""
    if folder is not None and not folder.is_dir():
        raise CycloptsError(msg=f"{folder}: no such folder; --install-rivals {folder} makes it")
    own = _find_rivals_home()
    return folder or (own if own.is_dir() else None)


def _find_rivals_home() -> Path:
    """Where rivals are installed unless a folder is named."""
    folders = {"win32": "AppData/Local", "darwin": "Library/Application Support"}
    home = Path.home() / folders.get(sys.platform, ".local/share")
    return Path(os.environ.get("XDG_DATA_HOME") or home) / "lipmotion" / "rivals"


def _compare(paths: tuple[Path, Path], seed: int) -> int:
    from ..evaluate.compare import compare_reports, render_comparison
    from ..evaluate.report_file import read_report
    from . import WORSE

    found = compare_reports(read_report(paths[0]), read_report(paths[1]), seed=seed)
    print(render_comparison(found))
    return WORSE if any(change.is_alarm for change in found) else 0


def _plain(token: str) -> str:
    """A token of the command line; of a path outside this folder only its name."""
    return Path(token).name if token.startswith("/") else token
