"""The ear's bundle: encoder and head as one streaming graph, with its settings and its card."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float32

from .. import __version__
from ..bundle import Manifest
from ..lips import LIP_FIELDS
from ..voice.features import N_FEATURES, START_LEVEL_DB, even_out
from ..voice.speech import CLAIMS, GRAPH_NAME, KIND
from .export import StreamingGraph, write_bundle
from .hear import ENCODER_WIDTH, MOST_RIGHT_HOPS, STEM_HOPS, SpeechEncoder
from .lessons import Lesson
from .recipe import EarConfig
from .speech import STATES, LipHead, StreamingSpeech

SETTINGS_HEAD: Final = "\n## Settings\n\n"


def write_ear(
    folder: Path,
    encoder: SpeechEncoder,
    head: LipHead,
    canonical_range: Float32[np.ndarray, " fields"],
    lessons: dict[str, list[Lesson]],
    config: EarConfig,
    card: str,
) -> Path:
    """Writes what `learn speech` has learned; see `write_speech`."""
    more = {
        "config": asdict(config),
        "lessons": {name: len(group) for name, group in lessons.items()},
    }
    return write_speech(folder, encoder, head, canonical_range, more, card, seed=config.seed)


def write_speech(
    folder: Path,
    encoder: SpeechEncoder,
    head: LipHead,
    canonical_range: Float32[np.ndarray, " fields"],
    more: Mapping[str, Any],
    card: str,
    *,
    seed: int,
) -> Path:
    """Writes a speech bundle as a whole, or nothing.

    Args:
        folder: where it goes; replaced if it is a bundle.
        encoder, head: what hears.
        canonical_range: (12,) range of the canonical owner in speech, resting mouth widths.
        more: further settings of the manifest, JSON values; told in the card, too.
        card: the model card, Markdown.
        seed: draws the sound on which torch and ONNX are compared.

    Raises:
        BundleError: torch and ONNX differ, or the folder holds something else.
    """
    net = StreamingSpeech(encoder, head).eval()
    rng = np.random.default_rng([seed, 5])
    power = rng.exponential(1e-3, (160, 201)).astype(np.float32)
    mel, _ = even_out(power, START_LEVEL_DB)
    graph = StreamingGraph(
        net, mel.reshape(80, N_FEATURES), STATES, {"right_hops": np.array(2, np.int64)}
    )
    settings: dict[str, Any] = {
        "least_lookahead_hops": STEM_HOPS,
        "most_lookahead_hops": STEM_HOPS + MOST_RIGHT_HOPS,
        "claims": CLAIMS,
        "encoder_width": ENCODER_WIDTH,
        "canonical_range": [round(float(value), 4) for value in canonical_range],
        **more,
    }
    manifest = Manifest(KIND, __version__, {}, lip_fields=LIP_FIELDS, settings=settings)
    text = card + SETTINGS_HEAD + "```json\n" + json.dumps(settings, indent=1) + "\n```\n"
    write_bundle(folder, {GRAPH_NAME: graph}, manifest, text)
    return folder
