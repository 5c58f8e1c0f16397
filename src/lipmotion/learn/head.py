"""How the head is trained: people's lips, closures that phones and films show, rest in silence.

Losses, in shares of the canonical range so that every field counts alike: squared distance to
people's lips and to their speed, before and after the gates; cross-entropy of the claims; and on
synthetic speech, which has no lips, one-sided pulls of opening and width: closed inside p b m, at
least a floor elsewhere; narrow inside u o w, not narrow in other vowels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import MissingExtraError
from ..lips import LIP_INDEX, N_LIP_FIELDS
from .lessons import CLOSURE, N_CLAIMS, NOBODY, ROUNDING, Lesson, mirror_lips
from .speech import GATED, LipHead, LipNet, gate_lips

try:
    import torch
    import torch.nn.functional as F  # noqa: N812
except ImportError as error:
    raise MissingExtraError("torch", "learn") from error

FIELD_WEIGHTS = {
    "aperture": 1.0,
    "width": 0.6,
    "lower_lip_height": 0.6,
    "upper_lip_height": 0.4,
    "jaw": 0.4,
    "protrusion": 0.1,
}
OTHER_FIELD_WEIGHT = 0.3
VOWEL = 0.28  # opening of a phone above which it is a vowel


@dataclass(frozen=True)
class HeadConfig:
    """How the head is trained.

    Attributes:
        crop_hops: length of a crop.
        n_people, n_spoken, n_heard, n_silent: crops of each kind in a batch.
        blur: noise added to the standardised encoder states.
        shape_weight: of the distance to people's lips.
        speed_weight: of the distance to the lips' speed, beside it.
        claim_weight: of the cross-entropy of claims.
        pull_weight, round_weight: of the one-sided pulls of opening and of width.
        closed_share, floor_share, opening_share: a closure is below `closed_share` of the range; a
            phone of opening h is above floor + h × opening.
        rounded_share, spread_share: widths, as shares of the range, below which rounded vowels and
            above which others are to be; people's own lie there (docs/experiments.md).
    """

    crop_hops: int = 150
    n_people: int = 12
    n_spoken: int = 10
    n_heard: int = 12
    n_silent: int = 5
    blur: float = 0.15
    shape_weight: float = 4.0
    speed_weight: float = 0.5
    claim_weight: float = 0.3
    pull_weight: float = 2.0
    round_weight: float = 0.25
    closed_share: float = 0.0
    floor_share: float = 0.13
    opening_share: float = 0.35
    rounded_share: float = -0.45
    spread_share: float = -0.2


@dataclass(frozen=True)
class Batch:
    """Crops as tensors, (B, T, …); fields as in `Lesson`."""

    states: torch.Tensor
    lips: torch.Tensor
    lips_weight: torch.Tensor
    claims: torch.Tensor
    claims_weight: torch.Tensor
    opening: torch.Tensor
    pull: torch.Tensor


def draw_batch(
    lessons: Mapping[str, Sequence[Lesson]], config: HeadConfig, *, rng: np.random.Generator
) -> Batch:
    """Draws crops: people one after another so that each counts alike, half of them mirrored.

    Args:
        lessons: by person, and by NOBODY.
        config: how many of each.
        rng: draws everything.
    """
    people = [name for name in lessons if name not in NOBODY]
    sizes = np.array([len(lessons[name]) for name in people], float)
    odds = 0.5 * sizes / sizes.sum() + 0.5 / len(people)  # half by minutes, half by person
    names = [people[k] for k in rng.choice(len(people), config.n_people, p=odds)]
    for name, n in zip(NOBODY, (config.n_spoken, config.n_heard, config.n_silent), strict=True):
        names += [name] * n * bool(lessons.get(name))
    crops = [_draw_crop(lessons[name], config.crop_hops, rng) for name in names]
    return Batch(*(torch.from_numpy(np.stack(parts)) for parts in zip(*crops, strict=True)))


def measure_losses(
    head: LipNet,
    batch: Batch,
    canonical_range: torch.Tensor,
    config: HeadConfig,
    *,
    blur: torch.Tensor | None = None,
) -> dict[str, torch.Tensor]:
    """Named losses of a batch; `loss` is what is minimised.

    Args:
        head: the head, or a lip teacher.
        batch: the crops.
        canonical_range: (12,) range of each field.
        config: weights.
        blur: noise like the states, added in units of their standard deviation.
    """
    states = batch.states
    if blur is not None:
        states = states + blur * head.std * config.blur
    outputs = head(states)
    lips = outputs[..., :N_LIP_FIELDS] / canonical_range
    wanted = batch.lips / canonical_range
    fields = _field_weights()
    weight = batch.lips_weight[..., None] * fields
    n_people = batch.lips_weight.sum().clamp(min=1) * fields.sum()
    shown = gate_lips(outputs)[..., :N_LIP_FIELDS] / canonical_range
    shown = torch.where(_is_gated(), shown.clamp(min=0), shown)  # nobody sees lips pressed
    shape, speed = wanted.new_zeros(()), wanted.new_zeros(())
    for given in (lips, shown):  # before the gates and after them
        shape = shape + 0.5 * ((given - wanted) ** 2 * weight).sum() / n_people
        change = given.diff(dim=1) - wanted.diff(dim=1)
        speed = speed + 0.5 * (change**2 * weight[:, 1:]).sum() / n_people

    logits = outputs[..., N_LIP_FIELDS:]
    more = torch.tensor([2.0, 1.0, 2.0, 1.0])
    said = F.binary_cross_entropy_with_logits(
        logits, batch.claims, pos_weight=more, reduction="none"
    )
    per_claim = (said * batch.claims_weight).sum(dim=(0, 1)) / batch.claims_weight.sum(
        dim=(0, 1)
    ).clamp(min=1)
    pull = _pull(lips[..., LIP_INDEX["aperture"]], batch, config)
    loss = config.shape_weight * (shape + config.speed_weight * speed)
    loss = loss + config.claim_weight * per_claim.sum() + config.pull_weight * pull
    loss = loss + config.round_weight * _pull_width(lips[..., LIP_INDEX["width"]], batch, config)
    return {
        "loss": loss,
        "shape": shape,
        "speed": speed,
        "closure": per_claim[CLOSURE],
        "claims": per_claim.sum(),
        "pull": pull,
    }


@torch.no_grad()
def predict_lips(head: LipHead, states: np.ndarray) -> np.ndarray:
    """(T, 384) states → (T, 16) gated lips and claims."""
    tensor = torch.from_numpy(states.astype(np.float32))[None]
    return gate_lips(head(tensor))[0].numpy()


def _pull(aperture: torch.Tensor, batch: Batch, config: HeadConfig) -> torch.Tensor:
    """One-sided: too open in a closure, too closed elsewhere (f v and 40 ms round p b m free)."""
    closed = batch.claims[..., CLOSURE] * batch.pull
    near_closed = F.max_pool1d(closed[:, None], 5, 1, 2)[:, 0]
    is_open = batch.pull * (batch.opening > 0.13) * (1 - near_closed)
    floor = config.floor_share + config.opening_share * batch.opening
    too_open = F.relu(aperture - config.closed_share) ** 2 * closed
    too_closed = F.relu(floor - aperture) ** 2 * is_open
    n_pulled = batch.pull.sum().clamp(min=1)
    return 0.5 * too_open.sum() / closed.sum().clamp(min=1) + too_closed.sum() / n_pulled


def _pull_width(width: torch.Tensor, batch: Batch, config: HeadConfig) -> torch.Tensor:
    """One-sided: too wide in u o w, too narrow in other vowels 40 ms from them and from p b m."""
    near = F.max_pool1d(batch.claims.transpose(1, 2), 5, 1, 2).transpose(1, 2)
    known = batch.pull * batch.claims_weight[..., ROUNDING]
    rounded = known * batch.claims[..., ROUNDING]
    others = known * (batch.opening > VOWEL) * (1 - near[..., ROUNDING]) * (1 - near[..., CLOSURE])
    too_wide = F.relu(width - config.rounded_share) ** 2 * rounded
    too_narrow = F.relu(config.spread_share - width) ** 2 * others
    wide = too_wide.sum() / rounded.sum().clamp(min=1)
    return 0.5 * (wide + too_narrow.sum() / others.sum().clamp(min=1))


def _draw_crop(
    lessons: Sequence[Lesson], crop_hops: int, rng: np.random.Generator
) -> tuple[np.ndarray, ...]:
    lesson = lessons[int(rng.integers(len(lessons)))]
    states = lesson.states[rng.integers(len(lesson.states))]
    start = int(rng.integers(0, max(len(states) - crop_hops, 0) + 1))
    lips = mirror_lips(lesson.lips) if rng.random() < 0.5 else lesson.lips
    arrays = (
        states.astype(np.float32),
        lips,
        lesson.lips_weight,
        lesson.claims,
        lesson.claims_weight,
        lesson.opening,
        lesson.pull,
    )
    return tuple(_cut(array, start, crop_hops) for array in arrays)


def _cut(array: np.ndarray, start: int, crop_hops: int) -> np.ndarray:
    piece = array[start : start + crop_hops]
    missing = crop_hops - len(piece)
    return np.pad(piece, ((0, missing), *((0, 0),) * (piece.ndim - 1))) if missing else piece


def _is_gated() -> torch.Tensor:
    return torch.tensor([k in GATED for k in range(N_LIP_FIELDS)])


def _field_weights() -> torch.Tensor:
    weights = torch.full((N_LIP_FIELDS,), OTHER_FIELD_WEIGHT)
    for name, weight in FIELD_WEIGHTS.items():
        weights[LIP_INDEX[name]] = weight
    return weights


assert N_CLAIMS == 4  # the weights above are written for four
