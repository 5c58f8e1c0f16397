"""Watched people as lips to follow: who teaches, who judges, who is left out."""

from pathlib import Path

import numpy as np
import pytest

from lipmotion.learn.people import read_people
from lipmotion.watch.plan import WatchConfig
from lipmotion.watch.run import watch_films

PEOPLE = Path(__file__).parents[2] / "data" / "people"


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = WatchConfig(mirrored=False, language="en", licence="CC BY 4.0")
    return watch_films([PEOPLE], tmp_path_factory.mktemp("watched") / "people", config).folder


def test_a_split_says_who_teaches_and_who_judges(watched: Path) -> None:
    people = read_people([watched], check={"s2/bbws7n"})
    assert [len(track) for track in people.followed] == [150]
    assert [len(track) for track in people.held_out] == [150]
    assert not np.array_equal(people.followed[0], people.held_out[0])
    assert people.licences == ("CC BY 4.0",)
    assert 0.1 < people.aperture_span < 0.6


def test_films_of_the_test_are_not_read(watched: Path) -> None:
    people = read_people([watched], test={"s1/bbwm4n"}, check={"s2/bbws7n"})
    assert people.followed == () and len(people.held_out) == 1
    nobody = read_people([watched], test={"s1/bbwm4n", "s2/bbws7n"})
    assert (nobody.followed, nobody.held_out, nobody.licences) == ((), (), ())
    assert nobody.aperture_span == 0
