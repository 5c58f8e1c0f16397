"""The one training loop: seeded, resumable at any moment, with its curve drawn and its config kept.

A run is a folder: `config.json` (what was asked), `last.pt` (where it stands), `best.pt` (least
validation loss), `curve.csv` and `curve.png`. The draws of step k depend on the seed and k alone,
so a run that was killed and taken up again ends where it would have ended.
"""

import csv
import dataclasses
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np

from ..errors import ConfigError, MissingExtraError, RecordingError

try:
    import torch
except ImportError as error:
    raise MissingExtraError("torch", "learn") from error

Losses = Mapping[str, "torch.Tensor"]
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class LoopConfig:
    """How long and how fast to learn.

    Attributes:
        seed: seed of every draw.
        n_steps: steps in all.
        learning_rate: peak of a cosine schedule with warm-up (AdamW).
        weight_decay: of AdamW.
        n_warmup_steps: linear warm-up.
        clip_norm: greatest norm of the gradient.
        check_every: steps between validations (and curve points).
        save_every_s: seconds between checkpoints.
    """

    seed: int
    n_steps: int
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    n_warmup_steps: int = 50
    clip_norm: float = 1.0
    check_every: int = 100
    save_every_s: float = 60.0


def train(
    net: "torch.nn.Module",
    losses_of: Callable[["torch.nn.Module", np.random.Generator], Losses],
    *,
    run: Path,
    config: LoopConfig,
    about: Mapping[str, Any],
    validate: Callable[["torch.nn.Module"], Mapping[str, float]] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Trains a net in place and leaves it with its best weights.

    Args:
        net: the module; parameters with `requires_grad` are learned.
        losses_of: draws a batch from the given generator and gives named scalar losses; `loss` is
            the one that is minimised, the others are only drawn.
        run: the run's folder; taken up again where it stands if it holds the same config.
        config: the loop's settings.
        about: everything else that defines the run, JSON values; written beside the config.
        validate: net → named losses on held-out data; `loss` picks the best weights. Called in
            eval mode without gradients. None keeps the last weights.
        progress: called with (steps done, steps in all).

    Returns:
        The run's folder.

    Raises:
        ConfigError: the folder holds a run with another config.
        RecordingError: the loss is not finite, or the run is damaged.
    """
    run.mkdir(parents=True, exist_ok=True)
    _keep_config(run, config, about)
    optimizer = torch.optim.AdamW(
        [p for p in net.parameters() if p.requires_grad],
        config.learning_rate,
        weight_decay=config.weight_decay,
    )
    first, best, curve = _resume(run, net, optimizer)
    saved_at = time.monotonic()
    recent: list[dict[str, float]] = []
    for step in range(first, config.n_steps):
        net.train()
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * _schedule(step, config)
        torch.manual_seed(_torch_seed(config.seed, step))  # dropout has no generator of its own
        losses = losses_of(net, np.random.default_rng([config.seed, step]))
        optimizer.zero_grad(set_to_none=True)
        losses["loss"].backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), config.clip_norm)
        optimizer.step()
        recent.append({name: value.item() for name, value in losses.items()})
        if not math.isfinite(recent[-1]["loss"]):
            raise RecordingError(f"{run}: the loss is {recent[-1]['loss']} at step {step}")
        done = step + 1
        if done % config.check_every == 0 or done == config.n_steps:
            point = {"step": float(done), **_mean(recent)}
            recent = []
            if validate is not None:
                net.eval()
                with torch.no_grad():
                    held_out = validate(net)
                point |= {f"val_{name}": value for name, value in held_out.items()}
                if held_out["loss"] < best:
                    best = held_out["loss"]
                    _save(run / "best.pt", {"net": net.state_dict(), "step": done})
            curve.append(point)
            _draw_curve(run, curve)
        if time.monotonic() - saved_at > config.save_every_s or done == config.n_steps:
            state = {"net": net.state_dict(), "optimizer": optimizer.state_dict()}
            _save(run / "last.pt", {**state, "step": done, "best": best, "curve": curve})
            saved_at = time.monotonic()
        if progress is not None:
            progress(done, config.n_steps)
    if (run / "best.pt").is_file():
        net.load_state_dict(torch.load(run / "best.pt", weights_only=True)["net"])
    net.eval()
    return run


def _keep_config(run: Path, config: LoopConfig, about: Mapping[str, Any]) -> None:
    wanted = json.loads(json.dumps({"loop": dataclasses.asdict(config), **about}, sort_keys=True))
    path = run / "config.json"
    if not path.is_file():
        _write(path, json.dumps(wanted, indent=1, sort_keys=True) + "\n")
        return
    try:
        found = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise RecordingError(f"{path}: damaged: {error}; delete the folder {run}") from error
    differing = sorted(k for k in {*found, *wanted} if found.get(k) != wanted.get(k))
    if differing:
        raise ConfigError(
            f"{path}: holds a run with another {', '.join(differing)}; "
            "choose a new folder or delete this one"
        )


def _resume(
    run: Path, net: "torch.nn.Module", optimizer: "torch.optim.Optimizer"
) -> tuple[int, float, list[dict[str, float]]]:
    path = run / "last.pt"
    if not path.is_file():
        return 0, math.inf, []
    try:
        state = torch.load(path, weights_only=True)
        net.load_state_dict(state["net"])
        optimizer.load_state_dict(state["optimizer"])
        return state["step"], state["best"], state["curve"]
    except (OSError, RuntimeError, KeyError, ValueError, EOFError, UnpicklingError) as error:
        raise RecordingError(f"{path}: damaged: {error}; delete the folder {run}") from error


def _schedule(step: int, config: LoopConfig) -> float:
    warm = min(1.0, (step + 1) / max(config.n_warmup_steps, 1))
    return warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / config.n_steps)))


def _torch_seed(seed: int, step: int) -> int:
    return int(np.random.SeedSequence([seed, step]).generate_state(1)[0])


def _mean(points: list[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([p[name] for p in points])) for name in points[0]}


def _save(path: Path, state: Mapping[str, Any]) -> None:
    aside = path.with_suffix(".part")
    torch.save(state, aside)
    aside.replace(path)


def _write(path: Path, text: str) -> None:
    aside = path.with_suffix(".part")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)


def _draw_curve(run: Path, curve: list[dict[str, float]]) -> None:
    names = list(dict.fromkeys(name for point in curve for name in point))
    aside = run / "curve.part"
    with aside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(curve)
    aside.replace(run / "curve.csv")

    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for name in names:
        if name != "step":
            points = [(p["step"], p[name]) for p in curve if name in p]
            style = "--" if name.startswith("val_") else "-"
            axes.plot(*zip(*points, strict=True), style, label=name, linewidth=1.2)
    axes.set(xlabel="step", ylabel="loss", title=run.name)
    if all(v > 0 for point in curve for k, v in point.items() if k != "step"):
        axes.set_yscale("log")
    axes.legend(fontsize=7)
    figure.savefig(run / "curve.png", dpi=110)
