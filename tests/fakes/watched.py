"""A small watched folder of made-up people, as `lipmotion watch` would write it."""

from pathlib import Path

import numpy as np

from lipmotion.lips import LIP_FIELDS, LipTrack
from lipmotion.media.flac import write_flac
from lipmotion.vision.measure import KEPT_POINTS
from lipmotion.vision.owner import Owner
from lipmotion.watched import Segment, WatchedFolder, WatchedImages, write_info

N_HOPS = 120


def make_sound(rng: np.random.Generator, aperture: np.ndarray) -> np.ndarray:
    """A buzz, louder where the mouth is open, (320 T,)."""
    t = np.arange(320 * len(aperture)) / 16_000
    buzz = sum(np.sin(2 * np.pi * 120 * k * t + rng.uniform(0, 6)) / k for k in range(1, 12))
    level = np.interp(np.arange(len(t)) / 320, np.arange(len(aperture)), aperture)
    return (0.5 * level / level.max() * buzz / 3).astype(np.float32)


def make_watched(folder: Path, *, n_clips: int = 3, seed: int = 0) -> WatchedFolder:
    """Writes the folder; person `ann` has two clips of three, `bob` the others."""
    rng = np.random.default_rng(seed)
    watched = WatchedFolder(folder)
    write_info(folder, {"mirrored": True})
    nothing = np.zeros(len(LIP_FIELDS))
    for k in range(n_clips):
        who = "bob" if k % 3 == 2 else "ann"
        t = np.arange(N_HOPS) / 50
        in_speech = (t > 0.4) & (t < 2.0)
        waves = rng.uniform(1.5, 5, (12, 4, 1)), rng.uniform(0, 6, (12, 4, 1))
        values = 0.05 * np.sin(2 * np.pi * waves[0] * t + waves[1]).sum(axis=1).T
        values *= np.convolve(in_speech, np.hanning(13) / 6, "same")[:, None]
        values[:, :3] = np.maximum(values[:, :3], 0) + np.abs(rng.normal(0, 1e-3, (N_HOPS, 3)))
        segment = Segment(f"clip-{k}", who, f"clip-{k}.mp4", "en", end_s=2.4, images_hz=25)
        lips = LipTrack(values.astype(np.float32), np.ones(N_HOPS, np.float32), in_speech)
        watched.write_lips(segment, lips)
        write_flac(watched.sound_path(segment), make_sound(rng, 0.02 + values[:, 0]))
        points = np.zeros((60, len(KEPT_POINTS), 3), np.float32)
        points[:, :, 0] = np.linspace(0, 40, len(KEPT_POINTS))
        times_s = np.arange(60) / 25
        watched.write_images(segment, WatchedImages(times_s, np.ones(60, np.float32), points))
        owner = Owner(who, nothing, 0.6, nothing, nothing + 0.2, nothing + 1e-3)
        owner.save(watched.owner_path(who))
        watched.finish(segment)
    watched.write_index()
    return watched
