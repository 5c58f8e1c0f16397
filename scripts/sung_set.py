"""The set of songs that know their phones: texts → `benchmarks/sung/`.

    python scripts/sung_set.py --wheels WHEELS [--out benchmarks/sung]

In: `texts.yaml` in the folder; flite on the system; the wheels of Kokoro (benchmarks/sung/README.md
says which); pyworld. Out: NAME_alone and NAME_band (.opus beside .json), in `held/` two held
vowels, in `track/` a song with instrumental breaks, in `whispered/` speech said and whispered, in
`breaths/` breaths; `index.json` with the hash of every file; and the list of texts that training
refuses (`judged_texts.py`).
"""

import argparse
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from judged_texts import SUNG, Song, Songs, read_songs, write_held_out
from spoken_engines import WHEELS, Kokoro, Utterance, say_flite
from spoken_set import CREDITS, find_versions, move_later, write_index, write_labelled
from sung_band import breathe, play_band
from sung_voice import Melody, hold, open_world, say_again, sing, trim_end

from lipmotion.timing import SAMPLE_RATE_HZ

QUIET_S: Final = 0.4  # before and after each song
VOICE_OVER_BAND_DB: Final = 6.0
HELD_S: Final = 4.0
HELD: Final = (("a", "es", "jf_alpha", 233.0), ("o", "es", "jm_kumo", 147.0))
BREAKS_S: Final = (5.0, 6.0, 5.0)  # before, between and after the verses of the track
BREATHS: Final = (  # name, level in dB full scale, breaths (start, length, in or out)
    ("calm", -32.0, ((0.6, 0.9, True), (1.9, 1.3, False))),
    ("gasp", -24.0, ((0.5, 0.35, True), (1.8, 0.3, True))),
    ("sigh", -26.0, ((0.5, 0.6, True), (1.2, 1.6, False))),
    ("panting", -26.0, tuple((0.4 + 0.6 * k, 0.45, k % 2 == 0) for k in range(5))),
    ("quiet", -42.0, ((0.6, 1.0, True), (2.0, 1.2, False))),
    ("near", -18.0, ((0.7, 0.5, True), (1.8, 0.9, False))),
)
WORLD: Final = "WORLD (pyworld; modified BSD): Morise, Yokomori, Ozawa 2016"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheels", type=Path, required=True, help="folder of Kokoro")
    parser.add_argument("--out", type=Path, default=SUNG)
    options = parser.parse_args()
    open_world()  # or not a file is touched
    for old in [*options.out.rglob("*.opus"), *options.out.rglob("*.json")]:
        old.unlink()
    for name in ("held", "track", "whispered", "breaths"):
        (options.out / name).mkdir(parents=True, exist_ok=True)
    write_held_out()
    songs, versions, kokoro = read_songs(), find_versions(), Kokoro(options.wheels)
    spoken = {song.name: say(song, kokoro) for song in songs.songs}
    sung = {
        song.name: sing(spoken[song.name], engine_of(song), melody_of(song)) for song in songs.songs
    }
    for song in songs.songs:
        write_song(options.out, song, sung[song.name], versions)
        if song.name in songs.whispered:
            write_whisper(options.out / "whispered", song, spoken[song.name], versions)
    write_held(options.out / "held", kokoro, versions)
    write_track(options.out / "track", songs, sung, versions)
    write_breaths(options.out / "breaths")
    kept = {name: versions[name] for name in ("flite", "kokoro", "machine")}
    credits = {name: CREDITS[name] for name in ("flite", "kokoro")} | {"world": WORLD}
    wheels = {name: digest for name, digest in WHEELS.items() if "kokoro" in name}
    write_index(options.out, kept, {"credits": credits, "wheels": wheels})


def say(song: Song, kokoro: Kokoro) -> Utterance:
    """The text as it is spoken."""
    if not song.voice:
        return say_flite(song.text, song.singer)
    return trim_end(kokoro.say(song.text, song.voice, song.singer))


def engine_of(song: Song) -> str:
    return "kokoro" if song.voice else "flite"


def melody_of(song: Song) -> Melody:
    return Melody(song.tonic_hz, song.melody, song.stretch, song.vibrato_hz)


def tell(song: Song, versions: dict[str, str], **more: object) -> dict[str, object]:
    """What is known of a song, as it is written."""
    engine = engine_of(song)
    return {
        "language": song.language,
        "lang": song.language,
        "engine": f"{engine} {versions[engine]}",
        "voice": song.singer,
        "text": song.text,
        **more,
    }


def write_song(out: Path, song: Song, sung: Utterance, versions: dict[str, str]) -> None:
    """Alone, and over a band."""
    labels, samples = move_later(sung, QUIET_S), add_quiet(sung.samples)
    write_labelled(out / f"{song.name}_alone", samples, tell(song, versions, over="alone"), labels)
    about = tell(song, versions, over="accompaniment")
    write_labelled(out / f"{song.name}_band", add_band(samples, song), about, labels)


def write_whisper(out: Path, song: Song, spoken: Utterance, versions: dict[str, str]) -> None:
    """The text spoken, not sung: out of WORLD's parts with its voice and without."""
    for name, whispers in (("voiced", False), ("whispered", True)):
        again = say_again(spoken, whispers=whispers)
        about = tell(song, versions, manner=name)
        write_labelled(
            out / f"{song.name}_{name}", add_quiet(again.samples), about, move_later(again, QUIET_S)
        )


def write_held(out: Path, kokoro: Kokoro, versions: dict[str, str]) -> None:
    """Two vowels, held with vibrato. They have no text: `a` would hold out every text with an a."""
    for name, language, voice, pitch_hz in HELD:
        melody = Melody(pitch_hz, (0,), (1.0,), 5.5)
        spoken = trim_end(kokoro.say(f"{name}.", language, voice, speed=0.7))
        held = hold(spoken, "kokoro", melody, HELD_S)
        about = {
            "language": language,
            "lang": language,
            "engine": f"kokoro {versions['kokoro']}",
            "voice": voice,
            "text": "",
        }
        write_labelled(out / name, add_quiet(held.samples), about, move_later(held, QUIET_S))


def write_track(
    out: Path, songs: Songs, sung: dict[str, Utterance], versions: dict[str, str]
) -> None:
    """Verses with a band that plays on before, between and after them."""
    verses = [next(s for s in songs.songs if s.name == name) for name in songs.track]
    phones: list[tuple[float, float, str]] = []
    closures: list[tuple[float, float, str]] = []
    spans: list[tuple[float, float]] = []
    parts: list[np.ndarray] = []
    for verse, pause_s in zip(verses, BREAKS_S, strict=False):
        parts.append(np.zeros(round(pause_s * SAMPLE_RATE_HZ), np.float32))
        at = sum(map(len, parts)) / SAMPLE_RATE_HZ
        moved = move_later(sung[verse.name], at)
        phones += moved["phones"]
        closures += moved["closures"]
        heard = [(start, end) for start, end, name in moved["phones"] if name]
        spans.append((heard[0][0], heard[-1][1]))
        samples = sung[verse.name].samples
        parts.append(samples * np.float32(0.1 / measure_level(samples)))
    parts.append(np.zeros(round(BREAKS_S[-1] * SAMPLE_RATE_HZ), np.float32))
    about = tell(verses[0], versions, over="accompaniment")
    about["voice"] = " and ".join(verse.singer for verse in verses)
    about["text"] = " ".join(verse.text for verse in verses)
    labels = {"phones": phones, "closures": closures, "sung": spans}
    write_labelled(out / "track", add_band(np.concatenate(parts), verses[0]), about, labels)


def write_breaths(out: Path) -> None:
    """Breaths, a few to a sound; synthesised, nobody's."""
    rng = np.random.default_rng(7)
    for name, level_db, breaths in BREATHS:
        last_s = max(start + seconds for start, seconds, _ in breaths)
        samples = np.zeros(round((last_s + 0.6) * SAMPLE_RATE_HZ), np.float32)
        samples += rng.standard_normal(len(samples)).astype(np.float32) * np.float32(
            10 ** (-75 / 20)
        )
        for start, seconds, is_in in breaths:
            at = round(start * SAMPLE_RATE_HZ)
            breath = breathe(seconds, is_in=is_in, rng=rng)
            samples[at : at + len(breath)] += breath * np.float32(10 ** (level_db / 20))
        sound = out / f"{name}.opus"  # as loud as it is: breaths are faint
        soundfile.write(sound, samples, SAMPLE_RATE_HZ, format="OGG", subtype="OPUS")


def add_quiet(samples: np.ndarray) -> np.ndarray:
    quiet = np.zeros(round(QUIET_S * SAMPLE_RATE_HZ), np.float32)
    return np.concatenate([quiet, samples, quiet])


def add_band(samples: np.ndarray, song: Song) -> np.ndarray:
    """The voice VOICE_OVER_BAND_DB louder than a band that plays all along."""
    band = play_band(
        len(samples),
        song.tonic_hz,
        song.chords,
        song.beats_per_minute,
        rng=np.random.default_rng(len(samples)),
    )
    gain = measure_level(samples) / measure_level(band) * 10 ** (-VOICE_OVER_BAND_DB / 20)
    return samples + np.float32(gain) * band


def measure_level(samples: np.ndarray) -> float:
    """RMS of the samples' hops that are no more than 30 dB below the loudest."""
    n_hops = len(samples) // 320
    power = (samples[: 320 * n_hops].reshape(n_hops, 320).astype(float) ** 2).mean(axis=1)
    return float(np.sqrt(power[power > 1e-3 * power.max()].mean()))


if __name__ == "__main__":
    main()
