"""Writes inception.safetensors, by PyTorch 2.15: what Inception v3, as the Fréchet Inception distance uses it, makes of two
images, with weights by recipe. Nothing of the published weights is in it.

python inception.py, in this folder. It holds, for an image in colour that is enlarged and one in grey that is made smaller,
the first 64 of the 2048 features and the sum of all. Value i of an image in NHWC order is sin(0.37 i). Its metadata hold
the salt and the gain of the recipe (internal/fixture) and the names and shapes of all parameters.
"""
import json
import math
import struct

import numpy as np
import torch
import torch.nn.functional as F

MASK = (1 << 64) - 1
SALT, GAIN = 7, 1.5


def recipe(name, shape):
    """The values of a parameter: splitmix64 from the FNV-1a hash of its name."""
    key = 0xCBF29CE484222325
    for byte in name.encode():
        key = (key ^ byte) * 0x100000001B3 & MASK
    n = math.prod(shape)
    with np.errstate(over="ignore"):
        x = np.uint64(key ^ SALT) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ x >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ x >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        x = x ^ x >> np.uint64(31)
    r = 2 * (x >> np.uint64(40)).astype(np.float64) / (1 << 24) - 1
    if name.endswith("running_var"):
        r = 1 + 0.1 * abs(r)
    elif name.endswith("running_mean"):
        r = 0.1 * r
    elif len(shape) >= 2:
        r = GAIN * math.sqrt(3 / (n // shape[0])) * r
    elif name.endswith(".weight"):
        r = 1 + 0.1 * r
    else:
        r = 0.05 * r
    return torch.from_numpy(r.astype(np.float32).reshape(shape))


parameters = {}


def parameter(name, *shape):
    if name not in parameters:
        parameters[name] = recipe(name, shape)
    return parameters[name]


def unit(x, name, out, kernel, stride=1, padding=0):
    kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
    x = F.conv2d(x, parameter(name + ".conv.weight", out, x.shape[1], *kernel), None, stride, padding)
    scale, shift = parameter(name + ".bn.weight", out), parameter(name + ".bn.bias", out)
    mean, var = parameter(name + ".bn.running_mean", out), parameter(name + ".bn.running_var", out)
    return F.relu(F.batch_norm(x, mean, var, scale, shift, False, 0, 0.001))


def mean_pool(x):
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


def largest_pool(x):
    return F.max_pool2d(x, 3, 1, 1)


def block_a(x, at, pool):
    a = unit(x, at + "branch1x1", 64, 1)
    b = unit(x, at + "branch5x5_1", 48, 1)
    b = unit(b, at + "branch5x5_2", 64, 5, padding=2)
    c = unit(x, at + "branch3x3dbl_1", 64, 1)
    c = unit(c, at + "branch3x3dbl_2", 96, 3, padding=1)
    c = unit(c, at + "branch3x3dbl_3", 96, 3, padding=1)
    d = unit(mean_pool(x), at + "branch_pool", pool, 1)
    return torch.cat([a, b, c, d], 1)


def block_b(x, at):
    a = unit(x, at + "branch3x3", 384, 3, stride=2)
    b = unit(x, at + "branch3x3dbl_1", 64, 1)
    b = unit(b, at + "branch3x3dbl_2", 96, 3, padding=1)
    b = unit(b, at + "branch3x3dbl_3", 96, 3, stride=2)
    return torch.cat([a, b, F.max_pool2d(x, 3, 2)], 1)


def block_c(x, at, width):
    row, column = {"kernel": (1, 7), "padding": (0, 3)}, {"kernel": (7, 1), "padding": (3, 0)}
    a = unit(x, at + "branch1x1", 192, 1)
    b = unit(x, at + "branch7x7_1", width, 1)
    b = unit(b, at + "branch7x7_2", width, **row)
    b = unit(b, at + "branch7x7_3", 192, **column)
    c = unit(x, at + "branch7x7dbl_1", width, 1)
    c = unit(c, at + "branch7x7dbl_2", width, **column)
    c = unit(c, at + "branch7x7dbl_3", width, **row)
    c = unit(c, at + "branch7x7dbl_4", width, **column)
    c = unit(c, at + "branch7x7dbl_5", 192, **row)
    d = unit(mean_pool(x), at + "branch_pool", 192, 1)
    return torch.cat([a, b, c, d], 1)


def block_d(x, at):
    a = unit(x, at + "branch3x3_1", 192, 1)
    a = unit(a, at + "branch3x3_2", 320, 3, stride=2)
    b = unit(x, at + "branch7x7x3_1", 192, 1)
    b = unit(b, at + "branch7x7x3_2", 192, (1, 7), padding=(0, 3))
    b = unit(b, at + "branch7x7x3_3", 192, (7, 1), padding=(3, 0))
    b = unit(b, at + "branch7x7x3_4", 192, 3, stride=2)
    return torch.cat([a, b, F.max_pool2d(x, 3, 2)], 1)


def block_e(x, at, pool):
    row, column = {"kernel": (1, 3), "padding": (0, 1)}, {"kernel": (3, 1), "padding": (1, 0)}
    a = unit(x, at + "branch1x1", 320, 1)
    b = unit(x, at + "branch3x3_1", 384, 1)
    b = torch.cat([unit(b, at + "branch3x3_2a", 384, **row), unit(b, at + "branch3x3_2b", 384, **column)], 1)
    c = unit(x, at + "branch3x3dbl_1", 448, 1)
    c = unit(c, at + "branch3x3dbl_2", 384, 3, padding=1)
    c = torch.cat([unit(c, at + "branch3x3dbl_3a", 384, **row), unit(c, at + "branch3x3dbl_3b", 384, **column)], 1)
    d = unit(pool(x), at + "branch_pool", 192, 1)
    return torch.cat([a, b, c, d], 1)


def features(x):
    x = (x + 1) / 2  # as images are given to it
    if x.shape[1] == 1:
        x = x.repeat(1, 3, 1, 1)
    x = 2 * F.interpolate(x, (299, 299), mode="bilinear", align_corners=False) - 1
    x = unit(x, "Conv2d_1a_3x3", 32, 3, stride=2)
    x = unit(x, "Conv2d_2a_3x3", 32, 3)
    x = unit(x, "Conv2d_2b_3x3", 64, 3, padding=1)
    x = F.max_pool2d(x, 3, 2)
    x = unit(x, "Conv2d_3b_1x1", 80, 1)
    x = unit(x, "Conv2d_4a_3x3", 192, 3)
    x = F.max_pool2d(x, 3, 2)
    for name, pool in ("5b", 32), ("5c", 64), ("5d", 64):
        x = block_a(x, f"Mixed_{name}.", pool)
    x = block_b(x, "Mixed_6a.")
    for name, width in ("6b", 128), ("6c", 160), ("6d", 160), ("6e", 192):
        x = block_c(x, f"Mixed_{name}.", width)
    x = block_d(x, "Mixed_7a.")
    x = block_e(x, "Mixed_7b.", mean_pool)
    x = block_e(x, "Mixed_7c.", largest_pool)
    return F.adaptive_avg_pool2d(x, 1).flatten()


def write(path, tensors, metadata):
    header, at = {"__metadata__": metadata}, 0
    for name, value in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [at, at + value.size * 4]}
        at += value.size * 4
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for value in tensors.values():
            file.write(value.astype("<f4").tobytes())


@torch.no_grad()
def main():
    got = {}
    for name, height, width, channels in ("enlarged", 40, 52, 3), ("smaller", 420, 380, 1):
        image = np.sin(0.37 * np.arange(height * width * channels)).astype(np.float32).reshape(1, height, width, channels)
        y = features(torch.from_numpy(image.transpose(0, 3, 1, 2).copy())).double().numpy()
        print(name, y.mean(), y.std(), (y == 0).mean())
        got[name], got[name + "_sum"] = y[:64], np.array([y.sum()])
    listing = "\n".join(f"{name} {tuple(value.shape)}" for name, value in parameters.items())
    write("inception.safetensors", got, {"salt": str(SALT), "gain": str(GAIN), "parameters": listing})


main()
