"""Opens a dataset with lerobot's own reader; prints what it finds as JSON.

Run on its own, as lerobot brings torch, warnings and a cache: `python open_lerobot.py FOLDER NAME`.
"""

import json
import sys
from importlib.metadata import version

import numpy as np


def main(folder: str, name: str) -> None:
    from lerobot.datasets.lerobot_dataset import LeRobotDataset
    from torch.utils.data import DataLoader

    dataset = LeRobotDataset(name, root=folder)
    rows = [dataset[k] for k in range(len(dataset))]
    columns = ("action", "observation.state", "hops.sent", "timestamp", "hop", "episode_index")
    ahead = LeRobotDataset(
        name, root=folder, episodes=[1], delta_timestamps={"action": [-0.04, 0.0, 0.04]}
    )
    batch = next(iter(DataLoader(dataset, batch_size=4, shuffle=True)))
    found = {
        "version": version("lerobot"),
        "fps": dataset.fps,
        "n_episodes": dataset.num_episodes,
        "tasks": [row["task"] for row in rows],
        "grey": [float(row["observation.images.mirror"].mean()) for row in rows],
        "done": [bool(row["next.done"]) for row in rows],
        "mean": np.ravel(dataset.meta.stats["action"]["mean"]).tolist(),
        "ahead": ahead[2]["action"].tolist(),
        "batch": {key: list(v.shape) for key, v in batch.items() if hasattr(v, "shape")},
    }
    found |= {name: [row[name].tolist() for row in rows] for name in columns}
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
