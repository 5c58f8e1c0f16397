"""The nets of a self-model as arrays beside its graphs, so that practice can go on from them.

A graph that runs fast has its weights folded and cannot be taught further; these can.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor, nn

from ..bundle import Bundle
from ..errors import BundleError
from .act import ActConfig, FacialActionTransformer
from .foresee import SelfModel
from .imagine import Imagination, ImagineConfig
from .loop import LoopConfig
from .press import Press

NETS_NAME: Final = "nets.npz"
_PREFIXES: Final = ("foresee-", "imagine", "act")


@dataclass(frozen=True)
class Nets:
    """What practice teaches.

    Attributes:
        self_models: foresee what is seen; the first of them is what runs.
        imagination: lips of anybody → looks of this robot, by the first SelfModel.
        action: looks → commands.
        press: how hard nearly touching lips are meant to press.
        reach: (2, 12) the least and the most that the robot was seen to reach.
    """

    self_models: tuple[SelfModel, ...]
    imagination: Imagination
    action: FacialActionTransformer
    press: Press
    reach: Float32[np.ndarray, "2 fields"]


def pack_nets(nets: Nets) -> dict[str, Float32[np.ndarray, "..."]]:
    """Arrays by name."""
    parts: dict[str, nn.Module] = {
        f"foresee-{k}": model for k, model in enumerate(nets.self_models)
    }
    parts |= {"imagine": nets.imagination.net, "act": nets.action}
    return {
        f"{part}/{name}": value.numpy()
        for part, net in parts.items()
        for name, value in net.state_dict().items()
    }


def load_nets(bundle: Bundle) -> Nets:
    """The nets of a face's self-model, ready to be taught further.

    Raises:
        BundleError: the bundle has none, or not those that its manifest describes.
    """
    path, settings = bundle.folder / NETS_NAME, bundle.manifest.settings
    if NETS_NAME not in bundle.manifest.files:
        raise BundleError(f"{bundle.folder}: holds no {NETS_NAME} to go on from; learn self anew")
    try:
        with np.load(path) as arrays:
            named = {name: torch.from_numpy(arrays[name]) for name in arrays}
        press = Press(**settings["press"])
        reach = np.array([settings["reach"][end] for end in ("low", "high")], np.float32)
        self_models = tuple(
            _load_self_model(_pick(named, f"foresee-{k}"))
            for k in range(int(settings["n_self_models"]))
        )
        pursing = float(settings.get("pursing", 0.0))
        imagination = _load_imagination(
            _pick(named, "imagine"), self_models[0], reach, press, pursing
        )
        action = _load_action(_pick(named, "act"), settings)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, IndexError) as error:
        raise BundleError(f"{path}: not the nets of this bundle: {error}") from error
    return Nets(self_models, imagination, action, press, reach)


def _pick(named: Mapping[str, Tensor], part: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(f"{part}/"): value
        for name, value in named.items()
        if name.startswith(f"{part}/")
    }


def _load_self_model(state: dict[str, Tensor]) -> SelfModel:
    n_hidden, n_out = state["skin.0.bias"].shape[0], state["scale"].shape[0]
    rest, scale = state["rest"].numpy(), state["scale"].numpy()
    contact = state["contact"].numpy()
    net = SelfModel(rest, scale[: len(contact)], contact, n_out - len(contact), n_hidden)
    net.load_state_dict(state)
    return net.eval()


def _load_imagination(
    state: dict[str, Tensor],
    self_model: SelfModel,
    reach: np.ndarray,
    press: Press,
    pursing: float,
) -> Imagination:
    config = ImagineConfig(LoopConfig(0, 1), n_hidden=state["0.bias"].shape[0])
    low, high = reach
    net = Imagination(self_model, low, high, config, press, pursing)
    net.net.load_state_dict(state)
    return net.eval()


def _load_action(
    state: dict[str, Tensor], settings: Mapping[str, object]
) -> FacialActionTransformer:
    shape = settings["act"]
    assert isinstance(shape, Mapping)
    config = ActConfig(LoopConfig(0, 1), preview_hops=int(str(settings["preview_hops"])), **shape)
    rest_meant, scale = state["rest_meant"].numpy(), state["scale"].numpy()
    net = FacialActionTransformer(np.zeros(len(state["rest_logit"]), np.float32), rest_meant,
                                  scale, config)  # fmt: skip
    net.load_state_dict(state)
    return net.eval()
