"""Strict YAML: what fits is read by type, everything else is refused with its line."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from lipmotion.config import parse_config, read_config
from lipmotion.errors import ConfigError


@dataclass(frozen=True)
class Servo:
    port: str
    speed: float
    n_ticks: int = 4096


@dataclass(frozen=True)
class Robot:
    name: str
    servo: Servo
    is_left: bool = False
    note: str | None = None
    gains: tuple[float, ...] = ()
    servos: dict[str, Servo] | None = None


GOOD = "name: no\nservo:\n  port: 010\n  speed: 1e-3\n"


def test_scalars_are_read_by_the_asked_type() -> None:
    robot = parse_config(GOOD + "gains: [1, 2.5]\nis_left: true\n", Robot, where="x")
    assert robot == Robot("no", Servo("010", 0.001), is_left=True, gains=(1.0, 2.5))


def test_nested_mappings_by_name() -> None:
    text = GOOD + "servos:\n  a: {port: p, speed: 2}\n"
    assert parse_config(text, Robot, where="x").servos == {"a": Servo("p", 2.0)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            GOOD.replace("speed", "sped"),
            r"x line 4: servo.sped is not a key \(did you mean 'speed'",
        ),
        (GOOD + "name: twice\n", r"x line 5: name stands twice \(first in line 1\)"),
        ("name: a\n", r"servo is missing"),
        (GOOD.replace("1e-3", "fast"), "speed must be a number, got 'fast'"),
        (GOOD + "is_left: yes\n", "must be true or false, got 'yes'"),
        (GOOD + "gains: 3\n", "gains must be a list"),
        ("- a\n", "must be a mapping"),
        ("", "is empty"),
        ("a: [", "not YAML"),
    ],
)
def test_what_does_not_fit_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_config(text, Robot, where="x")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_config(tmp_path / "none.yaml", Robot)
