"""FacialActionTransformer: what is meant → commands of the lip and jaw motors.

In: (T, Z + 12) as Imagination gives it. Out: (T, M) commands in [0, 1] for `motors`, in that order.
It sees a preview of the future (`lookahead_hops`) and uses it to set out early by the body's own
lag. Trained by `learn/act.py`.
"""

from pathlib import Path

from ..bundle import Bundle, OnnxStep
from .bundle import Described, open_self


class FacialActionTransformer(OnnxStep):
    """A Step whose look-ahead is the preview that it was trained with.

    Args:
        bundle: a face's self-model.

    Attributes:
        motors: names of the lip and jaw motors, in the order of its output.
    """

    def __init__(self, bundle: Bundle) -> None:
        settings = bundle.manifest.settings
        super().__init__(bundle.session("act.onnx"), lookahead_hops=int(settings["preview_hops"]))
        self.motors: tuple[str, ...] = tuple(settings["lip_motors"])

    @classmethod
    def open(cls, face: Described, folder: Path | None = None) -> "FacialActionTransformer":
        """From the face's own bundle; see `open_self`."""
        return cls(open_self(face, folder))
