"""Writes the numbers beside this file, by PyTorch 2.15: what TAESD and Stable Diffusion's autoencoder make of an image and
of latents, with weights by recipe. Nothing of published weights is in them.

python make.py, in this folder. Each file holds image [1, 3, h, w] in [-1, 1], latents [1, c, h', w'] that the encoder
makes of it (means, unscaled), y, other latents, and decoded, the image of y. Its metadata hold the salt and the gain of the
recipe (internal/fixture) and the names and shapes of all parameters.

python make.py ENCODER DECODER, with the published files of TAEF2, writes what they make of waves, and of their latents,
taef2_published.safetensors, and nothing else.
"""
import json
import math
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F

MASK = (1 << 64) - 1


def recipe(salt, gain, name, shape):
    """The values of a parameter: splitmix64 from the FNV-1a hash of its name."""
    key = 0xCBF29CE484222325
    for byte in name.encode():
        key = (key ^ byte) * 0x100000001B3 & MASK
    n = math.prod(shape)
    with np.errstate(over="ignore"):
        x = np.uint64(key ^ salt) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ x >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ x >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        x = x ^ x >> np.uint64(31)
    r = 2 * (x >> np.uint64(40)).astype(np.float64) / (1 << 24) - 1
    if len(shape) >= 2:
        r = gain * math.sqrt(3 / (n // shape[0])) * r
    elif name.endswith(".weight"):
        r = 1 + 0.1 * r
    else:
        r = 0.05 * r
    return torch.from_numpy(r.astype(np.float32).reshape(shape))


class Weights:
    """Makes parameters as they are asked for, and knows which."""

    def __init__(self, salt, gain=1.0, prefix=""):
        self.salt, self.gain, self.prefix, self.asked = salt, gain, prefix, {}

    def __call__(self, name, *shape):
        name = self.prefix + name
        if name not in self.asked:
            self.asked[name] = self.make(name, shape)
        return self.asked[name]

    def make(self, name, shape):
        return recipe(self.salt, self.gain, name, shape)

    def listing(self):
        return "\n".join(f"{name} {tuple(value.shape)}" for name, value in self.asked.items())

    def conv(self, x, name, out, kernel=3, stride=1, padding=None, bias=True):
        w = self(name + ".weight", out, x.shape[1], kernel, kernel)
        b = self(name + ".bias", out) if bias else None
        return F.conv2d(x, w, b, stride, kernel // 2 if padding is None else padding)

    def norm(self, x, name, groups=32, epsilon=1e-6):
        c = x.shape[1]
        return F.group_norm(x, groups, self(name + ".weight", c), self(name + ".bias", c), epsilon)


class Published(Weights):
    """Makes none: they are those of a file."""

    def __init__(self, path):
        super().__init__(0)
        self.left = torch.load(path, map_location="cpu", weights_only=True)

    def make(self, name, shape):
        value = self.left.pop(name).float()
        assert value.shape == shape, (name, value.shape, shape)
        return value


def taesd_block(w, x, name, pools=False):
    c = x.shape[1]
    if pools:
        h = w.norm(w.conv(x, name + ".pool.0", 4 * c, kernel=1, bias=False), name + ".pool.1", 4, 1e-5)
        x = x + w.conv(F.relu(h), name + ".pool.3", c, kernel=1, bias=False)
    h = F.relu(w.conv(x, name + ".conv.0", c))
    h = F.relu(w.conv(h, name + ".conv.2", c))
    return F.relu(w.conv(h, name + ".conv.4", c) + x)


def taesd_encode(w, image, width, channels, pools):
    h = w.conv((image + 1) / 2, "0", width)
    h = taesd_block(w, h, "1")
    at = 2
    for level in range(3):
        h = w.conv(h, str(at), width, stride=2, bias=False)
        for i in range(3):
            h = taesd_block(w, h, str(at + 1 + i), pools and level == 2)
        at += 4
    return w.conv(h, str(at), channels)


def taesd_decode(w, y, width, first, pools):
    h = F.relu(w.conv(3 * torch.tanh(y / 3), str(first), width))
    at = first + 2
    for level in range(3):
        for i in range(3):
            h = taesd_block(w, h, str(at + i), pools and level == 0)
        h = F.interpolate(h, scale_factor=2, mode="nearest")
        h = w.conv(h, str(at + 4), width, bias=False)
        at += 5
    h = taesd_block(w, h, str(at))
    return 2 * w.conv(h, str(at + 1), 3) - 1


class Diffusers:
    """How diffusers names the parts of AutoencoderKL."""

    down = "encoder.down_blocks.{}.resnets.{}".format
    halve = "encoder.down_blocks.{}.downsamplers.0.conv".format
    up = "decoder.up_blocks.{}.resnets.{}".format
    double = "decoder.up_blocks.{}.upsamplers.0.conv".format
    middle = "{}.mid_block.resnets.{}".format
    attention = "{}.mid_block.attentions.0".format
    heads = ["group_norm", "to_q", "to_k", "to_v", "to_out.0"]
    kernels = False
    norm = "{}.conv_norm_out".format
    shortcut = "conv_shortcut"

    def __init__(self, levels):
        pass


class First:
    """How its first code does. Levels of the decoder are numbered from the highest resolution; attention convolves."""

    down = "encoder.down.{}.block.{}".format
    halve = "encoder.down.{}.downsample.conv".format
    heads = ["norm", "q", "k", "v", "proj_out"]
    kernels = True
    attention = "{}.mid.attn_1".format
    norm = "{}.norm_out".format
    shortcut = "nin_shortcut"

    def __init__(self, levels):
        self.levels = levels

    def up(self, level, i):
        return f"decoder.up.{self.levels - 1 - level}.block.{i}"

    def double(self, level):
        return f"decoder.up.{self.levels - 1 - level}.upsample.conv"

    def middle(self, half, i):
        return f"{half}.mid.block_{i + 1}"


def kl_block(w, n, x, name, out):
    h = w.conv(F.silu(w.norm(x, name + ".norm1")), name + ".conv1", out)
    h = w.conv(F.silu(w.norm(h, name + ".norm2")), name + ".conv2", out)
    if x.shape[1] != out:
        x = w.conv(x, f"{name}.{n.shortcut}", out, kernel=1)
    return x + h


def kl_middle(w, n, x, half):
    b, c, height, width = x.shape
    x = kl_block(w, n, x, n.middle(half, 0), c)
    name = n.attention(half)
    norm, q, k, v, last = n.heads

    def linear(rows, which):
        shape = (c, c, 1, 1) if n.kernels else (c, c)
        return F.linear(rows, w(f"{name}.{which}.weight", *shape).reshape(c, c), w(f"{name}.{which}.bias", c))

    rows = w.norm(x, f"{name}.{norm}").flatten(2).transpose(1, 2)
    seen = F.scaled_dot_product_attention(linear(rows, q), linear(rows, k), linear(rows, v))
    x = x + linear(seen, last).transpose(1, 2).reshape(b, c, height, width)
    return kl_block(w, n, x, n.middle(half, 1), c)


def kl_encode(w, n, image, widths, blocks, channels):
    h = w.conv(image, "encoder.conv_in", widths[0])
    for level, width in enumerate(widths):
        for i in range(blocks):
            h = kl_block(w, n, h, n.down(level, i), width)
        if level < len(widths) - 1:
            h = w.conv(F.pad(h, (0, 1, 0, 1)), n.halve(level), width, stride=2, padding=0)
    h = kl_middle(w, n, h, "encoder")
    h = w.conv(F.silu(w.norm(h, n.norm("encoder"))), "encoder.conv_out", 2 * channels)
    return w.conv(h, "quant_conv", 2 * channels, kernel=1)[:, :channels]


def kl_decode(w, n, y, widths, blocks):
    h = w.conv(y, "post_quant_conv", y.shape[1], kernel=1)
    h = kl_middle(w, n, w.conv(h, "decoder.conv_in", widths[-1]), "decoder")
    for level, width in enumerate(reversed(widths)):
        for i in range(blocks + 1):
            h = kl_block(w, n, h, n.up(level, i), width)
        if level < len(widths) - 1:
            h = w.conv(F.interpolate(h, scale_factor=2, mode="nearest"), n.double(level), width)
    return w.conv(F.silu(w.norm(h, n.norm("decoder"))), "decoder.conv_out", 3)


def write(path, tensors, metadata):
    header, at = {"__metadata__": metadata}, 0
    for name, value in tensors.items():
        size = value.numel() * 4
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for value in tensors.values():
            file.write(value.contiguous().numpy().tobytes())


def inputs(side, factor, channels):
    rng = np.random.default_rng(side)
    image = rng.uniform(-1, 1, (1, 3, side, side)).astype(np.float32)
    y = rng.standard_normal((1, channels, side // factor, side // factor)).astype(np.float32)
    return torch.from_numpy(image), torch.from_numpy(y)


def published(encoder, decoder):
    """Numbers of the published weights of TAEF2. The image is a wave of each colour."""
    encoder, decoder = Published(encoder), Published(decoder)
    row, column = np.mgrid[:32, :32] / 32
    image = np.stack([0.8 * np.sin(2 * np.pi * (a * row + b * column)) for a, b in [(1, 0.3), (0.7, 1.1), (-0.4, 1.3)]])
    image = torch.from_numpy(image[None].astype(np.float32))
    y = taesd_encode(encoder, image, 64, 32, True)
    decoded = taesd_decode(decoder, y, 64, 1, True)
    assert not encoder.left and not decoder.left
    write("taef2_published.safetensors", {"image": image, "latents": y, "y": y, "decoded": decoded}, {})
    print("L1", (image - decoded).abs().mean().item())


@torch.no_grad()
def main():
    if len(sys.argv) > 1:
        published(*sys.argv[1:])
        return

    def taesd(path, encoder, decoder, first, channels=4, pools=False, side=40):
        image, y = inputs(side, 8, channels)
        got = {"image": image, "latents": taesd_encode(encoder, image, 64, channels, pools),
               "y": y, "decoded": taesd_decode(decoder, y, 64, first, pools)}
        write(path, got, {"gain": "1", "encoder_salt": str(encoder.salt), "encoder_parameters": encoder.listing(),
                          "decoder_salt": str(decoder.salt), "decoder_parameters": decoder.listing()})

    taesd("taesd.safetensors", Weights(1, prefix="encoder.layers."), Weights(1, prefix="decoder.layers."), 0)
    taesd("taesd_pair.safetensors", Weights(2), Weights(3), 1)
    taesd("taesd_16.safetensors", Weights(7, prefix="encoder.layers."), Weights(7, prefix="decoder.layers."), 0, 16, side=32)
    taesd("taesd_pools.safetensors", Weights(8), Weights(9), 1, 32, True, 32)

    def kl(path, w, n, side, widths, blocks):
        image, y = inputs(side, 1 << len(widths) - 1, 4)
        n = n(len(widths))
        got = {"image": image, "latents": kl_encode(w, n, image, widths, blocks, 4), "y": y, "decoded": kl_decode(w, n, y, widths, blocks)}
        write(path, got, {"gain": "1", "salt": str(w.salt), "parameters": w.listing()})

    kl("kl.safetensors", Weights(4), Diffusers, 40, [128, 256, 512, 512], 2)
    kl("kl_small.safetensors", Weights(5), Diffusers, 24, [32, 64, 96], 1)
    kl("kl_first.safetensors", Weights(6, prefix="first_stage_model."), First, 24, [32, 64, 64], 2)


main()
