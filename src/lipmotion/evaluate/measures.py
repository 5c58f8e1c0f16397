"""What each measure is called, what it means, and what a perfect copy has: text for every table.

Conventions: a measure of `scores.MEASURES` is of people; of speech with known phones and of sounds
without a voice there are a few more. A measure that is new stands here, or no report can hold it.
"""

from typing import Final

from .latents import LATENT_MEASURES
from .report_json import MeasureInfo
from .scores import MEASURES

_PEOPLE, _SPEECH = ("people",), ("speech",)
_REST: Final = ("people", "sounds")
_VOICES: Final = ("people", "speech")

SPEECH_MEASURES: Final[dict[str, float]] = {
    "bilabial_f1": 1.0,
    "bilabial_recall": 1.0,
    "bilabial_precision": 1.0,
    "bilabial_chance": 0.0,
    "labiodental": 1.0,
    "vowel_rounding_f1": 1.0,
}
SOUND_MEASURES: Final[dict[str, float]] = {"stillness": 1.0, "open": 0.0, "jitter": 0.0}
READING_MEASURES: Final[dict[str, float]] = {"reading": 1.0, "reading_share": 1.0}
LUCK_MEASURES: Final[dict[str, float]] = {"bilabial_recall_chance": 0.0}
ALL: Final = {
    **MEASURES, **READING_MEASURES, **SPEECH_MEASURES, **LUCK_MEASURES, **LATENT_MEASURES,
}  # fmt: skip

_RUNS = "Runs matched one to one, centres within 60 ms, the method's lag taken off."
_CLOSED = (
    "A closure begins at aperture ≤ 8 % and ends above 16 % of that owner's speech range above "
    "contact and lasts at most 500 ms. "
)
_R = "Pearson's correlation over hops in speech, "
_CHANCE = "The same F1 for the robot's track turned in a circle by 1 to 5 s: what luck gives."
# name → title, unit, definition, judged, kinds of source
_TEXTS: Final[dict[str, tuple[str, str, str, bool, tuple[str, ...]]]] = {
    "r_aperture": ("r aperture", "", _R + "of the lips' opening, lag taken off.", True, _PEOPLE),
    "r_width": ("r width", "", _R + "of the mouth's width, lag taken off.", True, _PEOPLE),
    "r_asymmetry": (
        "r asymmetry", "",
        _R + "of (corner left − right) + (aperture left − right), lag taken off.", False, _PEOPLE,
    ),
    "r_aperture_lag_0": (
        "r aperture, lag 0", "", _R + "of the lips' opening, as performed.", True, _PEOPLE,
    ),
    "r_width_lag_0": (
        "r width, lag 0", "", _R + "of the mouth's width, as performed.", True, _PEOPLE,
    ),
    "closure_f1": ("closure F1", "", _CLOSED + _RUNS, True, _PEOPLE),
    "closure_precision": (
        "precision", "", "Share of the robot's closures that match one of the person.", False,
        _PEOPLE,
    ),
    "closure_recall": (
        "recall", "", "Share of the person's closures that the robot matches.", False, _PEOPLE,
    ),
    "closure_chance": ("closure chance", "", _CHANCE, False, _PEOPLE),
    "false_closure": (
        "false closure", "",
        "Share of the robot's closed time in speech over 60 ms from any human closure or pause.",
        True, _PEOPLE,
    ),
    "rounding_f1": (
        "rounding F1", "",
        "Runs of −width above the owner's 85th percentile in speech. " + _RUNS, True, _PEOPLE,
    ),
    "rounding_precision": (
        "rounding precision", "", "Share of the robot's rounded runs that match.", False, _PEOPLE,
    ),
    "rounding_recall": (
        "rounding recall", "", "Share of the person's rounded runs that match.", False, _PEOPLE,
    ),
    "rounding_chance": ("rounding chance", "", _CHANCE, False, _PEOPLE),
    "misalignment_ms": (
        "MTM", "ms",
        "Mean temporal misalignment of aperture extrema after warping (Gaussian of 80 ms, "
        "derivative dynamic time warping within ± 300 ms), lag not taken off.", True, _PEOPLE,
    ),
    "amplitude_ratio": (
        "amplitude", "",
        "Robot over human 5–95 % range of aperture, each in its own resting mouth widths.", True,
        _PEOPLE,
    ),
    "jerk_ratio": (
        "jerk", "",
        "Robot over human mean absolute third difference of aperture, both low-passed at 8 Hz.",
        True, _PEOPLE,
    ),
    "jitter": (
        "jitter", "", "Share of the power of the sent commands above 10 Hz.", True,
        ("people", "sounds"),
    ),
    "stillness": (
        "still", "",
        "Share of hops that should be at rest (pauses ≥ 500 ms less 300 ms before and 200 ms after "
        "speech; sounds without a voice) in which aperture, width and corner heights rest.", True,
        _REST,
    ),
    "open": (
        "open", "",
        "Share of such hops with aperture above 15 % of its own 95th percentile in speech.", True,
        _REST,
    ),
    "reading": (
        "read", "",
        "Share of GRID's four-way slots (command, colour, preposition, adverb; chance 0.25) that a "
        "reader taught by people's lips tells from these, lag taken off.", True, _PEOPLE,
    ),
    "reading_share": (
        "read, of the person's", "",
        "The same above chance, as a share of the person's own above chance.", False, _PEOPLE,
    ),
    "latent_error": (
        "latent error", "",
        "1 − R² of latents seen in the native film against those that the face's imagination has "
        "for the person's lips (speech without a film: for ours as planned), lag taken off.", False,
        _VOICES,
    ),
    "latent_distance": (
        "latent distance", "",
        "Their mean squared distance: the paper's measure, for history only. It never hears the "
        "sound; a still mouth wins it against most baselines.", False, _VOICES,
    ),
    "bilabial_f1": (
        "p b m F1", "",
        "Closures against the labelled closures of p b m (those less than 40 ms apart are one), "
        "matched one to one, centres within 60 ms, lag not taken off.", True, _SPEECH,
    ),
    "bilabial_recall": (
        "p b m recall", "",
        "Share of the labelled closures that are matched. Of people: p b m by forced alignment, "
        "those that open an utterance left out, the method's lag taken off.", True, _VOICES,
    ),
    "bilabial_recall_chance": (
        "p b m recall, chance", "",
        "The same recall for the track turned in a circle by 1 to 5 s: what luck gives.", False,
        _PEOPLE,
    ),
    "bilabial_precision": (
        "p b m precision", "",
        "Share of closures that match a labelled one; people close for other sounds, too.", False,
        _SPEECH,
    ),
    "bilabial_chance": ("p b m chance", "", _CHANCE, False, _SPEECH),
    "labiodental": (
        "f v", "",
        "Share of f and v with the lips near (least aperture below half its range in speech) and "
        "not closed: the lower lip is at the teeth.", True, _VOICES,
    ),
    "vowel_rounding_f1": (
        "u o w y F1", "",
        "u o w y told from i e a by whether −width passes the owner's 75th percentile in speech.",
        True, _VOICES,
    ),
}  # fmt: skip


def describe_measures() -> tuple[MeasureInfo, ...]:
    """All measures with their texts, in the order of tables."""
    return tuple(
        MeasureInfo(name, title, unit, told, ALL[name], judged, of)
        for name, (title, unit, told, judged, of) in _TEXTS.items()
    )
