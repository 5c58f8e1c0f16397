"""A picture → the bytes of a JPEG.

In: (H, W, 3) uint8 RGB. Out: a JPEG with full colour (4:4:4), the same bytes for the same picture.
"""

from fractions import Fraction
from typing import Any, Final

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from jaxtyping import UInt8

_COARSENESS: Final = 4  # of FFmpeg's scale, 2 (fine) to 31; 4 is hardly told from the original


def encode_jpeg(image: UInt8[np.ndarray, "height width 3"]) -> bytes:
    """The picture as a JPEG file."""
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.height, encoder.width = image.shape[:2]
    encoder.pix_fmt = "yuvj444p"
    encoder.color_range = ColorRange.JPEG
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"qmin": str(_COARSENESS), "qmax": str(_COARSENESS), "huffman": "optimal"}
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24").reformat(
        format="yuvj444p", dst_colorspace=Colorspace.ITU601, dst_color_range=ColorRange.JPEG
    )
    return b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None)))
