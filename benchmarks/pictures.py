"""The pictures of the README: a montage of poses, and the face speaking.

    python benchmarks/pictures.py montage [--out docs/pictures/montage.png]
    python benchmarks/pictures.py speaking FILM.mp4 [--from S] [--seconds S] [--out …/speaking.webp]

The montage commands the simulated face like anyone would (`open_face`, `send`) and takes its
portrait. The moving picture is cut from a film that `lipmotion perform` made. Needs Pillow.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from body_poses import POSES as MOUTHS
from PIL import Image, ImageDraw, ImageFont

from lipmotion.face import Face, open_face
from lipmotion.face.sim.camera import PORTRAIT, Camera
from lipmotion.media.video import read_video

PICTURES = Path(__file__).parents[1] / "docs/pictures"
MONTAGE_BYTES, SPEAKING_BYTES = 600_000, 3_000_000  # the most they may weigh
TILE_PX, COLUMNS = 300, 4
CLOSE_UP = replace(PORTRAIT, centre_mm=(0.0, 30.0), height_mm=222.0)
HOLD_HOPS = 40
SPEAKING_HZ = 25
POSES: dict[str, dict[str, float]] = {
    "rest": {},
    "m": MOUTHS["pressed"],
    "f v": MOUTHS["f v"],
    "oo": MOUTHS["oo"],
    "ah": MOUTHS["ah"],
    "ee": MOUTHS["ee"],
    "smile": MOUTHS["smile"],
    "one-sided": MOUTHS["one-sided"],
    "brows": {"brow_left_inner": 0.95, "brow_left_outer": 1.0, "brow_right_inner": 0.05,
              "brow_right_outer": 0.25},
    "blink": {"lid_left_upper": 0.0, "lid_right_upper": 0.0},
    "look aside": {"eye_left_yaw": 0.95, "eye_right_yaw": 0.95, "eye_left_pitch": 0.6,
                   "eye_right_pitch": 0.6, "neck_yaw": 0.58},
    "turn": {"neck_yaw": 0.13, "neck_roll": 0.35, "neck_pitch": 0.56, "eye_left_yaw": 0.62,
             "eye_right_yaw": 0.62, **MOUTHS["ee"]},
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    montage = verbs.add_parser("montage")
    montage.add_argument("--out", type=Path, default=PICTURES / "montage.png")
    speaking = verbs.add_parser("speaking")
    speaking.add_argument("film", type=Path)
    speaking.add_argument("--from", dest="start_s", type=float, default=0.0)
    speaking.add_argument("--seconds", type=float, default=8.0)
    speaking.add_argument("--side", type=int, default=400, help="px")
    speaking.add_argument("--out", type=Path, default=PICTURES / "speaking.webp")
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    if args.verb == "montage":
        make_montage(args.out)
    else:
        make_speaking(args.film, args.out, args.start_s, args.seconds, args.side)
    print(f"{args.out}: {args.out.stat().st_size / 1000:.0f} KB")


def make_montage(out: Path) -> None:
    """Every pose of POSES with its name below, in one PNG."""
    camera = Camera(2 * TILE_PX, CLOSE_UP)
    rows = -(-len(POSES) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * TILE_PX, rows * TILE_PX))
    with open_face("emo", driver="sim") as face:
        for k, (name, changes) in enumerate(POSES.items()):
            for command in (face.spec.rest, face.spec.rest.replace(changes)):
                for _ in range(HOLD_HOPS):
                    face.send(command)
            tile = take_portrait(face, camera)
            write_label(tile, name)
            sheet.paste(tile, (k % COLUMNS * TILE_PX, k // COLUMNS * TILE_PX))
    sheet.save(out, optimize=True)
    check_size(out, MONTAGE_BYTES)


def make_speaking(film: Path, out: Path, start_s: float, length_s: float, side: int) -> None:
    """A silent moving picture (WebP) from a film, at SPEAKING_HZ."""
    images = []
    for frame in read_video(film):
        if frame.time_s >= start_s + length_s:
            break
        if frame.time_s >= start_s + len(images) / SPEAKING_HZ - 1e-6:
            picture = Image.fromarray(np.asarray(frame.image))
            images.append(picture.resize((side, side), Image.Resampling.LANCZOS))
    if not images:
        raise SystemExit(f"{film}: no image after {start_s:g} s")
    for quality in (80, 70, 60, 45, 30):
        images[0].save(
            out, save_all=True, append_images=images[1:], duration=round(1000 / SPEAKING_HZ),
            loop=0, quality=quality, method=4,
        )  # fmt: skip
        if out.stat().st_size <= SPEAKING_BYTES:
            return
    check_size(out, SPEAKING_BYTES)


def take_portrait(face: Face, camera: Camera) -> Image.Image:
    image = Image.fromarray(camera.render(face.pose()))  # type: ignore[attr-defined]
    return image.resize((TILE_PX, TILE_PX), Image.Resampling.LANCZOS)


def write_label(tile: Image.Image, text: str) -> None:
    font = ImageFont.load_default(17)
    draw = ImageDraw.Draw(tile)
    draw.text((12, 10), text, font=font, fill=(40, 52, 64))


def check_size(path: Path, most_bytes: int) -> None:
    size = path.stat().st_size
    if size > most_bytes:
        raise SystemExit(f"{path} weighs {size} bytes, at most {most_bytes} are allowed")


if __name__ == "__main__":
    main()
