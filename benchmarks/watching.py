"""How fast are films watched, beside the tracker alone?

    python benchmarks/watching.py FILM…          writes benchmarks/results/watching.json

The tracker's limit is decoding each image and finding the 478 points in it, with the mirror image;
watching adds cuts, further faces, the sound, its lips, and what is written. Processor time of one
process, models opened before, the two in turn, the median over the rounds.
"""

import argparse
import json
import platform
import statistics
import tempfile
import time
from pathlib import Path

from lipmotion.media.video import read_video, read_video_info
from lipmotion.vision.landmarks import track_points
from lipmotion.watch.film import MOST_PX, Senses, watch_film
from lipmotion.watched import Segment, WatchedFolder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("films", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results/watching.json")
    args = parser.parse_args()
    senses = Senses.open(mirrored=True)
    rows = [measure(film, senses, args.rounds) for film in args.films]
    share = statistics.median(row["share_of_limit"] for row in rows)
    result = {
        "machine": f"{platform.system()} {platform.machine()}, shared",
        "median_share_of_limit": share,
        "films": rows,
    }
    args.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


def measure(film: Path, senses: Senses, n_rounds: int) -> dict:
    info = read_video_info(film)
    alone, whole = [], []
    for k in range(n_rounds):
        began = time.process_time()
        images = (frame.image for frame in read_video(film, most_px=MOST_PX))
        for _ in track_points(images, senses.landmarker):
            pass
        alone.append(time.process_time() - began)
        with tempfile.TemporaryDirectory() as place:
            began = time.process_time()
            segment = Segment(f"{film.stem}-{k}", "person", film.name)
            record = watch_film(film, segment, WatchedFolder(Path(place)), senses)
            whole.append(time.process_time() - began)
    limit, took = statistics.median(alone), statistics.median(whole)
    return {
        "size_px": [info.width, info.height],
        "images_hz": round(info.images_hz, 1),
        "seconds": round(info.duration_s, 1),
        "faces": len({part.face for part in record.parts}),
        "tracker_times_real_time": round(info.duration_s / limit, 1),
        "watch_times_real_time": round(info.duration_s / took, 1),
        "share_of_limit": round(limit / took, 2),
    }


if __name__ == "__main__":
    main()
