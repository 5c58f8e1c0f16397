"""SpeechModel's training twin: encoder → lips, whole clips for training and hop by hop for export.

The head is a causal network on the frozen encoder, without look-ahead of its own. It gives twelve
lip shapes and four claims (closed, rounded, lower lip at the teeth, somebody speaks). Where a
closure is sure, and a lip at the teeth not much surer, the aperture is led past contact; where none
is claimed lips stay apart; where nobody speaks they are led to rest: the gates are part of the
graph.
"""

from typing import Final

from ..errors import MissingExtraError
from ..lips import LIP_INDEX, MIRRORED, N_LIP_FIELDS
from ..voice.features import N_BANDS, N_FEATURES
from .hear import (
    ENCODER_WIDTH,
    MOST_RIGHT_HOPS,
    N_HEADS,
    N_LAYERS,
    PAST_HOPS,
    POSITION_PERIOD,
    SpeechEncoder,
)
from .teacher import Block

try:
    import torch
    import torch.nn.functional as F  # noqa: N812
    from torch import nn
except ImportError as error:
    raise MissingExtraError("torch", "learn") from error

CLAIMS: Final = ("closure", "rounding", "labiodental", "voice")
N_OUTPUTS: Final = N_LIP_FIELDS + len(CLAIMS)
HEAD_WIDTH: Final = 80
DILATIONS: Final = (1, 2, 4, 8, 16)
PRESSED: Final = -0.03  # aperture of a sure closure, resting mouth widths past contact
CLOSE_FROM, CLOSE_TO = 0.3, 0.7  # claims between which the aperture is led from lips to contact
TEETH_OVER, TEETH_SURE = 0.2, 0.4  # in f v the lip meets the teeth: that claim beyond a closure's
TEETH_FROM, TEETH_TO = 0.3, 0.5
APART: Final = 0.034  # least aperture where no closure is claimed: 12 % of people's range in speech
APART_BELOW, APART_TO = 0.2, 0.5  # claims of a closure between which lips are let together
REST_BELOW, SPEAK_ABOVE = 0.3, 0.65  # claims of a voice between which lips are led from rest
GATED: Final = tuple(LIP_INDEX[n] for n in ("aperture", "aperture_left", "aperture_right"))
MEMORY_HOPS: Final = PAST_HOPS + MOST_RIGHT_HOPS
MOST_COUNTED: Final = 4096.0  # hops; only "is there history yet" is asked of the count
FORBIDDEN: Final = -1e9

STATES: Final = {
    "count": (2,),  # hops heard (up to MOST_COUNTED), position of the next hop
    "mel": (2, N_FEATURES),  # the last two hops of features
    "held": (MOST_RIGHT_HOPS, ENCODER_WIDTH),  # what waits for its future in the first layer
    "keys": (N_LAYERS, MEMORY_HOPS, ENCODER_WIDTH),
    "values": (N_LAYERS, MEMORY_HOPS, ENCODER_WIDTH),
    "head": (2 * sum(DILATIONS), HEAD_WIDTH),
}


class GatedLayer(nn.Module):
    """A dilated causal convolution with a gate, added to what came in."""

    def __init__(self, dilation: int, dropout: float) -> None:
        super().__init__()
        self.n_past = 2 * dilation
        self.conv = nn.Conv1d(HEAD_WIDTH, 2 * HEAD_WIDTH, 3, dilation=dilation)
        self.out = nn.Conv1d(HEAD_WIDTH, HEAD_WIDTH, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor, past: torch.Tensor) -> torch.Tensor:
        """(B, 80, T) and the (B, 80, 2 × dilation) before it → (B, 80, T)."""
        value, gate = self.conv(torch.cat([past, x], dim=2)).chunk(2, dim=1)
        return x + self.out(self.dropout(torch.tanh(value) * torch.sigmoid(gate)))


class LipNet(nn.Module):
    """What is heard → lips and claims; how, is told by those that extend it.

    A sound does not tell left from right, so both sides of the mouth are one; and whatever is
    heard, no lips come out beyond those that people were seen to make.

    Args:
        mean, std: (W,) of what is heard, by which it is standardised.
        low, high: (12,) least and greatest lip shape.
        width: of the layers.
    """

    mean: torch.Tensor
    std: torch.Tensor
    low: torch.Tensor
    high: torch.Tensor

    def __init__(
        self,
        mean: torch.Tensor,
        std: torch.Tensor,
        low: torch.Tensor,
        high: torch.Tensor,
        width: int,
    ) -> None:
        super().__init__()
        for name, value in (("mean", mean), ("std", std), ("low", low), ("high", high)):
            self.register_buffer(name, value)
        self.first = nn.Linear(len(mean), width)
        self.last = nn.Linear(width, N_OUTPUTS)

    def standardise(self, heard: torch.Tensor) -> torch.Tensor:
        """(…, W) → the same, of mean 0 and spread 1 over the lessons."""
        return (heard - self.mean) / self.std

    def read_out(self, z: torch.Tensor) -> torch.Tensor:
        """(…, width) → (…, 16): both sides alike, within the range of people's lips."""
        y = self.last(F.relu(z))
        lips = y[..., :N_LIP_FIELDS]
        lips = 0.5 * (lips + lips[..., list(MIRRORED)])
        return torch.cat([lips.clamp(self.low, self.high), y[..., N_LIP_FIELDS:]], dim=-1)


class LipHead(LipNet):
    """Encoder states → lips and claims, causal.

    Args:
        mean, std, low, high: see `LipNet`.
        dropout: within the layers.
    """

    def __init__(
        self,
        mean: torch.Tensor,
        std: torch.Tensor,
        low: torch.Tensor,
        high: torch.Tensor,
        dropout: float = 0.15,
    ) -> None:
        super().__init__(mean, std, low, high, HEAD_WIDTH)
        self.layers = nn.ModuleList(GatedLayer(d, dropout) for d in DILATIONS)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """(B, T, 384) → (B, T, 16): lips before the gate, then logits of CLAIMS."""
        z = self.first(self.standardise(states)).transpose(1, 2)
        for layer in self.gated():
            z = layer(z, z.new_zeros(z.shape[0], HEAD_WIDTH, layer.n_past))
        return self.read_out(z.transpose(1, 2))

    def gated(self) -> list[GatedLayer]:
        """The convolutions in order."""
        return [layer for layer in self.layers if isinstance(layer, GatedLayer)]


def gate_lips(outputs: torch.Tensor) -> torch.Tensor:
    """(…, 16) the head's outputs → (…, 16) lips after all gates, then claims as probabilities."""
    lips, claims = outputs[..., :N_LIP_FIELDS], torch.sigmoid(outputs[..., N_LIP_FIELDS:])
    closure, at_teeth, voice = claims[..., :1], claims[..., 2:3], claims[..., -1:]
    gated = lips.new_tensor([float(k in GATED) for k in range(N_LIP_FIELDS)])
    is_teeth = _ramp(at_teeth - closure, TEETH_OVER, TEETH_SURE)
    apart = 1 - _ramp(closure, APART_BELOW, APART_TO)
    apart = torch.maximum(apart, is_teeth * _ramp(at_teeth, TEETH_FROM, TEETH_TO))
    lips = lips + apart * gated * (APART - lips).clamp(min=0)
    closed = _ramp(closure, CLOSE_FROM, CLOSE_TO) * (1 - is_teeth)
    lips = lips + closed * gated * (lips.clamp(max=PRESSED) - lips)
    return torch.cat([lips * _ramp(voice, REST_BELOW, SPEAK_ABOVE), claims], dim=-1)


def _ramp(x: torch.Tensor, low: float, high: float) -> torch.Tensor:
    return ((x - low) / (high - low)).clamp(0, 1)


class StreamingSpeech(nn.Module):
    """Encoder and head hop by hop; see `bundle.py` for the convention, STATES for the memory.

    Output row n belongs to hop n − 1 − right_hops: one hop for the stem, the rest for the first
    layer. Nothing it remembers grows, and what was not yet heard is never looked at.
    """

    def __init__(self, encoder: SpeechEncoder, head: LipHead) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(
        self,
        x: torch.Tensor,
        count: torch.Tensor,
        mel: torch.Tensor,
        held: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        head: torch.Tensor,
        right_hops: torch.Tensor,
    ) -> tuple[torch.Tensor, ...]:
        """(T, 160) features → (T, 16) as `gate_lips` gives, and the next states.

        Args:
            x: features.
            count, mel, held, keys, values, head: the states.
            right_hops: () int64, future hops of the first layer, at most MOST_RIGHT_HOPS.
        """
        steps = torch.arange(x.shape[0])
        first = count[0] - 1  # the stem is one hop behind
        z, next_mel = self._stem(x, mel, first)
        z = z + self.encoder.encode_positions(count[1] - 1 + steps)

        waiting = torch.cat([held, z])  # (15 + T, 384)
        query = waiting.index_select(0, steps + MOST_RIGHT_HOPS - right_hops)
        next_keys, next_values = [], []
        for k, layer in enumerate(self.encoder.blocks()):
            right = right_hops if k == 0 else torch.zeros_like(right_hops)
            newest = first if k == 0 else first - right_hops
            source = z if k == 0 else query
            query, own_keys, own_values = _attend(
                layer, query, source, keys[k], values[k], right, newest
            )
            next_keys.append(own_keys)
            next_values.append(own_values)
        is_heard = (first - right_hops + steps >= 0)[:, None]
        y, next_head = self._head(query, head, is_heard)
        next_count = torch.stack(
            [
                (count[0] + x.shape[0]).clamp(max=MOST_COUNTED),
                torch.remainder(count[1] + x.shape[0], POSITION_PERIOD),
            ]
        )
        next_held = waiting[-MOST_RIGHT_HOPS:]
        memory = torch.stack(next_keys), torch.stack(next_values)
        return y, next_count, next_mel, next_held, *memory, next_head

    def _stem(
        self, x: torch.Tensor, mel: torch.Tensor, first: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """(T, 160) → (T, 384) for the hops from `first` on, and the last two hops of features."""
        both = torch.cat([mel, x])  # (2 + T, 160)
        spectra = both.reshape(1, -1, N_BANDS).transpose(1, 2)
        fine = F.gelu(F.conv1d(spectra, self.encoder.conv_in.weight, self.encoder.conv_in.bias))
        fine = fine[:, :, :-1]  # (1, 384, 2T + 1)
        before = 2 * first - 1  # index of the first of them on the 10 ms grid
        fine = fine * (before + torch.arange(fine.shape[2]) >= 0)
        conv = self.encoder.conv_down
        z = F.gelu(F.conv1d(fine, conv.weight, conv.bias, stride=2))
        return z[0].transpose(0, 1), both[-2:]

    def _head(
        self, states: torch.Tensor, past: torch.Tensor, is_heard: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        z = self.head.first(self.head.standardise(states))
        kept, at = [], 0
        for layer in self.head.gated():
            z = z * is_heard  # before the stream there is silence, not a guess
            own = past[at : at + layer.n_past]
            at += layer.n_past
            kept.append(torch.cat([own, z])[-layer.n_past :])
            z = layer(z.T[None], own.T[None])[0].T
        return gate_lips(self.head.read_out(z)), torch.cat(kept)


def _attend(
    layer: Block,
    query: torch.Tensor,
    source: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    right_hops: torch.Tensor,
    newest: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """One layer of the encoder with a memory.

    Args:
        layer: the layer.
        query: (T, 384) the hops to be worked on, `right_hops` behind the source.
        source: (T, 384) the hops that are new.
        keys, values: (115, 384) of the hops before them.
        right_hops: () future hops each query sees.
        newest: () index of the first new hop in the stream; below 0 = before it.

    Returns:
        (T, 384) the layer's output for the queries, and the memory after.
    """
    width = ENCODER_WIDTH
    weight, bias = layer.query_key_value.weight, layer.query_key_value.bias
    normed = layer.attention_norm(source)
    keys = torch.cat([keys, F.linear(normed, weight[width : 2 * width], bias[width : 2 * width])])
    values = torch.cat([values, F.linear(normed, weight[2 * width :], bias[2 * width :])])
    asked = F.linear(layer.attention_norm(query), weight[:width], bias[:width])

    offset = torch.arange(keys.shape[0]) - MEMORY_HOPS  # (115 + T,), 0 = the first new hop
    ahead = offset[None] - torch.arange(query.shape[0])[:, None] + right_hops
    is_seen = (ahead >= -PAST_HOPS) & (ahead <= right_hops) & (newest + offset >= 0)[None]
    split = (-1, N_HEADS, width // N_HEADS)
    q, k, v = (z.reshape(split).transpose(0, 1) for z in (asked, keys, values))  # (6, …, 64)
    score = q @ k.transpose(1, 2) * (width // N_HEADS) ** -0.5
    share = torch.softmax(score.masked_fill(~is_seen, FORBIDDEN), dim=-1)
    seen = (share @ v).transpose(0, 1).reshape(-1, width)
    query = query + layer.attention_out(seen)
    return query + layer.think(query), keys[-MEMORY_HOPS:], values[-MEMORY_HOPS:]
