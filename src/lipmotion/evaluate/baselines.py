"""What stands beside every method: a still mouth, loudness, the wrong sound, and human lips.

In: a face and what a baseline needs (nothing, a sound, a person's lips). Out: commands as they are
sent, (T, M): row k is the command for time k / 50. Only lips and jaw move.
"""

import numpy as np
from jaxtyping import Float32

from ..commands import CommandTrack
from ..face.base import FaceSpec
from ..face.limits import Limits
from ..lips import LipTrack
from ..perform.performer import open_path
from ..selfmodel.act import FacialActionTransformer
from ..selfmodel.imagine import Imagination
from ..step import Chain, run_offline
from ..timing import HOP_MS
from ..voice.features import LogMel
from ..voice.loudness import Loudness
from ..voice.sources import cut_hops
from ..voice.speech import SpeechModel


def hold_still(spec: FaceSpec, n_hops: int) -> CommandTrack:
    """A still mouth: the rest pose."""
    return CommandTrack(spec.motor_names, np.repeat(spec.rest.values[None], n_hops, axis=0))


class Performer:
    """The ways from sound or lips to a face's commands.

    Args:
        spec: the face; its bundle lies in its folder.
        lookahead_ms: of the path from sound, in all.

    Raises:
        BundleError: a bundle is missing, damaged, or made for another face.
    """

    def __init__(self, spec: FaceSpec, *, lookahead_ms: int) -> None:
        self._spec = spec
        self._imagination = Imagination.open(spec)
        self._act = FacialActionTransformer.open(spec)
        self._limits = Limits(spec)
        self._lookahead_ms = lookahead_ms

    def follow_sound(self, sound: Float32[np.ndarray, " samples"]) -> CommandTrack:
        """Ours: the path of `perform`, still but for lips and jaw."""
        path = open_path(self._spec, lookahead_ms=self._lookahead_ms, is_still=True)
        commands = run_offline(path, cut_hops(sound))
        return CommandTrack(self._spec.motor_names, commands.astype(np.float32))

    def plan_sound(
        self, sound: Float32[np.ndarray, " samples"]
    ) -> Float32[np.ndarray, "hops fields"]:
        """The lips that ours means, (T, 12), before its mirror: negative apertures are pressed."""
        own_hops = self._imagination.lookahead_hops + self._act.lookahead_hops
        left_hops = self._lookahead_ms // HOP_MS - own_hops
        hearing = Chain((LogMel(), SpeechModel.open(lookahead_hops=left_hops)))
        return run_offline(hearing, cut_hops(sound))

    def imagine(
        self, shapes: Float32[np.ndarray, "hops fields"]
    ) -> Float32[np.ndarray, "hops fields"]:
        """Lip shapes → those that this robot means by them, within what it can do."""
        return self._imagination.split(run_offline(self._imagination, shapes))[1]

    def imagine_latents(
        self, shapes: Float32[np.ndarray, "hops fields"]
    ) -> Float32[np.ndarray, "hops latents"]:
        """Lip shapes → the latents of this robot making them, (T, Z)."""
        return self._imagination.split(run_offline(self._imagination, shapes))[0]

    @property
    def preview_hops(self) -> int:
        """By how much commands set out before the lips that they make."""
        return self._act.lookahead_hops

    def follow_loudness(self, sound: Float32[np.ndarray, " samples"]) -> CommandTrack:
        """Level in dB opens the mouth: the same mirror, no hearing of words."""
        return self.follow_shapes(run_offline(Loudness(), cut_hops(sound)))

    def bring_near(
        self, lips: LipTrack, opening: float | None
    ) -> Float32[np.ndarray, "hops fields"]:
        """A person's lips as the face is asked for them, see `Imagination.bring_near`.

        Args:
            lips: in resting mouth widths: a wide mouth is asked of the robot as wide.
            opening: 5 to 95 % of the person's aperture in speech; None, or 0 of a mouth that
                never moves, = as they are.
        """
        shapes = np.array(lips.values)
        return self._imagination.bring_near(shapes, opening) if opening else shapes

    def follow_lips(self, lips: LipTrack, opening: float | None) -> CommandTrack:
        """A person's own lips, as they were seen: what the body and the mirror allow."""
        return self.follow_shapes(self.bring_near(lips, opening))

    def follow_shapes(self, shapes: Float32[np.ndarray, "hops fields"]) -> CommandTrack:
        """Lip shapes (T, 12) → commands; every motor but lips and jaw rests."""
        moved = run_offline(Chain((self._imagination, self._act)), shapes)
        commands = np.repeat(self._spec.rest.values[None], len(shapes), axis=0)
        columns = [self._spec.motor_names.index(name) for name in self._act.motors]
        commands[:, columns] = moved
        return self.limit(commands)

    def limit(self, commands: Float32[np.ndarray, "hops motors"]) -> CommandTrack:
        """Commands as the face's limits let them through."""
        sent, _ = self._limits.step(commands, self._limits.init_state())
        return CommandTrack(self._spec.motor_names, sent)


def fit_length(commands: CommandTrack, n_hops: int) -> CommandTrack:
    """Commands cut to a clip's length, or the last one held."""
    rows = np.minimum(np.arange(n_hops), len(commands) - 1)
    return CommandTrack(commands.motors, commands.values[rows])
