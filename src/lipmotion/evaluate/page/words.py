"""The first minute: what the figures say, in sentences. Every number is one of the report's."""

from typing import Final

from ..report_json import Chain, Report, Score, SourceInfo
from .figures import (
    ACCEPTED_MS,
    CEILING,
    FOLLOWS,
    UNNOTICED_MS,
    WRONG_SOUND,
    Ranked,
    find_best,
    find_method,
    get_role,
    is_nearer,
    list_languages,
    locate,
    overlap,
    rank,
    show,
    show_lag,
)
from .html import Html, join, number, tag

# kind of source → (headline, measure, what the best does)
_ASKED: Final = {
    "people": (
        ("Closures", "closure_f1", "closes the lips when the person does"),
        ("Opening", "r_aperture", "opens and shuts as the person does"),
        ("Silence", "stillness", "rests in pauses"),
    ),
    "speech": (
        ("p b m", "bilabial_f1", "closes for p, b and m"),
        ("f v", "labiodental", "brings the lip to the teeth for f and v"),
        ("u o w y", "vowel_rounding_f1", "rounds for u, o, w and y"),
    ),
    "sounds": (("Silence", "stillness", "rests where nobody speaks"),),
}
UNNOTICED: Final = "viewers do not notice"
ACCEPTED: Final = "viewers may notice, and accept it"
NOTICED: Final = "viewers notice"
_PLURAL: Final = {"people": "people", "speech": "voices", "sounds": "sounds"}
_SINGULAR: Final = {"people": "person", "speech": "voice", "sounds": "sound"}
_LOST_BY_WRONG_SOUND: Final = ("closure_f1", "r_aperture")
_PARTS: Final = {
    "eye": "seeing (the eye)",
    "body": "the body (skin and servos)",
    "mirror": "the face's own models (the mirror)",
    "hearing": "hearing (sound to lips)",
}


def tell_summary(report: Report) -> Html:
    """One block a source; warnings come before it, elsewhere."""
    blocks = []
    for source in report.sources:
        told = tell_source(report, source)
        if told:
            items = [tag("li", tag("b", head), tag("span", text)) for head, text in told]
            blocks.append(
                tag("section", tag("h3", source.name, " ", tag("small", describe_source(source))),
                    tag("ul", *items), class_="told")
            )  # fmt: skip
    return join(blocks)


def describe_source(source: SourceInfo) -> str:
    """`6 clips of 3 people, en; 24 s`."""
    n_clips, n = sum(person.n_clips for person in source.persons), len(source.persons)
    names = (_SINGULAR if n == 1 else _PLURAL)[source.kind]
    languages = list_languages(source)
    spoken = f", {', '.join(languages)}" if languages else ""
    clips = "clip" if n_clips == 1 else "clips"
    return f"{n_clips} {clips} of {n} {names}{spoken}; {source.seconds:.0f} s"


def tell_source(report: Report, source: SourceInfo) -> list[tuple[str, Html]]:
    """Headlines and their sentences."""
    told = []
    for head, measure, deed in _ASKED[source.kind]:
        sentence = _tell_best(report, source, measure, deed)
        if sentence is not None:
            told.append((head, sentence))
    if source.kind == "people":
        lag = _tell_lag(report, source)
        told[1:1] = [("Lag", lag)] if lag is not None else []
        chain = next((c for c in report.chains if c.source == source.name), None)
        if chain is not None:
            told.append(("Where it is lost", tell_chain(report, chain)))
    return told


def tell_chain(report: Report, chain: Chain) -> Html:
    """What each part of the way costs, greatest last word."""
    place = f"chains[{report.chains.index(chain)}].links"
    parts: list[Html] = []
    for k, link in enumerate(chain.links):
        verb = "costs" if link.loss >= 0 else "gives back"
        loss = number(link.loss, show(abs(link.loss)), f"{place}[{k}].loss")
        parts.append(join([f"{_PARTS.get(link.part, link.part)} {verb} ", loss]))
    worst = max(range(len(chain.links)), key=lambda k: chain.links[k].loss)
    link = chain.links[worst]
    info = next(m for m in report.measures if m.name == chain.measure)
    end = f"; most is lost in {_PARTS.get(link.part, link.part)}." if link.loss > 0 else "."
    return join([f"From a perfect copy to ours, in {info.title}: ", join(parts, ", "), end])


def _tell_best(report: Report, source: SourceInfo, measure: str, deed: str) -> Html | None:
    ranked = rank(report, source.name, measure)
    if not ranked:
        return None
    best = find_best(report, source.name, measure) or ranked[:1]
    title = next(m.title for m in report.measures if m.name == measure)
    parts: list[object] = [_name_all(report, best)]
    figure = _tell_figure(report, best[0], measure)
    if len(ranked) == 1:
        parts = [_name(report, best[0].score), f": {title} ", figure, "."]
    elif len(best) > 1:
        parts += [f" are equal: {title} ", figure, "."]
    else:
        second = ranked[1]
        may = "; the intervals overlap, so the order may be luck." if overlap(
            best[0].figure, second.figure) else "; the intervals do not touch."  # fmt: skip
        parts += [f" {deed} best: {title} ", figure, ". Next comes ", _name(report, second.score),
                  " with ", _tell_figure(report, second, measure), may]  # fmt: skip
    ours = next((one for one in ranked if report.method(one.score.method).is_ours), None)
    shown = {one.score.method for one in [*best, *ranked[1:2]]}
    if ours is not None and ours.score.method not in shown:
        parts += [" The figure of ", _name(report, ours.score), " is ",
                  _tell_figure(report, ours, measure), "."]  # fmt: skip
    if measure == "closure_f1":
        parts += _tell_contact(report, list(dict.fromkeys(
            one.score.method for one in [*best, *ranked[1:2], *([ours] if ours else [])]
        )), source)  # fmt: skip
    ceiling = find_method(report, source.name, measure, CEILING)
    if ceiling is not None:
        is_odd = is_nearer(report, measure, best[0].value, ceiling.value)
        care = ", further from perfect than the best: read this with care." if is_odd else "."
        parts += [" The ceiling is ", _tell_value(report, ceiling, measure), care]
    wrong = find_method(report, source.name, measure, WRONG_SOUND)
    if wrong is not None and measure in _LOST_BY_WRONG_SOUND:
        parts += [" Lips for another sound have ", _tell_value(report, wrong, measure), "."]
    return join(parts)


def _tell_contact(report: Report, methods: list[str], source: SourceInfo) -> list[object]:
    """The same closures by the simulator's true contact: who seals, not only looks closed."""
    scores = {score.method: score for score in report.find_scores(source.name)}
    told: list[object] = []
    for method in methods:
        value = scores[method].true.get("contact_f1")
        if value is not None:
            place = f"{locate(report, scores[method])}.true.contact_f1"
            figure = number(value, show(value), place)
            told += [", " if told else "", _name(report, scores[method]), " ", figure]
    return [" By the simulator's own contact: ", *told, "."] if told else []


def _tell_lag(report: Report, source: SourceInfo) -> Html | None:
    """Ours, and the nearest to 0 of those that follow the person at all."""
    known = [
        (score, score.lag_ms)
        for score in report.find_scores(source.name)
        if score.lag_ms is not None
        and (score.lag_peak or 0) >= FOLLOWS
        and get_role(report.method(score.method)) in ("ours", "rival")
    ]
    if not known:
        return Html(f"Nobody follows these people well enough for a lag to be told (r {FOLLOWS}).")
    nearest = min(known, key=lambda one: abs(one[1]))
    ours = next((one for one in known if report.method(one[0].method).is_ours), nearest)
    parts: list[object] = [_name(report, ours[0]), " is ", _tell_ms(report, *ours), ": "]
    parts.append(judge_lag(ours[1]) + ".")
    if nearest[0] is not ours[0]:
        parts += [" Nearest to the person is ", _name(report, nearest[0]), ", ",
                  _tell_ms(report, *nearest), "."]  # fmt: skip
    return join(parts)


def judge_lag(lag_ms: float) -> str:
    """What viewers make of it. Source: ITU-R BT.1359-1."""
    for (low, high), told in (
        (UNNOTICED_MS, UNNOTICED),
        (ACCEPTED_MS, ACCEPTED),
    ):
        if low <= lag_ms <= high:
            return told
    return NOTICED


def _name(report: Report, score: Score) -> Html:
    method = report.method(score.method)
    return tag("em", method.title, class_=f"is-{get_role(method)}")


def _name_all(report: Report, ranked: list[Ranked]) -> Html:
    names = [_name(report, one.score) for one in ranked]
    if len(names) < 2:
        return join(names)
    return join([join(names[:-1], ", "), " and ", names[-1]])


def _tell_figure(report: Report, one: Ranked, measure: str) -> Html:
    figure, value = one.figure, _tell_value(report, one, measure)
    if figure.low is None or figure.high is None:
        return value
    low = number(figure.low, show(figure.low), one.at(report, measure, "low"))
    high = number(figure.high, show(figure.high), one.at(report, measure, "high"))
    return join([value, tag("small", " (95 %: ", low, " to ", high, ")")])


def _tell_value(report: Report, one: Ranked, measure: str) -> Html:
    return number(one.value, show(one.value), one.at(report, measure))


def _tell_ms(report: Report, score: Score, lag_ms: float) -> Html:
    return number(lag_ms, show_lag(lag_ms), f"{locate(report, score)}.lag_ms")
