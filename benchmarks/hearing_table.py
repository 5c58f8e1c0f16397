"""The table of `hearing.py`: a row a figure, a column a way of hearing, as Markdown.

In: what `judge` found, way by way. Out: text. Nothing is computed here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Found = Mapping[str, Any]

PEOPLE_FIGURES = (
    ("r_aperture", "r opening, mean over clips"),
    ("r_width", "r width, mean over clips"),
    ("rounding_f1", "rounding F1"),
    ("amplitude_ratio", "amplitude ratio"),
    ("jerk_ratio", "jerk ratio"),
    ("stillness", "still in pauses"),
    ("open", "open in pauses"),
)


def draw_table(found: Mapping[str, Found]) -> str:
    """Every figure of every way."""
    columns = {way: dict(list_rows(one)) for way, one in found.items()}
    rows = list(dict.fromkeys(label for column in columns.values() for label in column))
    lines = [f"| | {' | '.join(columns)} |", "|---" * (1 + len(columns)) + "|"]
    for label in rows:
        cells = " | ".join(column.get(label, "–") for column in columns.values())
        lines.append(f"| {label} | {cells} |")
    return "\n".join(lines)


def list_rows(found: Found) -> Iterator[tuple[str, str]]:
    """Label and text of each figure of one way."""
    for name, one in found.items():
        if isinstance(one, Mapping) and "figures" in one and "/" not in name:
            yield from list_people(name, one)  # persons of their own stand in the JSON
    for name, one in found.get("words", {}).items():
        label = f"{name}: rounding AUC by width, meant; people's own"
        yield label, f"{show(one['meant'])}; {show(one['people'])}"
    for name, one in found.get("phones", {}).items():
        yield from list_phones(name, one)
    for name, one in found.get("hard", {}).items():
        for what, row in one.items():
            text = f"{show(row['r_aperture'])} (pooled {show(row['pooled'])})"
            lost = "" if what == "clean" else f", lost {show(row['loss'])}"
            yield f"{name}: r opening, {what}", text + lost
    for name in ("sounds", "breaths"):
        if name in found:
            still, gape = found[name], found[f"{name}_open"]
            least = min(still, key=lambda key: still[key])
            most = max(gape, key=lambda key: gape[key])
            yield f"{name}: still, mean; least", f"{mean(still)}; {show(still[least])} {least}"
            yield f"{name}: open, mean; most", f"{mean(gape)}; {show(gape[most])} {most}"
    if "breaks" in found:
        one = found["breaks"]
        yield "instrumental breaks: still; open", f"{show(one['still'])}; {show(one['open'])}"
        yield "song with breaks: lips awake in what is sung", show(one["awake_in_song"])
    for name, one in found.get("held", {}).items():
        yield (
            f"held {name}: ripple; opening, of the reach",
            f"{show(one['ripple'])}; {show(one['opening'])}",
        )
    if "loud" in found:
        one = found["loud"]
        yield "8 dB louder: × as wide", f"{show(one['wider'])} ({one['n_halves']} halves)"
    if "whispered" in found:
        one = found["whispered"]
        yield (
            "whispered / voiced: amplitude; r opening",
            f"{show(one['amplitude_ratio'])}; {show(one['r_aperture'])}",
        )
    if "speed" in found:
        one = found["speed"]
        yield (
            "one hop, ms: p99 (p50); CPU time",
            (
                f"{one['wall_p99_ms']} ({one['wall_p50_ms']}); "
                f"{one['cpu_p99_ms']} ({one['cpu_p50_ms']}); load {one['load']}"
            ),
        )


def list_people(name: str, one: Found) -> Iterator[tuple[str, str]]:
    figures = one["figures"]
    for field in ("aperture", "width"):
        pooled = one["pooled"][f"r_{field}"]
        what = "opening" if field == "aperture" else field
        persons = f"{pooled['n_persons']} person{'s' * (pooled['n_persons'] != 1)}"
        yield (
            f"{name}: r {what}, pooled, {persons}",
            f"{show(pooled['value'])} ({show(pooled['low'])} … {show(pooled['high'])})",
        )
    for key, label in PEOPLE_FIGURES:
        figure = figures[key]
        yield (
            f"{name}: {label}",
            f"{show(figure['value'])} ({show(figure['low'])} … {show(figure['high'])})",
        )
    f1, precision, recall, chance = (
        show(figures[f"closure_{key}"]["value"]) for key in ("f1", "precision", "recall", "chance")
    )
    yield (
        f"{name}: closure F1 (precision, recall); chance",
        f"{f1} ({precision}, {recall}); {chance}",
    )


def list_phones(name: str, one: Found) -> Iterator[tuple[str, str]]:
    for group, row in one.items():
        if "closure_f1" not in row:
            continue
        label = f"{name}, {group}"
        yield (
            f"{label}: closure F1 (precision, recall); inside; chance",
            (
                f"{show(row['closure_f1'])} ({show(row['precision'])}, {show(row['recall'])}); "
                f"{show(row['inside_f1'])}; {show(row['chance'])}"
            ),
        )
        yield (
            f"{label}: rounding AUC by width; protrusion",
            f"{show(row['rounding_auc'])}; {show(row['forward_auc'])}",
        )
        yield f"{label}: shut in vowels", show(row["shut_in_vowels"])
    for key, label in (("closure_f1", "closure F1"), ("rounding_auc", "rounding AUC")):
        row = one[f"languages_{key}"]
        yield (
            f"{name}, languages: {label}, mean; worst",
            f"{show(row['mean'])}; {show(row['worst'])} {row['language']}",
        )


def mean(values: Mapping[str, float]) -> str:
    return show(sum(values.values()) / len(values))


def show(value: float | None) -> str:
    """Two digits; three where the third is the first that shows."""
    if value is None:
        return "–"
    return f"{value:.3f}" if 0 < abs(value) < 0.01 else f"{value:.2f}"
