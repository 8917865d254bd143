"""Writes the checkpoints beside this file, with PyTorch 1.13."""
import argparse
import collections
import os

import torch

folder = os.path.dirname(os.path.abspath(__file__))


def numbers(*shape):
    count = 1
    for axis in shape:
        count *= axis
    return torch.arange(count, dtype=torch.float32).reshape(shape) / 4


base = numbers(3, 4)
state = collections.OrderedDict(
    [
        ("contiguous", numbers(2, 3)),
        ("parameter", torch.nn.Parameter(numbers(2))),
        ("transposed", base.t()),
        ("row", base[1]),
        ("column", base[:, 1]),
        ("tied", base),
        ("scalar", torch.tensor(7, dtype=torch.int64)),
        ("empty", torch.zeros(0, 5)),
        ("bool", torch.tensor([True, False])),
        ("half", numbers(3).half()),
        ("bfloat16", numbers(3).bfloat16()),
        ("double", numbers(3).double()),
        ("bytes", torch.tensor([0, 255], dtype=torch.uint8)),
        ("extra", {"not": "a tensor"}),
    ]
)
checkpoint = {
    "epoch": 3,
    "big": 2**40,
    "negative": -5,
    "loss": 0.5,
    "pytorch-lightning_version": "0.9.0",
    "hyper_parameters": argparse.Namespace(width=[1, 2.5, None, True], name="x"),
    "optimizer_states": [{"state": {0: {"exp_avg": numbers(4)}}}],
    "class": argparse.Namespace,
    "state_dict": state,
}
for name, arguments in {
    "zip": {},
    "legacy": {"_use_new_zipfile_serialization": False},
    "protocol5": {"pickle_protocol": 5},
}.items():
    torch.save(checkpoint, os.path.join(folder, name + ".ckpt"), **arguments)
torch.save(torch.nn.Linear(2, 1).state_dict(), os.path.join(folder, "bare.ckpt"))
