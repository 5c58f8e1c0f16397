"""Answers of viewers → strengths of methods, as text."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...errors import ConfigError
from .answers import Viewing, read_answers
from .strengths import Strength, score_methods


def read_study(folder: Path, paths: Sequence[Path], *, seed: int) -> str:
    """Scores of all methods from those viewers who looked.

    Raises:
        RecordingError: a file is not what it should be.
        ConfigError: nobody is left, or the methods were not compared with one another.
    """
    key, viewings = read_answers(folder, paths)
    kept = [viewing for viewing in viewings if viewing.fault is None and viewing.wins.sum()]
    if not kept:
        told = "; ".join(f"{v.where}: {v.fault or 'no choice'}" for v in viewings)
        raise ConfigError(f"no viewer is left: {told}")
    wins = np.stack([viewing.wins for viewing in kept])
    try:
        rows = score_methods(list(key.methods), wins, rng=np.random.default_rng(seed))
    except ValueError as error:
        raise ConfigError(f"{folder}: {error}; more answers are needed") from error
    return render_strengths(rows, viewings)


def render_strengths(rows: Sequence[Strength], viewings: Sequence[Viewing]) -> str:
    """A table, and who was left out."""
    lines = ["| method | strength | 95 % | chosen |", "|---|---|---|---|"]
    for row in rows:
        share = f"{row.n_chosen:g} of {row.n_shown:g}" if row.n_shown else "–"
        interval = f"{row.low:+.2f} to {row.high:+.2f}"
        lines.append(f"| {row.method} | {row.strength:+.2f} | {interval} | {share} |")
    refused = [viewing for viewing in viewings if viewing.fault is not None]
    left = [v.share_left for v in viewings if v.fault is None and np.isfinite(v.share_left)]
    lines.append("")
    lines.append(
        f"{len(viewings) - len(refused)} of {len(viewings)} viewings count; "
        f"left was chosen in {np.mean(left):.0%}"
    )
    lines += [f"left out: {viewing.where} {viewing.fault}" for viewing in refused]
    return "\n".join(lines)
