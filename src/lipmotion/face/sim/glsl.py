"""The shading kernels said in GLSL: translated from their own Python text, so both shade alike.

In: a compiled kernel of `gather.py` or `light.py` that works on one fragment, or on LANES of them.
Out: the text of a GLSL function, after those of the kernels that it calls. What a kernel reads and
writes by the names of GLOBALS are arrays of the shader; everything else is a number. Only as much
of Python is known as the kernels use: the rest is refused, never guessed.

    block[SHADE, k] *= _ONE - f32(0.2) * _step(low, high, t)     becomes
    block[11] = block[11] * (1.0 - 0.2 * py_step(pylow, pyhigh, pyt));
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from numbers import Number
from typing import Any, Final

from numba.core.dispatcher import Dispatcher

GLOBALS: Final = ("block", "material", "lights", "opening")  # the shader's own arrays
_ONE_FRAGMENT: Final = {"k": 0, "LANES": 1}  # a shader works on one fragment: block[row]
_OPERATORS: Final = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Lt: "<", ast.LtE: "<=",
    ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.And: "&&", ast.Or: "||",
}  # fmt: skip
_BUILT_IN: Final = {
    "max": "max", "min": "min", "abs": "abs", "sqrt": "sqrt", "sin": "sin", "cos": "cos",
    "exp": "exp", "atan2": "atan", "f32": "float", "float": "float",
}  # fmt: skip


def translate(*kernels: Dispatcher) -> str:
    """GLSL of some kernels and of all that they call; a name becomes `py` + the name.

    Parameters by the names of GLOBALS, and `k`, are left out.

    Raises:
        NotImplementedError: a kernel uses what is not known here; names function and line.
    """
    written: dict[Callable[..., Any], str] = {}
    for kernel in kernels:
        if kernel.py_func not in written:
            _Function(kernel.py_func, written).write()
    return "\n".join(written.values())


def call(kernel: Dispatcher, values: Mapping[str, str]) -> str:
    """GLSL that calls a kernel of `translate`, with GLSL for its parameters by name.

    Raises:
        KeyError: a parameter has no value.
    """
    passed = [values[name] for name in _list_parameters(kernel.py_func)]
    return f"{_name(kernel.py_func.__name__)}({', '.join(passed)})"


class _Function:
    """One kernel on its way to GLSL; `written` takes it, and before it what it calls."""

    def __init__(
        self, function: Callable[..., Any], written: dict[Callable[..., Any], str]
    ) -> None:
        self._function, self._written = function, written
        self._known: dict[str, Any] = {**function.__globals__, **_ONE_FRAGMENT}
        self._locals: dict[str, str] = {}  # name: type
        self._returns = "void"

    def write(self) -> None:
        tree = ast.parse(textwrap.dedent(inspect.getsource(self._function))).body[0]
        assert isinstance(tree, ast.FunctionDef)
        parameters = _list_parameters(self._function)
        self._locals |= parameters
        for name in (*GLOBALS, *parameters):
            self._known.pop(name, None)
        body = self._say_all(tree.body)
        head = ", ".join(f"{kind} {_name(name)}" for name, kind in parameters.items())
        declared = "".join(
            f"    {kind} {_name(name)};\n"
            for name, kind in self._locals.items()
            if name not in parameters
        )
        text = f"{self._returns} {_name(tree.name)}({head}) {{\n{declared}{body}}}\n"
        self._written[self._function] = text

    def _say_all(self, statements: list[ast.stmt]) -> str:
        return "".join(self._say(statement) for statement in statements)

    def _say(self, node: ast.stmt) -> str:
        match node:
            case ast.Expr(ast.Constant()):
                return ""  # a docstring
            case ast.Expr(ast.Call()):
                return f"    {self._tell(node.value)};\n"
            case ast.Return(ast.expr() as value):
                self._returns = self._find_type(value)
                return f"    return {self._tell(value)};\n"
            case ast.Assign([ast.Tuple(targets)], ast.Tuple(values)):
                # all are worked out before any is written
                inner = "".join(
                    f"    {self._find_type(v)} t{i} = {self._tell(v)};\n"
                    for i, v in enumerate(values)
                )
                puts = [self._put(t, f"t{i}", values[i]) for i, t in enumerate(targets)]
                return f"    {{\n{inner}{''.join(puts)}    }}\n"
            case ast.Assign([target], value):
                return self._put(target, self._tell(value), value)
            case ast.AugAssign(target, op, value):
                place = self._tell(target, is_place=True)
                return f"    {place} = {place} {self._sign(op)} ({self._tell(value)});\n"
            case ast.If(test, body, other):
                text = f"    if ({self._tell(test)}) {{\n{self._say_all(body)}    }}"
                return f"{text} else {{\n{self._say_all(other)}    }}\n" if other else text + "\n"
            case ast.For(ast.Name(name), ast.Call(ast.Name("range"), [count])):
                return self._unroll(name, int(self._fold(count)), node.body)
        raise self._refuse(node)

    def _unroll(self, name: str, count: int, body: list[ast.stmt]) -> str:
        text = ""
        for i in range(count):
            self._known[name] = 0 if name == "k" else i
            text += self._say_all(body)
        return text

    def _put(self, target: ast.expr, text: str, value: ast.expr) -> str:
        if isinstance(target, ast.Name) and target.id not in self._locals:
            self._locals[target.id] = self._find_type(value)
            self._known.pop(target.id, None)
        return f"    {self._tell(target, is_place=True)} = {text};\n"

    def _tell(self, node: ast.expr, *, is_place: bool = False) -> str:
        """GLSL of an expression; what is known beforehand becomes a number."""
        if not is_place and (number := self._fold(node)) is not None:
            return _write_number(number)
        match node:
            case ast.Name(name) if name in self._locals:
                return _name(name)
            case ast.Subscript(ast.Name(name), index) if name in GLOBALS:
                steps = index.elts if isinstance(index, ast.Tuple) else [index]
                if name == "block":
                    steps = steps[:1]  # its second index is the fragment
                return name + "".join(f"[{self._tell_whole(step)}]" for step in steps)
            case ast.BinOp(left, op, right):
                return f"({self._tell(left)} {self._sign(op)} {self._tell(right)})"
            case ast.UnaryOp(ast.USub(), value):
                return f"(-{self._tell(value)})"
            case ast.UnaryOp(ast.Not(), value):
                return f"(!{self._tell(value)})"
            case ast.BoolOp(op, values):
                return f"({f' {self._sign(op)} '.join(self._tell(v) for v in values)})"
            case ast.Compare(left, ops, rights):
                ends = [left, *rights]
                pairs = [
                    f"{self._tell(ends[i])} {self._sign(op)} {self._tell(ends[i + 1])}"
                    for i, op in enumerate(ops)
                ]
                return f"({' && '.join(pairs)})"
            case ast.IfExp(test, yes, no):
                return f"({self._tell(test)} ? {self._tell(yes)} : {self._tell(no)})"
            case ast.Call(ast.Name(name), values):
                return self._call(node, name, values)
        raise self._refuse(node)

    def _call(self, node: ast.expr, name: str, values: list[ast.expr]) -> str:
        called = self._known.get(name)
        if isinstance(called, Dispatcher):
            if called.py_func not in self._written:
                _Function(called.py_func, self._written).write()
            wanted = _list_parameters(called.py_func)
            names = inspect.signature(called.py_func).parameters
            passed = [
                self._tell_whole(value) if wanted[name] == "int" else self._tell(value)
                for name, value in zip(names, values, strict=True)
                if name in wanted
            ]
            return f"{_name(name)}({', '.join(passed)})"
        if name in ("max", "min") and len(values) > 2:
            return f"{name}({self._call(node, name, values[:-1])}, {self._tell(values[-1])})"
        if name in _BUILT_IN:
            return f"{_BUILT_IN[name]}({', '.join(self._tell(v) for v in values)})"
        raise self._refuse(node)

    def _tell_whole(self, node: ast.expr) -> str:
        """GLSL of a place in an array."""
        if isinstance(node, ast.Name) and self._locals.get(node.id) == "int":
            return _name(node.id)
        if (number := self._fold(node)) is not None:
            return str(int(number))
        raise self._refuse(node)

    def _fold(self, node: ast.expr) -> Any:
        """The value of an expression of constants, or None."""
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        if any(name in self._locals or name in GLOBALS for name in names):
            return None
        try:
            value = eval(ast.unparse(node), dict(self._known))
        except (NameError, TypeError, AttributeError):
            return None
        return value if isinstance(value, Number) or hasattr(value, "dtype") else None

    def _find_type(self, node: ast.expr) -> str:
        match node:
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(ast.Not(), _):
                return "bool"
            case ast.Name(name) if name in self._locals:
                return self._locals[name]
        return "bool" if isinstance(self._fold(node), bool) else "float"

    def _sign(self, op: ast.AST) -> str:
        if type(op) not in _OPERATORS:
            raise self._refuse(op)
        return _OPERATORS[type(op)]

    def _refuse(self, node: ast.AST) -> NotImplementedError:
        line = f", line {node.lineno}" if isinstance(node, ast.expr | ast.stmt) else ""
        return NotImplementedError(
            f"{self._function.__name__}{line}: {type(node).__name__} has no translation to GLSL; "
            f"say it otherwise, or teach {__name__}"
        )


def _name(name: str) -> str:
    """Away from the words of GLSL."""
    return f"py{name}"


def _list_parameters(function: Callable[..., Any]) -> dict[str, str]:
    """Names and types of what a GLSL function takes."""
    types = {bool: "bool", int: "int"}
    return {
        name: types.get(parameter.annotation, "float")
        for name, parameter in inspect.signature(function).parameters.items()
        if name not in (*GLOBALS, *_ONE_FRAGMENT)
    }


def _write_number(number: Any) -> str:
    if isinstance(number, bool):
        return str(number).lower()
    return repr(float(f"{float(number):.9g}"))
