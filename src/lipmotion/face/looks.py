"""Looks: what a simulated face looks like. Colours, and what it has for hair, ears and neck.

In: nothing, or the `looks` of a `face.yaml`, or a random generator. Out: a frozen `Looks`. Colours
are sRGB in [0, 1], as one picks them; every other number lies in [0, 1] as well.
"""

import dataclasses
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float32

Colour = tuple[float, float, float]

HAIR: Final = ("helmet", "cap", "none")
EARS: Final = ("module", "none")
NECKS: Final = ("ribbed", "rods")


@dataclass(frozen=True)
class Looks:
    """Colours (sRGB, 0 to 1) and what makes one face differ from another; the default is `emo`.

    Attributes:
        hair: ``helmet``, a hard shell; ``cap``, hair of soft silicone; ``none``, a bare skull.
        hair_colour: of the cap.
        ears: ``module``, round with a ring of light, or ``none``.
        neck: ``ribbed`` rubber, or rubber with steel ``rods`` before it.
        metal: colour of the rods.
        gloss: strength of highlights on the skin, 1 = oily.
        lip_gloss: strength of highlights on the lips, 1 = wet.
        pores, freckles, seams: how much is seen of each, 0 = nothing.
    """

    skin: Colour = (0.90, 0.745, 0.665)
    blush: Colour = (0.88, 0.50, 0.46)
    lids: Colour = (0.89, 0.725, 0.645)
    lips: Colour = (0.73, 0.34, 0.36)
    lips_inside: Colour = (0.48, 0.14, 0.16)
    brows: Colour = (0.27, 0.19, 0.16)
    lashes: Colour = (0.13, 0.09, 0.09)
    iris: Colour = (0.35, 0.57, 0.62)
    sclera: Colour = (0.92, 0.915, 0.91)
    pupil: Colour = (0.02, 0.02, 0.03)
    shell: Colour = (0.93, 0.94, 0.95)
    trim: Colour = (0.20, 0.22, 0.25)
    rubber: Colour = (0.25, 0.27, 0.30)
    metal: Colour = (0.70, 0.72, 0.75)
    accent: Colour = (0.25, 0.85, 0.86)
    hair_colour: Colour = (0.30, 0.20, 0.15)
    teeth: Colour = (0.94, 0.925, 0.88)
    gums: Colour = (0.70, 0.36, 0.37)
    tongue: Colour = (0.56, 0.25, 0.26)
    cavity: Colour = (0.17, 0.04, 0.05)
    background_top: Colour = (0.80, 0.85, 0.89)
    background_bottom: Colour = (0.62, 0.68, 0.74)
    hair: str = "helmet"
    ears: str = "module"
    neck: str = "rods"
    gloss: float = 0.5
    lip_gloss: float = 0.8
    pores: float = 0.6
    freckles: float = 0.0
    seams: float = 0.6

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name in _CHOICES:
                if value not in _CHOICES[field.name]:
                    allowed = ", ".join(_CHOICES[field.name])
                    raise ValueError(f"{field.name} is {value!r}, allowed: {allowed}")
                continue
            numbers = value if isinstance(value, tuple) else (value,)
            if not all(0 <= number <= 1 for number in numbers):
                raise ValueError(f"{field.name} is {value}, allowed 0 to 1")


_CHOICES: Final = {"hair": HAIR, "ears": EARS, "neck": NECKS}

DESIGNS: Final = {
    "android": Looks(),
    "warm": Looks(
        skin=(0.91, 0.735, 0.635), blush=(0.90, 0.50, 0.42), lids=(0.85, 0.65, 0.56),
        lips=(0.74, 0.33, 0.33), brows=(0.33, 0.20, 0.14), iris=(0.42, 0.30, 0.18),
        shell=(0.90, 0.86, 0.80), trim=(0.36, 0.28, 0.24), rubber=(0.42, 0.34, 0.30),
        accent=(0.98, 0.72, 0.42), hair_colour=(0.36, 0.21, 0.14),
        background_top=(0.90, 0.87, 0.82), background_bottom=(0.76, 0.70, 0.64),
        hair="cap", freckles=0.45, seams=0.45,
    ),
    "graphite": Looks(
        skin=(0.83, 0.64, 0.54), blush=(0.80, 0.42, 0.37), lids=(0.75, 0.54, 0.46),
        lips=(0.68, 0.29, 0.31), brows=(0.16, 0.12, 0.11), iris=(0.40, 0.46, 0.36),
        shell=(0.24, 0.25, 0.27), trim=(0.12, 0.13, 0.14), rubber=(0.17, 0.18, 0.19),
        accent=(0.98, 0.62, 0.22), metal=(0.72, 0.70, 0.67),
        background_top=(0.70, 0.74, 0.77), background_bottom=(0.47, 0.51, 0.55),
        hair="none", neck="rods", seams=0.8,
    ),
}  # fmt: skip

# From light to dark; lips and shade of a face are drawn from its skin.
_SKINS: Final = np.array(
    [
        (0.96, 0.83, 0.76), (0.91, 0.75, 0.66), (0.85, 0.66, 0.55), (0.76, 0.56, 0.43),
        (0.64, 0.44, 0.33), (0.50, 0.33, 0.25), (0.38, 0.25, 0.20),
    ]
)  # fmt: skip
_IRISES: Final = np.array(
    [(0.30, 0.52, 0.58), (0.36, 0.48, 0.62), (0.40, 0.46, 0.36), (0.42, 0.30, 0.18),
     (0.25, 0.16, 0.11), (0.45, 0.48, 0.50)]
)  # fmt: skip
_HAIRS: Final = np.array([(0.10, 0.08, 0.08), (0.30, 0.19, 0.13), (0.52, 0.36, 0.22),
                          (0.46, 0.20, 0.12), (0.62, 0.61, 0.60)])  # fmt: skip


def to_linear(colour: Colour) -> Float32[np.ndarray, "3"]:
    """Linear light of an sRGB colour. Source: IEC 61966-2-1."""
    c = np.array(colour, np.float64)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4).astype(np.float32)


def draw_looks(*, rng: np.random.Generator) -> Looks:
    """A plausible face at random, for learning and tests that must not depend on one look.

    Lips are always redder than the skin and stand out from it; everything else is free.
    """
    tone = rng.uniform(0, len(_SKINS) - 1)
    low = min(int(tone), len(_SKINS) - 2)
    skin = _SKINS[low] + (tone - low) * (_SKINS[low + 1] - _SKINS[low])
    skin = skin * (1 + rng.normal(0, 0.015, 3))
    red, dark = rng.uniform(0.0, 1.0), tone / (len(_SKINS) - 1)
    share = (0.84 + 0.32 * dark, 0.50 - 0.10 * red - 0.04 * dark, 0.58 - 0.08 * red)
    lips = skin * share * (1 + rng.normal(0, 0.03, 3))
    shell = rng.uniform(0.12, 0.95) + rng.normal(0, 0.03, 3)
    wall = rng.uniform(0.3, 0.9) + rng.normal(0, 0.05, 3)
    hair = _HAIRS[rng.integers(len(_HAIRS))] + rng.normal(0, 0.03, 3)
    accent = np.roll([rng.uniform(0.2, 0.5), rng.uniform(0.5, 1.0), 1.0], rng.integers(3))
    return Looks(
        skin=_fit(skin), blush=_fit(skin * (0.96, 0.66, 0.68)),
        lids=_fit(skin * (0.93, 0.88, 0.88)), lips=_fit(lips),
        lips_inside=_fit(lips * (0.64, 0.42, 0.46)),
        brows=_fit(np.minimum(0.9 * hair, 0.62 * skin)), lashes=_fit(0.35 * hair + 0.03),
        iris=_fit(_IRISES[rng.integers(len(_IRISES))] + rng.normal(0, 0.04, 3)),
        sclera=_fit(rng.uniform(0.86, 0.94) + rng.normal(0, 0.01, 3)),
        shell=_fit(shell), trim=_fit(0.35 * shell), rubber=_fit(rng.uniform(0.12, 0.5) + 0 * shell),
        accent=_fit(accent), hair_colour=_fit(hair),
        teeth=_fit(rng.uniform(0.84, 0.96) * np.array([1, 0.985, rng.uniform(0.90, 0.96)])),
        background_top=_fit(wall), background_bottom=_fit(wall * rng.uniform(0.6, 1.0)),
        hair=str(rng.choice(HAIR)), ears=str(rng.choice(EARS)), neck=str(rng.choice(NECKS)),
        gloss=float(rng.uniform(0.2, 0.9)), lip_gloss=float(rng.uniform(0.2, 1.0)),
        pores=float(rng.uniform(0, 1)), freckles=float(max(0.0, rng.uniform(-0.6, 1))),
        seams=float(rng.uniform(0, 1)),
    )  # fmt: skip


def _fit(colour: np.ndarray) -> Colour:
    red, green, blue = (round(float(c), 4) for c in np.clip(colour, 0.01, 0.99))
    return red, green, blue
