"""The training loop: learns, resumes to the same end, refuses another config."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="learning needs lipmotion[learn]")

from lipmotion.errors import ConfigError
from lipmotion.learn.loop import LoopConfig, train

CONFIG = LoopConfig(
    seed=3, n_steps=60, learning_rate=0.2, n_warmup_steps=5, check_every=20, save_every_s=0.0
)


def _losses(net, rng: np.random.Generator):
    x = torch.from_numpy(rng.normal(size=(32, 3)).astype(np.float32))
    y = x @ torch.tensor([[1.0], [-2.0], [0.5]])
    return {"loss": torch.nn.functional.mse_loss(net(x), y)}


def _net():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Dropout(0.01), torch.nn.Linear(3, 1))


def test_learns_and_leaves_curve_and_config(tmp_path: Path) -> None:
    net = _net()
    run = train(net, _losses, run=tmp_path / "a", config=CONFIG, about={"what": "line"})
    assert _losses(net, np.random.default_rng(9))["loss"].item() < 0.05
    assert {p.name for p in run.iterdir()} >= {"config.json", "curve.csv", "curve.png", "last.pt"}


def test_a_broken_run_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    whole, broken = _net(), _net()
    train(whole, _losses, run=tmp_path / "whole", config=CONFIG, about={})

    class Stop(Exception):
        pass

    def stop(done: int, total: int | None) -> None:
        if done == 33:
            raise Stop

    with pytest.raises(Stop):
        train(broken, _losses, run=tmp_path / "b", config=CONFIG, about={}, progress=stop)
    resumed = _net()
    train(resumed, _losses, run=tmp_path / "b", config=CONFIG, about={})
    for p, q in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(p, q)


def test_another_config_is_refused(tmp_path: Path) -> None:
    train(_net(), _losses, run=tmp_path / "a", config=CONFIG, about={})
    other = dataclasses.replace(CONFIG, seed=4)
    with pytest.raises(ConfigError, match="another loop"):
        train(_net(), _losses, run=tmp_path / "a", config=other, about={})
