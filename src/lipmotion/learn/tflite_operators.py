"""The TFLite operators of MediaPipe's face models, written with standard ONNX operators.

In: an operator of a TFLite graph; out: ONNX nodes, and the name of their result. 4-D activations
are NCHW here; a reshape goes back to TFLite's NHWC order first.

Source: the documented meaning of TensorFlow Lite's operators; MediaPipe 0.10.21 for its three
custom ones (landmarks_to_transform_matrix, transform_tensor_bilinear, transform_landmarks, all
version 2).
"""

from typing import Any, Final

import numpy as np
import tflite
from onnx import TensorProto

from .tflite import Converter, Operator, Writer


def _convolve(c: Converter, op: Operator, options: Any, axes: tuple[int, ...], group: int) -> str:
    kernel = c.graph.shape(op.inputs[1])[1:3]
    y = c.out.node(
        "Conv",
        c.name_of[op.inputs[0]],
        c.weight(op.inputs[1], axes),
        c.weight(op.inputs[2]),
        kernel_shape=kernel,
        strides=[options.StrideH(), options.StrideW()],
        pads=c.pads(op, options, kernel),
        group=group,
    )
    return c.activate(y, options.FusedActivationFunction())


def _conv_2d(c: Converter, op: Operator) -> str:
    return _convolve(c, op, op.options(tflite.Conv2DOptions), (0, 3, 1, 2), 1)


def _depthwise_conv_2d(c: Converter, op: Operator) -> str:
    n_channels = c.graph.shape(op.inputs[0])[3]
    return _convolve(c, op, op.options(tflite.DepthwiseConv2DOptions), (3, 0, 1, 2), n_channels)


def _max_pool_2d(c: Converter, op: Operator) -> str:
    options = op.options(tflite.Pool2DOptions)
    kernel = [options.FilterHeight(), options.FilterWidth()]
    stride = [options.StrideH(), options.StrideW()]
    pads = c.pads(op, options, kernel)
    (x,) = c.inputs(op)
    y = c.out.node("MaxPool", x, kernel_shape=kernel, strides=stride, pads=pads)
    return c.activate(y, options.FusedActivationFunction())


def _pad(c: Converter, op: Operator) -> str:
    before_after = c.graph.constant(op.inputs[1])[[0, 3, 1, 2]].astype(np.int64)
    return c.out.node("Pad", c.name_of[op.inputs[0]], c.out.constant(before_after.T.ravel()))


def _prelu(c: Converter, op: Operator) -> str:
    """PReLU with slope a as a·x + (1 − a)·max(x, 0), in 1 × 1 depthwise convolutions.

    onnxruntime's own PRelu is slow and undoes its blocked layout at every use: 4.2 ms an image
    with it, 1.6 ms without (one core, AVX-512).
    """
    slope = c.graph.constant(op.inputs[1]).astype(np.float32).reshape(-1, 1, 1, 1)
    x = c.name_of[op.inputs[0]]

    def scale(y: str, factor: np.ndarray) -> str:
        kernel = c.out.constant(factor)
        return c.out.node("Conv", y, kernel, kernel_shape=[1, 1], group=len(factor))

    if (slope <= 1).all():  # the ReLU commutes with a positive factor and is fused
        positive = c.out.node("Relu", scale(x, 1 - slope))
    else:
        positive = scale(c.out.node("Relu", x), 1 - slope)
    return c.out.node("Add", positive, scale(x, slope))


def _relu(c: Converter, op: Operator) -> str:
    return c.out.node("Relu", *c.inputs(op))


def _add(c: Converter, op: Operator) -> str:
    y = c.out.node("Add", *c.inputs(op))
    return c.activate(y, op.options(tflite.AddOptions).FusedActivationFunction())


def _mul(c: Converter, op: Operator) -> str:
    """Times a constant; a 4 × 4 transform is kept as its 2 × 3 affine part."""
    factor = c.graph.constant(op.inputs[1]).astype(np.float32)
    if c.graph.shape(op.inputs[0])[1:] == [4, 4]:
        factor = factor[0][np.ix_([0, 1], [0, 1, 3])]
    y = c.out.node("Mul", c.name_of[op.inputs[0]], c.out.constant(factor))
    return c.activate(y, op.options(tflite.MulOptions).FusedActivationFunction())


def _reshape(c: Converter, op: Operator) -> str:
    x, shape = c.name_of[op.inputs[0]], c.graph.shape(op.output)
    is_image = len(c.graph.shape(op.inputs[0])) == 4
    if is_image and c.graph.shape(op.inputs[0])[1:3] != [1, 1]:
        x = c.out.node("Transpose", x, perm=[0, 2, 3, 1])
    if len(shape) == 4:
        assert shape[1:3] == [1, 1], "a reshape to an image is not used in these models"
        shape = [shape[0], shape[3], 1, 1]
    return c.out.node("Reshape", x, c.out.constant(np.array(shape, np.int64)))


def _concatenate(c: Converter, op: Operator) -> str:
    assert len(c.graph.shape(op.output)) == 3, "images are not concatenated in these models"
    return c.out.node("Concat", *c.inputs(op), axis=op.options(tflite.ConcatenationOptions).Axis())


def _strided_slice(c: Converter, op: Operator) -> str:
    begin, end, step = (c.graph.constant(i) for i in op.inputs[1:4])
    whole = c.graph.shape(op.inputs[0])
    assert not begin.any() and list(end) == whole and (step == 1).all(), "only a whole copy is used"
    return c.name_of[op.inputs[0]]


def _landmarks_to_transform_matrix(c: Converter, op: Operator) -> str:
    """Box round some landmarks, levelled and enlarged: (2, 3) cell corners → input coordinates.

    cos and sin come from the unit vector between the two rotation landmarks (ONNX has no atan2).
    """
    options, out = op.custom_options(), c.out
    assert options["target_rotation_radians"] == 0, "these models level their crops"
    indices = np.array(options["subset_idxs"], np.int64)
    c.crop_indices.append(indices)
    points = out.columns(
        out.node("Squeeze", c.name_of[op.inputs[0]], _axis(c, 0)), 0, 2
    )  # (468, 2)
    ends = np.array([options["left_rotation_idx"], options["right_rotation_idx"]])
    pair = out.node("Gather", points, out.constant(ends), axis=0)
    along = out.node("MatMul", out.constant(np.array([[-1, 1]], np.float32)), pair)  # (1, 2)
    unit = out.node("Div", along, out.node("ReduceL2", along, axes=[1], keepdims=1))  # (cos, sin)
    quarter_turn = np.array([[0, 1], [-1, 0]], np.float32)
    across = out.node("MatMul", unit, out.constant(quarter_turn))  # (−sin, cos)
    axes = out.node("Concat", unit, across, axis=0)  # rows: the box's axes
    chosen = out.node("Gather", points, out.constant(indices), axis=0)
    level = out.node("MatMul", chosen, out.node("Transpose", axes, perm=[1, 0]))
    high = out.node("ReduceMax", level, axes=[0], keepdims=1)
    low = out.node("ReduceMin", level, axes=[0], keepdims=1)
    middle = out.node("Mul", out.node("Add", high, low), out.scalar(0.5))
    centre = out.node("MatMul", middle, axes)  # (1, 2)
    cells = np.array([[options["output_width"], options["output_height"]]], np.float32)
    enlarge = np.array([[options["scale_x"], options["scale_y"]]], np.float32) / cells
    step = out.node("Mul", out.node("Sub", high, low), out.constant(enlarge))  # (1, 2)
    linear = out.node("Mul", out.node("Transpose", axes, perm=[1, 0]), step)  # (2, 2)
    half = out.node("MatMul", linear, out.constant(cells.T / 2))
    offset = out.node("Sub", out.node("Transpose", centre, perm=[1, 0]), half)
    return out.node("Concat", linear, offset, axis=1)  # (2, 3)


def _transform_tensor_bilinear(c: Converter, op: Operator) -> str:
    """Bilinear crop, half-pixel centres on both sides.

    A sample beyond the outermost pixel centres is zero in MediaPipe; GridSample blends towards
    zero there, hence the mask.
    """
    out = c.out
    _, height, width, _ = c.graph.shape(op.inputs[0])
    _, rows, columns, _ = c.graph.shape(op.output)
    y, x = np.mgrid[:rows, :columns] + 0.5
    cells = np.stack([x.ravel(), y.ravel(), np.ones(rows * columns)]).astype(np.float32)
    size = np.array([[width], [height]], np.float32)
    at = out.node("MatMul", c.name_of[op.inputs[1]], out.constant(cells))  # (2, rows · columns)
    unit = out.node("Sub", out.node("Mul", at, out.constant(2 / size)), out.scalar(1))
    grid_shape = out.constant(np.array([1, rows, columns, 2]))
    grid = out.node("Reshape", out.node("Transpose", unit, perm=[1, 0]), grid_shape)
    image = c.name_of[op.inputs[0]]
    sampled = out.node(
        "GridSample", image, grid, mode="bilinear", padding_mode="zeros", align_corners=0
    )
    after_first = out.node("GreaterOrEqual", at, out.scalar(0.5))
    before_last = out.node("LessOrEqual", at, out.constant(size - np.float32(0.5)))
    inside = out.node("Cast", out.node("And", after_first, before_last), to=TensorProto.FLOAT)
    mask = out.node("ReduceMin", inside, axes=[0], keepdims=1)
    mask_shape = out.constant(np.array([1, 1, rows, columns]))
    return out.node("Mul", sampled, out.node("Reshape", mask, mask_shape))


def _transform_landmarks(c: Converter, op: Operator) -> str:
    """Points (1, K, 2) through a (2, 3) affine transform."""
    assert c.graph.shape(op.inputs[0])[2] == 2, "only planar points are transformed"
    points, transform = c.inputs(op)
    columns = c.out.node("Transpose", transform, perm=[1, 0])  # (3, 2)
    turned = c.out.node("MatMul", points, c.out.columns(columns, 0, 2, axis=0))
    return c.out.node("Add", turned, c.out.columns(columns, 2, 3, axis=0))


def _axis(c: Converter, axis: int) -> str:
    return c.out.constant(np.array([axis]))


WRITERS: Final[dict[str, Writer]] = {
    "CONV_2D": _conv_2d,
    "DEPTHWISE_CONV_2D": _depthwise_conv_2d,
    "MAX_POOL_2D": _max_pool_2d,
    "PAD": _pad,
    "PRELU": _prelu,
    "RELU": _relu,
    "ADD": _add,
    "MUL": _mul,
    "RESHAPE": _reshape,
    "CONCATENATION": _concatenate,
    "STRIDED_SLICE": _strided_slice,
    "Landmarks2TransformMatrix v2": _landmarks_to_transform_matrix,
    "TransformTensorBilinear v2": _transform_tensor_bilinear,
    "TransformLandmarks v2": _transform_landmarks,
}
