"""Somebody else's robot: seven motors with names of its own, some reversed, two on one drive."""

from pathlib import Path

SERVO = (
    "speed_per_s: 6, dead_time_s: 0.02, lag_s: 0.02, backlash: 0.01, hold_error: 0.002, "
    "frame_s: 0.02"
)
ODD = f"""
name: odd
driver: sim
camera: {{size_px: 64, images_hz: 20, delay_s: 0.03}}
motors:
  - {{name: servo_3, group: lips, low: -1, high: 6, unit: mm, rest: 0.143, {SERVO},
     moves: {{upper_lip_left: 1, upper_lip_right: 1}}}}
  - {{name: flap, group: lips, low: 40, high: -10, unit: deg, rest: 0.8, {SERVO},
     moves: {{lower_lip_left: 0.16, lower_lip_right: 0.16}}}}
  - {{name: cheek_l, group: lips, low: -8, high: 5, unit: mm, rest: 0.615, {SERVO},
     moves: {{corner_left_spread: 1}}}}
  - {{name: cheek_r, group: lips, low: 5, high: -8, unit: mm, rest: 0.385, {SERVO},
     moves: {{corner_right_spread: 1}}}}
  - {{name: chin, group: jaw, low: 0, high: 12, unit: deg, rest: 0, {SERVO},
     moves: {{jaw_open: 1}}}}
  - {{name: chin_fine, group: jaw, low: 6, high: -1, unit: mm, rest: 0.857, {SERVO},
     moves: {{jaw_open: 1.5}}}}
  - {{name: tail, group: neck, low: 0, high: 90, unit: deg, rest: 0.5, {SERVO}, moves: {{}}}}
rules: []
"""


def write_odd(folder: Path, *changes: tuple[str, str]) -> Path:
    """Its folder, made there; `changes` are pairs of texts, old and new."""
    text = ODD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "face.yaml").write_text(text, encoding="utf-8")
    return folder
