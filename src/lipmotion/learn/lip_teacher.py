"""The lip teacher: what lips would do in speech that nobody filmed.

A few people were filmed, hundreds were only recorded. The full teachers (`teacher.py`) hear more of
a stranger's lips than the streaming encoder does, and a network behind them may look at all of a
clip, before and after. So it learns from the same lessons, then says for every recorded voice which
lips and claims belong to it, and the head learns those beside people's.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..errors import MissingExtraError
from ..lips import N_LIP_FIELDS
from ..media.sound import read_sound
from ..timing import HOP_SAMPLES
from .listening import TeacherEar
from .speech import LipNet

try:
    import torch
    from torch import nn
except ImportError as error:
    raise MissingExtraError("torch", "learn") from error

WIDTH: Final = 96
DILATIONS: Final = (1, 2, 4, 8, 16)
LONGEST_VOICE_HOPS: Final = 1200  # 24 s of a file
Labels = Float32[np.ndarray, "hops outputs"]


class OpenLayer(nn.Module):
    """A dilated convolution over past and future with a gate, added to what came in."""

    def __init__(self, dilation: int, dropout: float) -> None:
        super().__init__()
        self.conv = nn.Conv1d(WIDTH, 2 * WIDTH, 3, dilation=dilation, padding=dilation)
        self.out = nn.Conv1d(WIDTH, WIDTH, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 96, T) → the same."""
        value, gate = self.conv(x).chunk(2, dim=1)
        return x + self.out(self.dropout(torch.tanh(value) * torch.sigmoid(gate)))


class LipTeacher(LipNet):
    """What the teachers hear → lips and claims, 620 ms before and after each hop.

    Args:
        mean, std, low, high: see `LipNet`.
        dropout: within the layers; half of it before them.
    """

    def __init__(
        self,
        mean: torch.Tensor,
        std: torch.Tensor,
        low: torch.Tensor,
        high: torch.Tensor,
        dropout: float = 0.2,
    ) -> None:
        super().__init__(mean, std, low, high, WIDTH)
        self.dropout = nn.Dropout(dropout / 2)
        self.layers = nn.ModuleList(OpenLayer(d, dropout) for d in DILATIONS)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """(B, T, 896) → (B, T, 16): lips before the gate, then logits of the claims."""
        z = self.first(self.dropout(self.standardise(states))).transpose(1, 2)
        for layer in self.layers:
            z = layer(z)
        return self.read_out(z.transpose(1, 2))


def read_voices(paths: Sequence[Path]) -> Iterator[Float32[np.ndarray, " samples"]]:
    """Each file at 16 kHz, its first 24 s.

    Raises:
        MediaError: a file cannot be read.
    """
    for path in paths:
        yield read_sound(path)[: LONGEST_VOICE_HOPS * HOP_SAMPLES]


def hear_voices(
    paths: Sequence[Path], ear: TeacherEar, *, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """(T, 896) float16 of each voice; to be used once the ear has settled."""
    for sound in read_voices(paths):
        yield ear.listen(sound, len(sound) // HOP_SAMPLES, (), rng=rng)[0]


def label_voice(teachers: Sequence[LipTeacher], states: np.ndarray) -> Labels:
    """Mean of what the lip teachers say of a voice, (T, 16): lips, then how sure each claim is."""
    with torch.no_grad():
        heard = torch.from_numpy(states.astype(np.float32))[None]
        said = torch.stack([teacher.eval()(heard)[0] for teacher in teachers]).mean(dim=0)
    said[:, N_LIP_FIELDS:] = torch.sigmoid(said[:, N_LIP_FIELDS:])
    return said.numpy()


def save_labels(path: Path, labels: Sequence[Labels]) -> None:
    """Writes the labels of all voices, aside and renamed."""
    aside = path.with_name(path.name + ".part")
    with aside.open("wb") as file:
        np.savez(file, *(rows.astype(np.float16) for rows in labels))
    aside.replace(path)


def load_labels(path: Path) -> list[Labels]:
    """Reads what `save_labels` wrote."""
    with np.load(path) as file:
        return [file[name].astype(np.float32) for name in file.files]
