"""Walks a TFLite graph and collects it as ONNX.

In: the bytes of a `.tflite` file and a writer for each kind of operator (`tflite_operators.py`);
out: ONNX nodes and constants. An operator without a writer is refused by name. Conventions: 4-D
activations become NCHW; float16 weights stay float16 in the file and are cast when the graph is
loaded.

Source: the TensorFlow Lite schema (a flatbuffer).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import flatbuffers.flexbuffers
import numpy as np
import tflite
from onnx import NodeProto, TensorProto, helper, numpy_helper

from ..errors import BundleError

Writer = Callable[["Converter", "Operator"], str]
_KINDS = {v: k for k, v in vars(tflite.BuiltinOperator).items() if isinstance(v, int)}
_DTYPES: dict[int, type] = {0: np.float32, 1: np.float16, 2: np.int32}


@dataclass(frozen=True)
class Operator:
    """One operator of a TFLite graph: its kind, input and output tensors, and raw table."""

    kind: str
    inputs: tuple[int, ...]
    output: int
    table: Any

    def options(self, kind: type) -> Any:
        """The operator's built-in options, read as `kind`."""
        options, table = kind(), self.table.BuiltinOptions()
        options.Init(table.Bytes, table.Pos)
        return options

    def custom_options(self) -> Any:
        """The operator's custom options, a mapping."""
        return flatbuffers.flexbuffers.Loads(bytes(self.table.CustomOptionsAsNumpy()))


class TfliteGraph:
    """The first graph of a `.tflite` file, for reading."""

    def __init__(self, blob: bytes) -> None:
        self._model = tflite.Model.GetRootAsModel(blob, 0)
        self._graph = self._model.Subgraphs(0)
        every = [self._operator(k) for k in range(self._graph.OperatorsLength())]
        self._stored = {op.output: op.inputs[0] for op in every if op.kind == "DEQUANTIZE"}
        self.operators = [op for op in every if op.kind != "DEQUANTIZE"]
        self.input = int(self._graph.Inputs(0))
        self.outputs = [int(k) for k in self._graph.OutputsAsNumpy()]

    def shape(self, tensor: int) -> list[int]:
        return [int(n) for n in self._graph.Tensors(tensor).ShapeAsNumpy()]

    def name(self, tensor: int) -> str:
        return str(self._graph.Tensors(tensor).Name().decode())

    def constant(self, tensor: int) -> np.ndarray:
        """A stored tensor, as stored (float16 where a DEQUANTIZE widens it)."""
        tensor = self._stored.get(tensor, tensor)
        table = self._graph.Tensors(tensor)
        raw = self._model.Buffers(table.Buffer()).DataAsNumpy().tobytes()
        return np.frombuffer(raw, _DTYPES[table.Type()]).reshape(self.shape(tensor))

    def _operator(self, k: int) -> Operator:
        table = self._graph.Operators(k)
        code = self._model.OperatorCodes(table.OpcodeIndex())
        kind = _KINDS[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        if kind == "CUSTOM":
            kind = f"{code.CustomCode().decode()} v{code.Version()}"
        inputs = tuple(int(i) for i in table.InputsAsNumpy())
        return Operator(kind, inputs, int(table.Outputs(0)), table)


class OnnxWriter:
    """Collects ONNX nodes and constants, giving each result a name."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, array: np.ndarray) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def scalar(self, value: float) -> str:
        return self.constant(np.array(value, np.float32))

    def node(self, kind: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        output = output or f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def columns(self, x: str, start: int, stop: int, axis: int = 1) -> str:
        """The slice [start, stop) of one axis."""
        return self.node("Slice", x, *(self.constant(np.array([k])) for k in (start, stop, axis)))


class Converter:
    """Walks a TFLite graph and writes it with ONNX operators.

    Args:
        blob: the bytes of a `.tflite` file.
        writers: for each kind of operator what writes it and names its result; see
            `tflite_operators.py`.

    Attributes:
        graph: the graph that is read.
        out: the writer; `name_of` maps a TFLite tensor to its ONNX name.
        crop_indices: landmark indices of each Landmarks2TransformMatrix, in order.

    Raises:
        BundleError: an operator that is not known here.
    """

    def __init__(self, blob: bytes, writers: Mapping[str, Writer]) -> None:
        self.graph = TfliteGraph(blob)
        self.out = OnnxWriter()
        self.name_of = {self.graph.input: "input"}
        self.crop_indices: list[np.ndarray] = []
        for op in self.graph.operators:
            write = writers.get(op.kind)
            if write is None:
                raise BundleError(
                    f"TFLite operator {op.kind} is not known; known: {', '.join(sorted(writers))}"
                )
            self.name_of[op.output] = write(self, op)

    def inputs(self, op: Operator) -> list[str]:
        return [self.name_of[i] for i in op.inputs]

    def weight(self, tensor: int, axes: tuple[int, ...] | None = None) -> str:
        """A stored tensor as float32 in the graph, float16 in the file where it was."""
        array = self.graph.constant(tensor)
        name = self.out.constant(array if axes is None else array.transpose(axes))
        if array.dtype == np.float16:
            return self.out.node("Cast", name, to=TensorProto.FLOAT)
        return name

    def activate(self, x: str, activation: int) -> str:
        """The activation fused into a TFLite operator."""
        if activation == tflite.ActivationFunctionType.NONE:
            return x
        if activation == tflite.ActivationFunctionType.RELU:
            return self.out.node("Relu", x)
        raise BundleError(f"TFLite activation {activation} is not known; known: none, ReLU")

    def pads(self, op: Operator, options: Any, kernel: list[int]) -> list[int]:
        """Explicit pads of a strided window; SAME with stride 2 is lopsided (less before)."""
        if options.Padding() != tflite.Padding.SAME:
            return [0, 0, 0, 0]
        stride, sides = options.StrideW(), self.graph.shape(op.inputs[0])[1:3]
        total = [
            max((-(-n // stride) - 1) * stride + k - n, 0)
            for n, k in zip(sides, kernel, strict=True)
        ]
        return [n // 2 for n in total] + [n - n // 2 for n in total]
