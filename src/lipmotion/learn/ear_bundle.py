"""The ear's bundle: encoder and head as one streaming graph, with its settings and its card."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

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


def write_ear(
    folder: Path,
    encoder: SpeechEncoder,
    head: LipHead,
    canonical_range: Float32[np.ndarray, " fields"],
    lessons: dict[str, list[Lesson]],
    config: EarConfig,
    card: str,
) -> Path:
    net = StreamingSpeech(encoder, head).eval()
    rng = np.random.default_rng([config.seed, 5])
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
        "config": asdict(config),
        "lessons": {name: len(group) for name, group in lessons.items()},
    }
    manifest = Manifest(KIND, __version__, {}, lip_fields=LIP_FIELDS, settings=settings)
    text = card + "\n## Settings\n\n```json\n" + json.dumps(settings, indent=1) + "\n```\n"
    write_bundle(folder, {GRAPH_NAME: graph}, manifest, text)
    return folder
