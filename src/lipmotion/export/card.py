"""The card of a data set (README.md), by which the Hugging Face Hub and its readers know it."""

import json
import re
from typing import Final

from .. import __version__
from .datasheet import SHEET_NAME, Facts, count, fill
from .lerobot_format import CAMERA, VERSION

CARD_NAME: Final = "README.md"
_HUB_LICENCE: Final = re.compile(r"[a-z0-9][a-z0-9.-]*")  # how the Hub writes them: cc-by-4.0


def write_card(facts: Facts) -> str:
    """The card of the data set with these numbers."""
    rows, info = facts.rows, facts.info
    licence = facts.licence or "unknown"
    if not _HUB_LICENCE.fullmatch(licence):
        licence = f"other\nlicense_name: {json.dumps(licence)}"
    head = f"""---
license: {licence}
task_categories:
- robotics
tags:
- LeRobot
- robot face
- lip sync
configs:
- config_name: default
  data_files: data/*/*.parquet
---

# The robot face `{info.face}` before its mirror

"""
    text = fill(
        f"""
{count(len(rows), "image")} in {count(len(rows.lengths), "episode")}
({len(rows) / rows.images_hz / 60:.1f} minutes at {rows.images_hz:g} images a second) of a robot
face that moves its {len(info.motors)} motors and sees itself, with the commands that were sent.
Written by lipmotion {__version__} in the format LeRobotDataset {VERSION}. What it holds, how it was
made and what it is good for: [{SHEET_NAME}]({SHEET_NAME})."""
    )
    return f"""{head}{text}

```python
from lerobot.datasets.lerobot_dataset import LeRobotDataset

dataset = LeRobotDataset("{facts.repo_id}", root="THIS FOLDER")
row = dataset[0]  # action, observation.state, {CAMERA}, task, …
```
"""
