"""What judges is refused where training would take it."""

import json
from pathlib import Path

import numpy as np
import pytest

from lipmotion.errors import ConfigError
from lipmotion.learn.held_out import (
    check_sounds,
    check_text,
    check_voice,
    normalise,
    read_held_out,
)
from lipmotion.learn.sounds import check_spoken, speak_all
from lipmotion.learn.spoken import HELD_OUT, HELD_OUT_VARIANTS, LANGUAGES, VARIANTS

SAID = "¡Mi primo vive en un pueblo pequeño, y vende pan y uvas moradas!"


def test_training_takes_none_of_the_held_out_voices(tmp_path: Path) -> None:
    check_spoken(tmp_path, LANGUAGES, VARIANTS)
    check_spoken(tmp_path, HELD_OUT, HELD_OUT_VARIANTS)
    assert {"kokoro", "piper", "flite", "festival"} <= set(read_held_out().engines)


@pytest.mark.parametrize("text", [SAID, SAID.upper(), f"Oye: {SAID} Nada más.", SAID[10:50]])
def test_text_is_known_however_it_is_written(text: str) -> None:
    with pytest.raises(ConfigError, match=r"spa\.txt: the text .* is held out .*held_out\.yaml"):
        check_text(text, "spa.txt")


def test_other_texts_pass() -> None:
    for text in ("", "primo", "Todos los seres humanos nacen libres e iguales en dignidad."):
        check_text(text, "spa.txt")
    assert normalise("Ὁ παπποῦς, 3 Çà!") == "ο παππουσ 3 ca"


@pytest.mark.parametrize(
    ("engine", "voice"),
    [("espeak-ng 1.52", "tr+Andrea"), ("espeak-ng", "es+MARCO"), ("kokoro 1.0", "new"),
     ("piper", "joe"), ("Festival 2.5", "kal")],
)  # fmt: skip
def test_voice_is_refused(engine: str, voice: str) -> None:
    with pytest.raises(ConfigError, match=r"x: the voice .* is held out .*held_out\.yaml"):
        check_voice(engine, voice, "x")


def test_speaking_refuses_before_a_word_is_said(tmp_path: Path) -> None:
    (tmp_path / "spa.txt").write_text(f"Otras palabras pueden enseñar algo.\n{SAID}\n", "utf-8")
    rng = np.random.default_rng(0)
    with pytest.raises(ConfigError, match="primo"):
        next(speak_all(tmp_path, {"spa": ("es",)}, ("m1",), 1, rng=rng))
    with pytest.raises(ConfigError, match="steph3"):
        next(speak_all(tmp_path, {"fra": ("fr",)}, ("m1", "steph3"), 1, rng=rng))


def test_sounds_made_of_what_judges_are_refused(tmp_path: Path) -> None:
    sound = tmp_path / "x.opus"
    check_sounds([sound])
    for about in ("not JSON", "[1]", json.dumps({"engine": "espeak-ng", "voice": "es+m1"})):
        sound.with_suffix(".json").write_text(about)
        check_sounds([sound])
    for about in ({"engine": "piper"}, {"engine": "espeak-ng", "voice": "es", "text": SAID}):
        sound.with_suffix(".json").write_text(json.dumps(about))
        with pytest.raises(ConfigError, match=r"x\.opus"):
            check_sounds([sound])
