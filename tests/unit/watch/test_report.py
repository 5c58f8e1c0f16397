"""The page of a watched folder: whole, self-contained, and safe to open."""

import re
from html.parser import HTMLParser
from pathlib import Path
from shutil import copyfile

import numpy as np
import pytest
from fakes.people_films import FILMS

from lipmotion.watch.drawing import draw_curve, draw_time, format_time
from lipmotion.watch.plan import WatchConfig
from lipmotion.watch.report import write_report
from lipmotion.watch.run import watch_films


class Balance(HTMLParser):
    """Every tag that opens closes."""

    VOID = frozenset({"meta", "br", "rect", "line", "image", "polyline"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_the_page_shows_what_was_kept_and_refused(tmp_path: Path) -> None:
    films = tmp_path / "ann"
    films.mkdir()
    copyfile(FILMS["s1"], films / "good.mp4")
    (films / "<b>bad&.mp4").write_text("no film")
    config = WatchConfig(False, licence="CC BY 4.0")
    folder = watch_films([films], tmp_path / "out", config)
    page = write_report(folder).read_text(encoding="utf-8")
    parser = Balance()
    parser.feed(page)
    assert parser.open == []
    assert "<b>bad" not in page and "&lt;b&gt;bad&amp;.mp4" in page
    assert page.count("data:image/jpeg;base64,") == 1
    assert not re.search(r"https?://|<script|src=", page)
    for text in ("not readable as a film", "CC BY 4.0", "3.0 s of 3.0 s kept, sound", "sureness"):
        assert text in page, text
    assert not list(tmp_path.rglob(".*.part"))
    assert write_report(folder).read_text(encoding="utf-8") == page


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (99.94, "99.9 s"),
        (125, "2 min 05 s"),
        (5969, "99 min 29 s"),
        (11_400, "3 h 10 min"),
    ],
)
def test_durations_are_for_people(seconds: float, text: str) -> None:
    assert format_time(seconds) == text


def test_drawings_stay_inside() -> None:
    curve = draw_curve(np.array([-4.0, 0.0, 9.0, 1.0]), 0.5)
    numbers = [float(y) for y in re.findall(r"[\d.]+,([\d.-]+)", curve)]
    assert min(numbers) == 0 and max(numbers) == 64 and "x1='180.0'" in curve
    bar = draw_time(0.0, [(0.0, 2.0, True), (2.0, 4.0, False)])
    assert "x='500.0' width='498.0' y='9'" in bar
