"""Strict YAML: a file becomes nested frozen dataclasses, or an error that names file, line and key.

Plain YAML readers take a key twice (the last wins), read `1e-3` as text and `no` as False; here
every scalar is read by the type that the dataclass asks for, and unknown, repeated, missing and
ill-typed keys are refused with a "did you mean".
"""

import dataclasses
import difflib
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

import yaml

from .errors import ConfigError

C = TypeVar("C")


def read_config(path: Path, kind: type[C]) -> C:
    """Reads a YAML file into a frozen dataclass.

    Args:
        path: the file.
        kind: a dataclass; its fields may be int, float, str, bool, `X | None`, other dataclasses,
            `tuple[X, ...]` (a list), `tuple[X, X, X]` (a list of so many) and `dict[str, X]`.

    Raises:
        ConfigError: the file is missing, not YAML, or does not fit `kind`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    return parse_config(text, kind, where=str(path))


def parse_config(text: str, kind: type[C], *, where: str) -> C:
    """Like `read_config`, from text; `where` names the source in errors."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{where}{line}: not YAML: {getattr(error, 'problem', error)}") from error
    if node is None:
        raise ConfigError(f"{where}: the file is empty")
    result = _read(node, kind, "", where)
    return typing.cast(C, result)


def _read(node: yaml.Node, kind: Any, key: str, where: str) -> Any:
    at = f"{where} line {node.start_mark.line + 1}"
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        if isinstance(node, yaml.ScalarNode) and node.value in ("", "null", "~"):
            return None
        (inner,) = (a for a in args if a is not type(None))
        return _read(node, inner, key, where)
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(node, typing.cast(type, kind), key, where)
    if origin is tuple:
        if not isinstance(node, yaml.SequenceNode):
            raise ConfigError(f"{at}: {key} must be a list")
        if args[-1] is not ... and len(node.value) != len(args):
            raise ConfigError(f"{at}: {key} must be a list of {len(args)}, got {len(node.value)}")
        return tuple(_read(n, args[0], f"{key}[{k}]", where) for k, n in enumerate(node.value))
    if origin is dict:
        return {
            name: _read(value, args[1], f"{key}.{name}", where)
            for name, value in _items(node, key, where)
        }
    if not isinstance(node, yaml.ScalarNode):
        raise ConfigError(f"{at}: {key} must be one {kind.__name__}")
    return _read_scalar(node, kind, key, at)


def _read_scalar(node: yaml.ScalarNode, kind: type, key: str, at: str) -> Any:
    text = node.value
    if kind is str:
        return text
    if kind is bool and text in ("true", "false"):
        return text == "true"
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    names = {bool: "true or false", int: "a whole number", float: "a number"}
    raise ConfigError(f"{at}: {key} must be {names[kind]}, got {text!r}")


def _read_dataclass(node: yaml.Node, kind: type, key: str, where: str) -> Any:
    hints = typing.get_type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind) if f.init}
    prefix = f"{key}." if key else ""
    values = {}
    for name, value in _items(node, key, where):
        if name not in fields:
            close = difflib.get_close_matches(name, fields, 1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            raise ConfigError(
                f"{where} line {value.start_mark.line + 1}: {prefix}{name} is not a key{hint}. "
                f"Keys here: {', '.join(fields)}"
            )
        values[name] = _read(value, hints[name], f"{prefix}{name}", where)
    for name, f in fields.items():
        is_required = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        if is_required and name not in values:
            line = node.start_mark.line + 1
            raise ConfigError(f"{where} line {line}: {prefix}{name} is missing")
    try:
        return kind(**values)
    except ValueError as error:
        raise ConfigError(f"{where} line {node.start_mark.line + 1}: {key}: {error}") from error


def _items(node: yaml.Node, key: str, where: str) -> list[tuple[str, yaml.Node]]:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        raise ConfigError(f"{where} line {line}: {key or 'the file'} must be a mapping of keys")
    seen: dict[str, int] = {}
    items = []
    for name_node, value in node.value:
        name = name_node.value
        if name in seen:
            raise ConfigError(
                f"{where} line {name_node.start_mark.line + 1}: {name} stands twice "
                f"(first in line {seen[name]})"
            )
        seen[name] = name_node.start_mark.line + 1
        items.append((name, value))
    return items
