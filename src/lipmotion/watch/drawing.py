"""The page of a watched folder: its frame, its colours, and small drawings in SVG."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Float

_WIDTH, _HEIGHT = 240.0, 64.0  # of a curve, in its own units


def draw_curve(values: Float[np.ndarray, " lags"], at: float) -> str:
    """A curve over lags from −1 to 1 with a mark at `at`, and a line at 0."""
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 1.0)
    x = np.linspace(0, _WIDTH, len(values))
    y = _HEIGHT * (1 - (values - low) / (high - low))
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    zero, mark = _HEIGHT * (1 + low / (high - low)), _WIDTH * (at + 1) / 2
    return (
        f"<svg class='curve' viewBox='0 -2 {_WIDTH:.0f} {_HEIGHT + 4:.0f}'>"
        f"<line class='zero' x1='0' x2='{_WIDTH:.0f}' y1='{zero:.1f}' y2='{zero:.1f}'/>"
        f"<line class='zero' x1='{_WIDTH / 2:.0f}' x2='{_WIDTH / 2:.0f}' y1='0' y2='{_HEIGHT}'/>"
        f"<line class='mark' x1='{mark:.1f}' x2='{mark:.1f}' y1='0' y2='{_HEIGHT}'/>"
        f"<polyline points='{points}'/></svg>"
    )


def draw_time(length_s: float, spans: Sequence[tuple[float, float, bool]]) -> str:
    """A film's length as a bar: what was kept lies above, what was refused below."""
    whole = max([length_s, *(end for _, end, _ in spans), 0.1])
    parts = "".join(
        f"<rect class='{'kept' if is_kept else 'refused'}' x='{1000 * start / whole:.1f}' "
        f"width='{max(1000 * (end - start) / whole - 2, 2):.1f}' y='{0 if is_kept else 9}' "
        "height='8'/>"
        for start, end, is_kept in spans
    )
    return (
        "<svg class='time' viewBox='0 0 1000 17' preserveAspectRatio='none'>"
        f"<rect class='all' width='1000' height='17'/>{parts}</svg>"
    )


def format_time(seconds: float) -> str:
    """A duration for people: 12.3 s, 4 min 05 s, 3 h 10 min."""
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    if seconds < 5970:
        whole = round(seconds)
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min"


PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Watched: {title}</title>
<style>
:root {{ color-scheme: light dark; --ink: #1b1f24; --page: #fff; --soft: #6a737d; --line: #d8dee4;
  --card: #f6f8fa; --kept: #1a7f37; --refused: #bc4c00; --mark: #0969da; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #e6edf3; --page: #0d1117; --soft: #8b949e;
  --line: #30363d; --card: #161b22; --kept: #3fb950; --refused: #f0883e; --mark: #58a6ff; }} }}
body {{ font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--page);
  max-width: 76rem; margin: 0 auto; padding: 1rem; }}
h1 {{ font-size: 1.5rem; margin: .4rem 0; }}
h2 {{ font-size: 1.2rem; margin: 2rem 0 .2rem; border-top: 1px solid var(--line);
  padding-top: 1rem; overflow-wrap: anywhere; }}
h3 {{ font-size: .95rem; margin: .4rem 0; overflow-wrap: anywhere; }}
p {{ margin: .3rem 0; }} small, figcaption, .figures span {{ color: var(--soft); }}
.figures {{ display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 1rem 0; }}
.figures b {{ font-size: 1.4rem; display: block; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; display: block;
  overflow-x: auto; }}
td, th {{ padding: .15rem .9rem .15rem 0; text-align: left; border-bottom: 1px solid var(--line); }}
td:not(:first-child) {{ white-space: nowrap; }}
.films {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr));
  gap: 1rem; margin-top: .8rem; }}
article {{ background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: .6rem; border-top: 3px solid var(--refused); min-width: 0; }}
article.kept {{ border-top-color: var(--kept); }}
article > svg[role] {{ width: 100%; height: 11rem; background: #000; border-radius: 4px; }}
.none {{ height: 11rem; display: grid; place-items: center; color: var(--soft);
  background: var(--page); border-radius: 4px; }}
article rect {{ fill: none; stroke: var(--refused); stroke-width: 1.5; stroke-dasharray: 5 4;
  vector-effect: non-scaling-stroke; }}
article rect.kept {{ stroke: var(--kept); stroke-dasharray: none; stroke-width: 2.5; }}
.time {{ width: 100%; height: 1rem; }}
article .time rect {{ stroke: none; fill: var(--refused); }}
article .time rect.kept {{ fill: var(--kept); }} article .time rect.all {{ fill: var(--line); }}
ul {{ margin: .3rem 0 0; padding-left: 1.1rem; font-size: .88rem; overflow-wrap: anywhere; }}
figure {{ margin: .5rem 0; max-width: 30rem; }} figcaption {{ font-size: .85rem; }}
.curve {{ width: 100%; height: 5rem; }}
.curve polyline {{ fill: none; stroke: var(--ink); stroke-width: 1.5; }}
.curve .zero {{ stroke: var(--line); }} .curve .mark {{ stroke: var(--mark); stroke-width: 1.5; }}
</style></head><body>
<h1>Watched: {title}</h1>
{summary}
{reasons}
{sources}
<h2>People: rest and range</h2>
<p>Ranges are 5th to 95th percentile in speech, in resting mouth widths from rest.</p>
{people}
</body></html>
"""
