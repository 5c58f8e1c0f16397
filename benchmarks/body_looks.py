"""Other looks for the simulated head: faces of all complexions, as makers might paint them."""

import numpy as np

from lipmotion.face.sim.looks import Looks

Colour = tuple[float, float, float]

_SKINS: tuple[Colour, ...] = ((0.95, 0.82, 0.75), (0.82, 0.62, 0.50), (0.45, 0.30, 0.23))
_LIPS: tuple[Colour, ...] = ((0.85, 0.47, 0.46), (0.72, 0.28, 0.32), (0.48, 0.22, 0.22))


def draw_looks(*, rng: np.random.Generator) -> Looks:
    """Random looks: skin between pale and dark, lips redder than it, anything for the rest."""
    tone = float(rng.uniform(0, len(_SKINS) - 1))
    skin, lips = _blend(_SKINS, tone), _blend(_LIPS, tone)
    return Looks(
        skin=_shake(skin, 0.03, rng),
        blush=_shake(_mix(skin, lips, 0.5), 0.03, rng),
        lids=_shake(_mix(skin, lips, 0.25), 0.03, rng),
        lips=_shake(lips, 0.04, rng),
        brows=_draw(rng, 0.08, 0.45),
        iris=_draw(rng, 0.15, 0.65),
        shell=_draw(rng, 0.15, 0.95),
        rubber=_draw(rng, 0.1, 0.5),
        background_top=_draw(rng, 0.1, 0.95),
        background_bottom=_draw(rng, 0.1, 0.95),
        gloss=float(rng.uniform(0.3, 1.5)),
    )


def _blend(colours: tuple[Colour, ...], at: float) -> Colour:
    low = min(int(at), len(colours) - 2)
    return _mix(colours[low], colours[low + 1], at - low)


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    red, green, blue = (x + share * (y - x) for x, y in zip(a, b, strict=True))
    return red, green, blue


def _shake(colour: Colour, by: float, rng: np.random.Generator) -> Colour:
    red, green, blue = np.clip(np.array(colour) + rng.normal(0, by, 3), 0, 1).tolist()
    return red, green, blue


def _draw(rng: np.random.Generator, low: float, high: float) -> Colour:
    red, green, blue = rng.uniform(low, high, 3).tolist()
    return red, green, blue
