"""Reads a face description: a folder with `face.yaml` becomes a FaceSpec.

In: a name of a face that ships with lipmotion, or a folder. Out: FaceSpec, strictly checked.
"""

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..config import read_config
from ..errors import ConfigError, FaceError
from .base import CameraSpec, FaceSpec, Rule
from .limits import is_held, is_past
from .looks import DESIGNS, Looks
from .motors import MotorSpec, ServoSet
from .shape import EMO, Shape

FACES_FOLDER: Final = Path(__file__).parent.parent / "faces"
DESCRIPTION_FILE: Final = "face.yaml"
SKIN_STIFFNESS: Final = (0.5, 2.0)  # least and most; outside it is no skin of a face


@dataclass(frozen=True)
class FaceFile:
    """The keys of `face.yaml`; what they mean stands with the classes that they become.

    `design` names one of `looks.DESIGNS`, `looks` gives colours and parts one by one; not both.
    """

    name: str
    driver: str
    camera: CameraSpec
    motors: tuple[MotorSpec, ...]
    rules: tuple[Rule, ...]
    body: int = 1
    servos: dict[str, ServoSet] = field(default_factory=dict)
    looks: Looks | None = None
    design: str | None = None
    pressed: dict[str, float] | None = None
    shape: Shape = EMO
    skin_stiffness: float = 1.0


def read_face_spec(name_or_folder: str | Path, servos: str | None = None) -> FaceSpec:
    """Reads and checks a face description.

    Args:
        name_or_folder: the name of a face in `list_faces`, or a folder that holds `face.yaml`.
        servos: a set of the description's `servos` that all motors get; None: as the motors say.

    Raises:
        FaceError: no such face or set of servos; the message lists those there are.
        ConfigError: the description is wrong; the message names file, line and key.
    """
    folder = _find_folder(name_or_folder)
    path = folder / DESCRIPTION_FILE
    file = read_config(path, FaceFile)
    _check_names(file, path)
    _check_pressed(file, path)
    if servos is not None:
        file = _fit_servos(file, servos, path)
    looks = _choose_looks(file, path)
    return FaceSpec(
        file.name, folder, file.motors, file.rules, file.camera, file.driver,
        _hash(file, looks), looks, file.body, file.pressed, file.shape, file.skin_stiffness,
    )  # fmt: skip


def list_faces() -> tuple[str, ...]:
    """Names of the faces that ship with lipmotion."""
    return tuple(sorted(path.parent.name for path in FACES_FOLDER.glob(f"*/{DESCRIPTION_FILE}")))


def _find_folder(name_or_folder: str | Path) -> Path:
    if str(name_or_folder) in list_faces():
        return FACES_FOLDER / str(name_or_folder)
    folder = Path(name_or_folder)
    if (folder / DESCRIPTION_FILE).is_file():
        return folder
    raise FaceError(
        f"there is no face {str(name_or_folder)!r}: name one of {', '.join(list_faces())}, "
        f"or a folder that holds {DESCRIPTION_FILE}"
    )


def _check_names(file: FaceFile, path: Path) -> None:
    names = [motor.name for motor in file.motors]
    if not names:
        raise ConfigError(f"{path}: motors is empty; a face needs at least one motor")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ConfigError(f"{path}: motors: {', '.join(repeated)} stands more than once")
    starters = {rule.motor for rule in file.rules}
    for k, rule in enumerate(file.rules):
        for name in (rule.motor, rule.other):
            if name not in names:
                raise ConfigError(f"{path}: rules[{k}]: {name} is no motor of this face")
        if rule.other in starters:
            raise ConfigError(
                f"{path}: rules[{k}]: {rule.other} is held here and starts another rule; "
                "rules must not chain"
            )
        rest = {motor.name: motor.rest for motor in file.motors}
        if is_past(rule, rest[rule.motor]) and not is_held(rule, rest[rule.other]):
            raise ConfigError(f"{path}: rules[{k}]: the resting face breaks it")
    if not file.camera.images_hz > 0 or file.camera.size_px < 1 or file.camera.delay_s < 0:
        raise ConfigError(f"{path}: camera: size_px and images_hz must be above 0, delay_s 0 up")
    low, high = SKIN_STIFFNESS
    if not low <= file.skin_stiffness <= high:
        raise ConfigError(
            f"{path}: skin_stiffness is {file.skin_stiffness:g}, allowed {low:g} to {high:g}"
        )


def _check_pressed(file: FaceFile, path: Path) -> None:
    commands = {motor.name: motor.rest for motor in file.motors}
    for name, command in (file.pressed or {}).items():
        if name not in commands:
            raise ConfigError(f"{path}: pressed: {name} is no motor of this face")
        if not 0 <= command <= 1:
            raise ConfigError(f"{path}: pressed.{name} is {command:g}, allowed 0 to 1")
        commands[name] = command
    for k, rule in enumerate(file.rules):
        if is_past(rule, commands[rule.motor]) and not is_held(rule, commands[rule.other]):
            raise ConfigError(f"{path}: rules[{k}]: the pressed lips break it")


def _fit_servos(file: FaceFile, name: str, path: Path) -> FaceFile:
    if name not in file.servos:
        there = ", ".join(file.servos) or "none"
        raise FaceError(f"{path}: there is no set of servos {name!r}; sets: {there}")
    try:
        motors = tuple(file.servos[name].fit(motor) for motor in file.motors)
    except ValueError as error:
        raise ConfigError(f"{path}: servos.{name}: {error}") from error
    return dataclasses.replace(file, motors=motors)


def _choose_looks(file: FaceFile, path: Path) -> Looks:
    if file.design is None:
        return file.looks or Looks()
    if file.looks is not None:
        raise ConfigError(f"{path}: design and looks are both given; keep one of them")
    if file.design not in DESIGNS:
        raise ConfigError(
            f"{path}: there is no design {file.design!r}; designs: {', '.join(DESIGNS)}"
        )
    return DESIGNS[file.design]


def _tell(motor: MotorSpec) -> dict[str, object]:
    """What of a motor weights depend on; a key left at its default counts as not there."""
    defaults = {f.name: f.default for f in dataclasses.fields(motor)}
    told = dataclasses.asdict(motor)
    if motor.moves == {motor.name: 1.0}:  # as without it
        del told["moves"]
    return {k: v for k, v in told.items() if v != defaults[k] and k != "horn_deg"}


def _hash(file: FaceFile, looks: Looks) -> str:
    """sha256 of what learned weights depend on; comments, driver and side mirror don't count."""
    told: dict[str, object] = {
        "motors": [_tell(motor) for motor in file.motors],
        "rules": [dataclasses.asdict(rule) for rule in file.rules],
        "camera": {k: v for k, v in dataclasses.asdict(file.camera).items() if k != "side"},
        "body": file.body,
    }
    if looks != Looks():
        told["looks"] = dataclasses.asdict(looks)
    if file.pressed is not None:
        told["pressed"] = file.pressed
    if file.shape != EMO:
        told["shape"] = dataclasses.asdict(file.shape)
    if file.skin_stiffness != 1.0:
        told["skin_stiffness"] = file.skin_stiffness
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
