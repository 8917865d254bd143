"""Makes the networks of this folder and what they say of three images, by onnx 1.23.2 and onnxruntime 1.32.0.

python make.py, in this folder, with both installed. The images are sin(0.37 i) over their values in NHWC order."""
import json
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(1)


def weight(name, *shape, dtype=np.float32, scale=0.4):
    return numpy_helper.from_array((rng.standard_normal(shape) * scale).astype(dtype), name)


def ints(name, values):
    return numpy_helper.from_array(np.array(values, dtype=np.int64), name)


def write(path, nodes, weights, shape, outputs):
    graph = helper.make_graph(
        nodes, "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N"] + [f"{name}{i}" for i in range(1, rank)])
         for name, rank in outputs.items()],
        weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    side = shape[2]
    images = np.sin(0.37 * np.arange(3 * side * side * 3)).astype(np.float32).reshape(3, side, side, 3)
    x = images if shape[3] == 3 else images.transpose(0, 3, 1, 2)
    got = onnxruntime.InferenceSession(path).run(None, {"x": np.ascontiguousarray(x)})
    return {name: value.reshape(3, -1).astype(float).tolist() for name, value in zip(outputs, got)}


n = helper.make_node
convnet = [
    n("Conv", ["x", "w1", "b1"], ["c1"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    n("BatchNormalization", ["c1", "s", "t", "m", "v"], ["n1"], epsilon=1e-3),
    n("Relu", ["n1"], ["r1"]),
    n("MaxPool", ["r1"], ["p1"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    n("Conv", ["p1", "w2"], ["c2"], kernel_shape=[3, 3], dilations=[2, 2], pads=[2, 2, 2, 2], group=8),
    n("Clip", ["c2", "low", "high"], ["k2"]),
    n("AveragePool", ["p1"], ["p2"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
    n("AveragePool", ["p1"], ["p3"], kernel_shape=[2, 2], auto_pad="SAME_UPPER", count_include_pad=1),
    n("Concat", ["k2", "p2", "p3"], ["j"], axis=1),
    n("Pad", ["j", "pads"], ["z"]),
    n("Conv", ["z", "w3"], ["c3"], kernel_shape=[1, 1]),
    n("HardSwish", ["c3"], ["h3"]),
    n("LeakyRelu", ["h3"], ["l3"], alpha=0.2),
    n("MaxPool", ["l3"], ["q3"], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1),
    n("GlobalAveragePool", ["q3"], ["g"]),
    n("Flatten", ["g"], ["f"]),
    n("Gemm", ["f", "w4", "b4"], ["logits"], transB=1, alpha=0.7, beta=1.3),
    n("Softmax", ["logits"], ["y"], axis=1),
]
weights = [weight("w1", 8, 3, 3, 3), weight("b1", 8), weight("s", 8), weight("t", 8), weight("m", 8),
           numpy_helper.from_array((0.5 + rng.random(8)).astype(np.float32), "v"), weight("w2", 8, 1, 3, 3),
           numpy_helper.from_array(np.array(0, dtype=np.float32), "low"), numpy_helper.from_array(np.array(6, dtype=np.float32), "high"),
           ints("pads", [0, 0, 1, 0, 0, 0, 2, 1]), weight("w3", 6, 24, 1, 1), weight("w4", 4, 6), weight("b4", 4)]
want = {"convnet.onnx": write("convnet.onnx", convnet, weights, ["N", 3, 20, 20], {"y": 2, "logits": 2, "f": 2})}

tokens = [
    n("Cast", ["w5"], ["w5f"], to=TensorProto.FLOAT),
    n("Conv", ["x", "w5f"], ["patches"], kernel_shape=[4, 4], strides=[4, 4]),
    n("Shape", ["patches"], ["shape"]),
    n("Gather", ["shape", "zero"], ["count"], axis=0),
    n("Unsqueeze", ["count", "zeros"], ["count1"]),
    n("Concat", ["count1", "channels", "open"], ["flat"], axis=0),
    n("Reshape", ["patches", "flat"], ["rows"]),
    n("Transpose", ["rows"], ["tokens"], perm=[0, 2, 1]),
    n("LayerNormalization", ["tokens", "ls", "lb"], ["normed"], axis=-1),
    n("MatMul", ["normed", "qkv"], ["three"]),
    n("Split", ["three"], ["q", "k", "v"], axis=-1, num_outputs=3),
    n("Transpose", ["k"], ["kt"], perm=[0, 2, 1]),
    n("MatMul", ["q", "kt"], ["scores"]),
    n("Div", ["scores", "root"], ["scaled"]),
    n("Softmax", ["scaled"], ["attention"], axis=-1),
    n("MatMul", ["attention", "v"], ["mixed"]),
    n("Add", ["tokens", "mixed"], ["sum"]),
    n("Div", ["sum", "sqrt2"], ["e1"]), n("Erf", ["e1"], ["e2"]), n("Add", ["e2", "one"], ["e3"]),
    n("Mul", ["sum", "e3"], ["e4"]), n("Mul", ["e4", "half"], ["gelu"]),
    n("ReduceMean", ["gelu", "axis1"], ["mean"], keepdims=0),
    n("Slice", ["mean", "from", "to", "axis1"], ["part"]),
    n("Sigmoid", ["part"], ["y"]),
]
scalar = lambda name, x: numpy_helper.from_array(np.array(x, dtype=np.float32), name)
weights = [weight("w5", 8, 3, 4, 4, dtype=np.float16), ints("zero", 0), ints("zeros", [0]), ints("channels", [8]), ints("open", [-1]),
           weight("ls", 8), weight("lb", 8), weight("qkv", 8, 24), scalar("root", 8 ** 0.5), scalar("sqrt2", 2 ** 0.5),
           scalar("one", 1), scalar("half", 0.5), ints("axis1", [1]), ints("from", [1]), ints("to", [-1])]
want["tokens.onnx"] = write("tokens.onnx", tokens, weights, ["N", 3, 20, 20], {"y": 2, "gelu": 3})
json.dump(want, open("want.json", "w"))
