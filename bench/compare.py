"""Prints the Go benchmarks beside PyTorch's times for the same work.

    compare.py RESULTS

reads RESULTS/go*.txt (outputs of go test -bench) and RESULTS/torch*.txt
(outputs of reference.py), takes the best of the rounds of each side, and
prints a table. The exit status is 0 even where a goal is missed: timings of a
busy machine are no test.
"""

import glob
import re
import sys

# The work, what names it in the results, its floating-point operations, and
# how many times as fast as PyTorch it should be.
GEMM = "product {0} x {1} x {2}"
CONV = "convolution 3x3, {3} channels, {1} x {1}, batch {0}, {4}"


def gemm(m, k, n, goal, kind=""):
    note = {"": "", "gradInput": ", second transposed", "gradWeight": ", first transposed"}[kind]
    return (GEMM.format(m, k, n) + note, f"Gemm/{m}x{k}x{n}{kind}", 2 * m * k * n, goal)


def conv(batch, side, channels, way, goal):
    title = CONV.format(batch, side, side, channels, way)
    operations = 2 * batch * side * side * channels * channels * 9
    return (title, f"Conv/{batch}x{side}x{side}x{channels}-{channels}/3x3/{way}", operations, goal)


ROWS = [
    gemm(2048, 2048, 2048, 0.9),
    gemm(512, 1024, 1024, 1.0),
    gemm(16, 1024, 1024, 1.0),
    gemm(15, 1024, 1024, None),
    gemm(15, 1024, 1024, None, "gradInput"),
    gemm(1024, 15, 1024, None, "gradWeight"),
    gemm(64, 512, 512, None),
    gemm(64, 512, 512, None, "gradInput"),
    gemm(512, 64, 512, None, "gradWeight"),
    gemm(64, 256, 256, None),
    gemm(64, 256, 256, None, "gradInput"),
    gemm(256, 64, 256, None, "gradWeight"),
    *(conv(4, 32, 256, way, 0.9) for way in ("forward", "gradInput", "gradFilter")),
    *(conv(16, 64, 64, way, 0.9) for way in ("forward", "gradInput", "gradFilter")),
    ("12 layers of 512 x 512 with tanh, batch 64: a training step", "MLPStep", 0, 1.5),
    ("flow, 20 blocks, hidden 256, batch 64: a training step", "FlowStep/hidden=256", 0, 5),
    ("flow, 20 blocks, hidden 1024, batch 15: a training step", "FlowStep/hidden=1024", 0, 3),
    ("autoencoder, 32 px, batch 12: a training step", "AutoencoderStep/gan=false", 0, 1.5),
    ("the same with the PatchGAN", "AutoencoderStep/gan=true", 0, 1.5),
    ("tanh of a million values", "Tanh", 0, 1.0),
]

LINE = re.compile(r"^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns/op")
LEVEL = re.compile(r"^(Gemm|Conv)/(?:avx512|avx2|portable)/")


def best_of(pattern, parse):
    """The shortest time of each name over files."""
    best = {}
    for path in glob.glob(pattern):
        with open(path) as lines:
            for name, seconds in filter(None, map(parse, lines)):
                best[name] = min(seconds, best.get(name, seconds))
    return best


def parse_go(line):
    match = LINE.match(line)
    return match and (LEVEL.sub(r"\1/", match[1]), float(match[2]) * 1e-9)


def parse_torch(line):
    name, _, seconds = line.rstrip("\n").partition("\t")
    return seconds and (name, float(seconds))


def shown(seconds, operations):
    if seconds is None:
        return "-"
    if operations:
        return f"{operations / seconds / 1e9:.0f} GFLOP/s"
    return f"{seconds * 1e3:.2f} ms"


def main():
    folder = sys.argv[1]
    go, reference = best_of(f"{folder}/go*.txt", parse_go), best_of(f"{folder}/torch*.txt", parse_torch)
    print("| work (float32, two threads) | PyTorch | simd | times as fast | goal |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for title, name, operations, goal in ROWS:
        ours, theirs = go.get(name), reference.get(name)
        if ours is None and theirs is None:
            continue
        ratio = f"{theirs / ours:.2f}" if ours and theirs else "-"
        cells = title, shown(theirs, operations), shown(ours, operations), ratio, "" if goal is None else f"{goal:g}"
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
