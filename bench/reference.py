"""The work of the benchmarks of backend/simd, in PyTorch.

Prints one line a benchmark: its name, tab, the seconds of one run. Each is the
mean of many runs after a first one that is not counted. The names are those of
the Go benchmarks, without their level and suffixes, so that compare.py can join
the two.

    reference.py [REGULAR_EXPRESSION_OF_NAMES]
"""

import os
import re
import sys
import time

os.environ.setdefault("OPENBLAS_CORETYPE", "SKYLAKEX")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")
os.environ.setdefault("OMP_NUM_THREADS", "2")

import torch
from torch import nn
from torch.nn import functional as F

THREADS = 2


def seconds(run, budget=1.0):
    """The mean time of run, called for about budget seconds, as go test has it."""
    run()
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < budget:
        run()
        count += 1
    return (time.perf_counter() - start) / count


def gemm(m, k, n, kind=""):
    """A product [m, k] x [k, n]; kind names the factor that is transposed."""
    a = torch.randn(k, m).t() if kind == "gradWeight" else torch.randn(m, k)
    b = torch.randn(n, k).t() if kind == "gradInput" else torch.randn(k, n)
    out = torch.empty(m, n)
    return lambda: torch.mm(a, b, out=out)


def conv(batch, side, channels, out, size, way):
    """A convolution of stride 1 that keeps the size, or one of its gradients."""
    x = torch.randn(batch, channels, side, side)
    w = torch.randn(out, channels, size, size)
    pad = size // 2
    if way == "forward":
        return no_grad(lambda: F.conv2d(x, w, padding=pad))
    wanted = x if way == "gradInput" else w
    wanted.requires_grad_()
    y = F.conv2d(x, w, padding=pad)
    dy = torch.randn_like(y)
    return lambda: torch.autograd.grad(y, wanted, dy, retain_graph=True)


def no_grad(run):
    def wrapped():
        with torch.no_grad():
            return run()

    return wrapped


def training(model, loss, update=None):
    """A step of training: forward, gradients, update by Adam."""
    update = update or torch.optim.Adam(model.parameters(), lr=1e-4)

    def step():
        update.zero_grad(set_to_none=False)
        loss().backward()
        update.step()

    return step


def mlp_step():
    layers = []
    for _ in range(12):
        layers += [nn.Linear(512, 512), nn.Tanh()]
    model, x = nn.Sequential(*layers), torch.randn(64, 512)
    update = torch.optim.SGD(model.parameters(), lr=1e-4)
    return training(model, lambda: model(x).square().mean(), update)


class Network(nn.Module):
    """One network of a coupling: hidden layers with LeakyReLU."""

    def __init__(self, inputs, hidden, outputs, last):
        super().__init__()
        layers, size = [], inputs
        for _ in range(3):
            layers += [nn.Linear(size, hidden), nn.LeakyReLU(0.01)]
            size = hidden
        layers.append(nn.Linear(size, outputs))
        if last is not None:
            layers.append(last)
        self.layers = nn.Sequential(*layers)

    def forward(self, x, condition):
        return self.layers(torch.cat([x, condition], 1))


class Block(nn.Module):
    """ActNorm, a double affine coupling and a fixed shuffle."""

    def __init__(self, latent, condition, hidden):
        super().__init__()
        half = latent // 2
        self.loc = nn.Parameter(torch.zeros(1, latent))
        self.scale = nn.Parameter(torch.ones(1, latent))
        self.s = nn.ModuleList(Network(half + condition, hidden, half, nn.Tanh()) for _ in range(2))
        self.t = nn.ModuleList(Network(half + condition, hidden, half, None) for _ in range(2))
        self.register_buffer("shuffle", torch.randperm(latent))

    def forward(self, z, condition):
        z = self.scale * (z + self.loc)
        log_det = self.scale.abs().log().sum()
        a, b = z.chunk(2, 1)
        for s_net, t_net in zip(self.s, self.t):
            s, t = s_net(a, condition), t_net(a, condition)
            b = b * s.exp() + t
            log_det = log_det + s.sum(1)
            a, b = b, a
        return torch.cat([a, b], 1)[:, self.shuffle], log_det


def flow_step(hidden, batch, blocks=20, latent=128, condition=10):
    model = nn.ModuleList(Block(latent, condition, hidden) for _ in range(blocks))
    x, c = torch.randn(batch, latent), torch.randn(batch, condition)

    def loss():
        z, total = x, 0
        for block in model:
            z, log_det = block(z, c)
            total = total + log_det
        return (0.5 * z.square().sum(1) - total).mean()

    return training(model, loss)


class ChannelNorm(nn.Module):
    """A scale and a shift for each channel."""

    def __init__(self, channels):
        super().__init__()
        self.loc = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.scale = nn.Parameter(torch.ones(1, channels, 1, 1))

    def forward(self, x):
        return self.scale * (x + self.loc)


class Autoencoder(nn.Module):
    """The 32-pixel autoencoder: four halvings, 128 latent numbers."""

    def __init__(self, channels=64):
        super().__init__()
        c = channels
        down, up, size = [], [], 3
        for out in (c, 2 * c, 4 * c, 8 * c):
            down += [nn.Conv2d(size, out, 4, 2, 1, bias=False), ChannelNorm(out), nn.LeakyReLU(0.2)]
            size = out
        for out in (4 * c, 2 * c, c):
            up += [nn.ConvTranspose2d(size, out, 4, 2, 1, bias=False), ChannelNorm(out), nn.LeakyReLU(0.2)]
            size = out
        up += [nn.ConvTranspose2d(size, 3, 4, 2, 1, bias=False), nn.Tanh()]
        self.encoder = nn.Sequential(*down, nn.Conv2d(8 * c, 4 * c, 2))
        self.decoder = nn.Sequential(nn.ConvTranspose2d(2 * c, 8 * c, 2), *up)

    def forward(self, image, noise):
        mean, log_variance = self.encoder(image).chunk(2, 1)
        log_variance = log_variance.clamp(-30, 10)
        z = mean + (0.5 * log_variance).exp() * noise
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum((1, 2, 3)).mean()
        return self.decoder(z), kl


def patch_gan(c=64):
    layers = [nn.Conv2d(3, c, 4, 2, 1), nn.LeakyReLU(0.2)]
    for size, out, stride in ((c, 2 * c, 2), (2 * c, 4 * c, 2), (4 * c, 8 * c, 1)):
        layers += [nn.Conv2d(size, out, 4, stride, 1, bias=False), nn.BatchNorm2d(out), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Conv2d(8 * c, 1, 4, 1, 1))


def autoencoder_step(gan, batch=12):
    model, image, noise = Autoencoder(), torch.randn(batch, 3, 32, 32), torch.randn(batch, 128, 1, 1)

    def reconstruct():
        decoded, kl = model(image, noise)
        return decoded, (decoded - image).abs().mean() + 1e-6 * kl

    if not gan:
        return training(model, lambda: reconstruct()[1])

    judge = patch_gan()
    update = torch.optim.Adam(model.parameters(), lr=1e-4)
    update_judge = torch.optim.Adam(judge.parameters(), lr=1e-4)

    def step():
        judge.requires_grad_(False)
        decoded, loss = reconstruct()
        update.zero_grad(set_to_none=False)
        (loss - 0.1 * judge(decoded).mean()).backward()
        update.step()
        judge.requires_grad_(True)
        update_judge.zero_grad(set_to_none=False)
        real, fake = judge(image), judge(decoded.detach())
        (0.5 * (F.relu(1 - real).mean() + F.relu(1 + fake).mean())).backward()
        update_judge.step()

    return step


def tanh():
    x, out = torch.randn(1 << 20), torch.empty(1 << 20)
    return lambda: torch.tanh(x, out=out)


def benchmarks():
    """Yields the name of each benchmark and what makes its run."""
    for m, k, n, kind in (
        (2048, 2048, 2048, ""),
        (512, 1024, 1024, ""),
        (16, 1024, 1024, ""),
        (15, 1024, 1024, ""),
        (15, 1024, 1024, "gradInput"),
        (1024, 15, 1024, "gradWeight"),
        (64, 512, 512, ""),
        (64, 512, 512, "gradInput"),
        (512, 64, 512, "gradWeight"),
        (64, 256, 256, ""),
        (64, 256, 256, "gradInput"),
        (256, 64, 256, "gradWeight"),
    ):
        yield f"Gemm/{m}x{k}x{n}{kind}", lambda a=(m, k, n, kind): no_grad(gemm(*a))
    for batch, side, channels in ((4, 32, 256), (16, 64, 64)):
        for way in ("forward", "gradInput", "gradFilter"):
            name = f"Conv/{batch}x{side}x{side}x{channels}-{channels}/3x3/{way}"
            yield name, lambda w=way, a=(batch, side, channels): conv(*a, a[2], 3, w)
    yield "MLPStep", mlp_step
    yield "FlowStep/hidden=256", lambda: flow_step(256, 64)
    yield "FlowStep/hidden=1024", lambda: flow_step(1024, 15)
    yield "AutoencoderStep/gan=false", lambda: autoencoder_step(False)
    yield "AutoencoderStep/gan=true", lambda: autoencoder_step(True)
    yield "Tanh", lambda: no_grad(tanh())


def main():
    wanted = re.compile(sys.argv[1] if len(sys.argv) > 1 else "")
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    for name, make in benchmarks():
        if wanted.search(name):
            print(f"{name}\t{seconds(make()):.9f}", flush=True)


if __name__ == "__main__":
    main()
