"""The streaming encoder, a student of Whisper that hears content, not voices.

It starts as the stem and first three layers of Whisper `tiny.en` and is changed where a stream
needs it: log-mel features without a look at the clip, attention over at most two seconds of past, a
few hops of future in the first layer alone (any number up to MOST_RIGHT_HOPS: one set of weights),
and positions that come round every 30 s without a seam. `distil.py` trains it, `speech.py` streams
it.
"""

import math
from typing import Final

import numpy as np

from ..errors import MissingExtraError
from ..voice.features import N_BANDS, SPECTRA_PER_HOP
from .teacher import Block, Weights, fill

try:
    import torch
    import torch.nn.functional as F  # noqa: N812
    from torch import nn
except ImportError as error:
    raise MissingExtraError("torch", "learn") from error

PAST_HOPS: Final = 100
MOST_RIGHT_HOPS: Final = 15
STEM_HOPS: Final = 1  # the stem's convolutions reach one hop ahead
ENCODER_WIDTH: Final = 384
N_LAYERS: Final = 3
N_HEADS: Final = 6
POSITION_PERIOD: Final = 1500  # hops; a whole number of turns of every position wave
LONGEST_WAVE: Final = 400  # hops; slower waves say nothing within the band and are held still
HELD_POSITION: Final = 100.0  # hops at which those stand
LONGEST_MAX_HOPS: Final = 10_000.0


class SpeechEncoder(nn.Module):
    """Log-mel features → what is said, at 50 Hz."""

    wave: torch.Tensor
    shift: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.conv_in = nn.Conv1d(N_BANDS, ENCODER_WIDTH, 3, padding=1)
        self.conv_down = nn.Conv1d(ENCODER_WIDTH, ENCODER_WIDTH, 3, stride=2, padding=1)
        self.layers = nn.ModuleList(Block(ENCODER_WIDTH, N_HEADS) for _ in range(N_LAYERS))
        wave, shift = position_waves()
        self.register_buffer("wave", wave, persistent=False)
        self.register_buffer("shift", shift, persistent=False)

    def start_from(self, tiny: Weights) -> None:
        """Takes over stem and layers of Whisper `tiny.en`."""
        fill(self.conv_in, tiny, "conv1")
        fill(self.conv_down, tiny, "conv2")
        for k, layer in enumerate(self.blocks()):
            layer.load(tiny, k)

    def blocks(self) -> list[Block]:
        """The transformer layers in order."""
        return [layer for layer in self.layers if isinstance(layer, Block)]

    def forward(
        self, features: torch.Tensor, right_hops: int, positions: torch.Tensor
    ) -> torch.Tensor:
        """Whole clips at once, for training; `speech.StreamingSpeech` gives the same.

        Args:
            features: (B, T, 160) log-mel.
            right_hops: future hops that the first layer sees, at most MOST_RIGHT_HOPS.
            positions: (B,) position of the first hop, in [0, POSITION_PERIOD).

        Returns:
            (B, T, 384); row k belongs to hop k.
        """
        n_batch, n_hops, _ = features.shape
        mel = features.reshape(n_batch, SPECTRA_PER_HOP * n_hops, N_BANDS).transpose(1, 2)
        x = F.gelu(self.conv_down(F.gelu(self.conv_in(mel)))).transpose(1, 2)
        x = x + self.encode_positions(positions[:, None] + torch.arange(n_hops))
        for k, layer in enumerate(self.blocks()):
            x = layer(x, band_mask(n_hops, right_hops if k == 0 else 0))
        return x

    def encode_positions(self, hops: torch.Tensor) -> torch.Tensor:
        """(…,) hop numbers → (…, 384) position code of period POSITION_PERIOD."""
        return torch.sin(torch.remainder(hops, POSITION_PERIOD)[..., None] * self.wave + self.shift)


def position_waves() -> tuple[torch.Tensor, torch.Tensor]:
    """Frequency (rad a hop) and phase of each channel of the position code, (384,) each.

    Source: Whisper's sinusoids (openai/whisper, model.py, `sinusoids`), frequencies rounded to
    whole turns in POSITION_PERIOD.
    """
    half = ENCODER_WIDTH // 2
    rate = np.exp(-math.log(LONGEST_MAX_HOPS) / (half - 1) * np.arange(half))
    turn = 2 * math.pi / POSITION_PERIOD
    is_slow = rate < 2 * math.pi / LONGEST_WAVE
    wave = np.where(is_slow, 0.0, np.round(rate / turn) * turn)
    shift = np.where(is_slow, rate * HELD_POSITION, 0.0)
    both = np.concatenate([wave, wave]), np.concatenate([shift, shift + math.pi / 2])
    return torch.from_numpy(both[0].astype(np.float32)), torch.from_numpy(
        both[1].astype(np.float32)
    )


def band_mask(n_hops: int, right_hops: int) -> torch.Tensor:
    """(T, T) True where a query (row) may look at a key (column)."""
    ahead = torch.arange(n_hops)[None] - torch.arange(n_hops)[:, None]
    return (ahead >= -PAST_HOPS) & (ahead <= right_hops)
