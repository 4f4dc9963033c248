#!/usr/bin/python3
"""Writes test/fixtures/ops/*.safetensors: PyTorch's outputs for the cases in test/cases; and test/fixtures/quality.json: what Pillow makes
of a picture, and PSNR and SSIM of bicubic interpolation.

It shares the cases' names, shapes, seeds and attributes with the tests, and no code. Needs Node with the project's development
packages, PyTorch, NumPy and Pillow; on Debian:
    apt-get install python3-torch python3-numpy python3-pil

    tools/make-fixtures.py
"""
import json
import math
import pathlib
import struct
import subprocess
import tempfile

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Random:
    """The numbers of test/cases/random.ts: mulberry32, all of an array at once since its state only counts."""

    def __init__(self, seed):
        self.counter = seed

    def bits(self, count):
        step = np.arange(1, count + 1, dtype=np.uint64)
        state = (np.uint64(self.counter) + step * np.uint64(0x6D2B79F5)).astype(np.uint32)
        self.counter = (self.counter + count * 0x6D2B79F5) % 2**32
        mixed = (state ^ (state >> 15)) * (state | 1)
        mixed ^= mixed + (mixed ^ (mixed >> 7)) * (mixed | 61)
        return mixed ^ (mixed >> 14)

    def tensor(self, shape, scale=1.0):
        values = ((self.bits(math.prod(shape)) >> 8) * 2.0**-23 - 1) * scale
        return torch.from_numpy(values.astype(np.float32)).reshape(shape)


FUNCTIONS = {"relu": F.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}


def activate(inputs, spec, random):
    return FUNCTIONS[spec["kind"]](inputs[0])


def concat_channels(inputs, spec, random):
    return torch.cat(inputs, 0)


def conv2d(inputs, spec, random):
    (x,), out, kernel = inputs, spec["outChannels"], spec["kernel"]
    weight = random.tensor([out, x.shape[0], kernel, kernel], spec["weightScale"])
    bias = random.tensor([out]) if spec["bias"] else None
    padding = spec.get("padding", "zeros")
    if padding != "valid":
        around = [kernel // 2 + spec.get("grow", 0)] * 4
        x = F.pad(x[None], around, mode="replicate" if padding == "replicate" else "constant")[0]
    y = F.conv2d(x[None], weight, bias)
    activation = spec["activation"]
    if isinstance(activation, dict):
        y = F.leaky_relu(y, activation["slope"])
    elif activation == "prelu":
        y = F.prelu(y, random.tensor([out], 2))
    elif activation != "none":
        y = FUNCTIONS[activation](y)
    return y[0]


def conv_transpose2d(inputs, spec, random):
    (x,), out, kernel = inputs, spec["outChannels"], spec["kernel"]
    stride, offset = spec["stride"], spec["offset"]
    weight = random.tensor([x.shape[0], out, kernel, kernel], spec["weightScale"])
    bias = random.tensor([out]) if spec["bias"] else None
    # Pixels around the picture, of which the output is cut: as large as wanted whatever the kernel.
    around = math.ceil(kernel / stride) + 1
    x = F.pad(x[None], [around] * 4, mode="replicate" if spec["padding"] == "replicate" else "constant")
    y = F.conv_transpose2d(x, weight, bias, stride=stride)
    first = around * stride + offset
    height, width = ((n - 2 * around) * stride for n in x.shape[2:])
    return y[0, :, first : first + height, first : first + width]


def leaky_relu(inputs, spec, random):
    return F.leaky_relu(inputs[0], spec["slope"])


def pixel_shuffle(inputs, spec, random):
    (x,), r = inputs, spec["factor"]
    if spec["order"] == "pytorch":
        return F.pixel_shuffle(x, r)
    deep, height, width = x.shape
    c = deep // (r * r)
    return x.reshape(r, r, c, height, width).permute(2, 3, 0, 4, 1).reshape(c, height * r, width * r)


def pixel_unshuffle(inputs, spec, random):
    (x,), r = inputs, spec["factor"]
    if spec["order"] == "pytorch":
        return F.pixel_unshuffle(x, r)
    c, height, width = x.shape
    blocks = x.reshape(c, height // r, r, width // r, r).permute(2, 4, 0, 1, 3)
    return blocks.reshape(c * r * r, height // r, width // r)


def prelu(inputs, spec, random):
    (x,) = inputs
    return F.prelu(x[None], random.tensor([x.shape[0]], 2))[0]


def imresize_matrix(n_in, n_out, antialias):
    """A row for each output of MATLAB's imresize: Keys' cubic over the picture and its mirror images, and weights that sum to 1."""
    spread = max(n_in / n_out, 1) if antialias else 1
    centre = (np.arange(n_out)[:, None] + 0.5) * n_in / n_out - 0.5
    at = np.floor(centre).astype(int) + np.arange(-math.ceil(2 * spread), math.ceil(2 * spread) + 2)
    x = np.abs(at - centre) / spread
    inner, outer = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    weights = np.where(x <= 1, inner, np.where(x <= 2, outer, 0))
    weights /= weights.sum(1, keepdims=True)
    matrix, mirrored = np.zeros((n_out, n_in)), at % (2 * n_in)
    np.add.at(matrix, (np.arange(n_out)[:, None], np.minimum(mirrored, 2 * n_in - 1 - mirrored)), weights)
    return torch.from_numpy(matrix)


def resize(inputs, spec, random):
    size = (spec["height"], spec["width"])
    if spec["mode"] == "imresize":
        down, across = (imresize_matrix(n, to, spec["antialias"]) for n, to in zip(inputs[0].shape[1:], size))
        return (down @ inputs[0].double() @ across.T).float()
    return F.interpolate(inputs[0][None], size, mode=spec["mode"], align_corners=False, antialias=spec["antialias"])[0]


def scaled_add(inputs, spec, random):
    x, y = inputs
    return torch.add(y, x, alpha=spec["alpha"])


def upsample_nearest(inputs, spec, random):
    return F.interpolate(inputs[0][None], scale_factor=spec["factor"], mode="nearest")[0]


LUMA = torch.tensor([0.299, 0.587, 0.114], dtype=torch.float64)[:, None, None]


def image_to_tensor(inputs, spec, random):
    picture = spec["picture"]
    shape = [picture["height"], picture["width"], picture["channels"]]
    values = (random.bits(math.prod(shape)) >> (32 - picture["bits"])).astype(np.float64) / (2 ** picture["bits"] - 1)
    colours = torch.from_numpy(values).reshape(shape).permute(2, 0, 1)
    colours = colours[:1].repeat(3, 1, 1) if picture["channels"] <= 2 else colours[:3]
    x = (colours if spec["channels"] == 3 else (colours * LUMA).sum(0, keepdim=True))[None]
    right, below = spec["width"] - picture["width"], spec["height"] - picture["height"]
    x = F.pad(x, (0, right, 0, 0), mode="reflect" if right < picture["width"] else "replicate")
    x = F.pad(x, (0, 0, 0, below), mode="reflect" if below < picture["height"] else "replicate")
    return x[0].float()


def tensor_to_image(inputs, spec, random):
    x = (inputs[0] + 0.5).double()
    if spec["channels"] == 1 and x.shape[0] == 3:
        x = (x * LUMA).sum(0, keepdim=True)
    x = x.expand(spec["channels"], -1, -1)[:, : spec["height"], : spec["width"]]
    levels = torch.floor(x.clamp(0, 1) * (2 ** spec["bits"] - 1) + 0.5)
    return levels.permute(1, 2, 0).float()


OPERATIONS = {function.__name__.replace("_", "-"): function for function in (
    activate, concat_channels, conv2d, conv_transpose2d, leaky_relu, pixel_shuffle, pixel_unshuffle, prelu, resize, scaled_add, upsample_nearest,
    image_to_tensor, tensor_to_image,
)}


STUDIO = np.array([65.481, 128.553, 24.966]) / 255


def imresized(levels, size):
    """[H,W,C] by MATLAB's imresize to (height, width)."""
    down, across = (imresize_matrix(n, to, True).numpy() for n, to in zip(levels.shape, size))
    return np.einsum("oh,hwc,pw->opc", down, levels, across)


def psnr(a, b):
    return 10 * math.log10(255**2 / np.mean((a - b) ** 2))


def ssim(a, b):
    """Wang et al. 2004 window by window: 11x11, Gaussian of 1.5, within the picture."""
    at = np.exp(-((np.arange(11) - 5) ** 2) / 4.5)
    window = np.outer(at, at) / np.outer(at, at).sum()
    blocks = [np.lib.stride_tricks.sliding_window_view(plane, (11, 11)) for plane in (a, b)]
    x, y = ((block * window).sum((2, 3)) for block in blocks)
    dx, dy = (block - mean[..., None, None] for block, mean in zip(blocks, (x, y)))
    vx, vy, cov = ((window * product).sum((2, 3)) for product in (dx * dx, dy * dy, dx * dy))
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return np.mean((2 * x * y + c1) * (2 * cov + c2) / ((x * x + y * y + c1) * (vx + vy + c2)))


def bicubic_quality(picture, r):
    """PSNR and SSIM of bicubic interpolation in luma, by the protocols of bench/quality/protocols.ts."""
    level = lambda a: np.clip(np.floor(a + 0.5), 0, 255)
    luma = lambda a: 16 + a @ STUDIO
    truth = picture[: picture.shape[0] // r * r, : picture.shape[1] // r * r]
    size, small = truth.shape[:2], (truth.shape[0] // r, truth.shape[1] // r)
    found = {}
    for name, kept in (("author", level), ("unrounded", lambda a: np.clip(a, 0, 255))):
        wanted = kept(luma(truth))[..., None]
        found[name] = wanted, kept(imresized(imresized(wanted, small), size))
    found["rgb"] = luma(truth), luma(level(imresized(level(imresized(truth, small)), size)))
    crop = lambda a: a.reshape(size)[r:-r, r:-r]
    found = {name: [crop(a) for a in planes] for name, planes in found.items()}
    large = Image.fromarray(picture.astype(np.uint8)).resize(size[::-1], Image.BICUBIC)
    y = lambda image: (16 + np.asarray(image).astype(np.float64) @ [64.738, 129.057, 25.064] / 256)[..., None]
    made = imresized(y(large.resize(small[::-1], Image.BICUBIC)), size)
    found["pillow"] = [y(large)[..., 0], np.clip(made, 0, 255)[..., 0]]
    return {name: {"psnr": psnr(*planes), "ssim": ssim(*planes)} for name, planes in found.items()}


def write_quality(path):
    photo = np.asarray(Image.open(ROOT / "examples/photo.png").convert("RGB")).astype(np.float64)
    tiny = Image.open(ROOT / "test/golden/tiny-37x23.png").convert("RGB")
    sizes = ((36, 22), (18, 11), (12, 7), (9, 5))
    resized = {"%dx%d" % size: np.asarray(tiny.resize(size, Image.BICUBIC)).ravel().tolist() for size in sizes}
    bicubic = {str(r): bicubic_quality(photo, r) for r in (2, 3, 4)}
    path.write_text(json.dumps({"bicubic": bicubic, "pillow": resized}) + "\n")


def list_cases():
    """Compiles the case tables and has Node print them."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--outDir", folder, "--rootDir", ".", "--noEmit", "false", "--module", "nodenext", "--target", "es2022",
                   "--moduleResolution", "nodenext", "--noCheck", "--ignoreConfig"]
        subprocess.run(["npx", "--no-install", "tsc", *options, "test/cases/index.ts"], cwd=ROOT, check=True)
        (pathlib.Path(folder) / "package.json").write_text('{"type":"module"}')
        script = f"import({json.dumps(folder + '/test/cases/index.js')}).then((m) => console.log(JSON.stringify(m.caseList)))"
        return json.loads(subprocess.run(["node", "-e", script], check=True, stdout=subprocess.PIPE).stdout)


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, values in tensors.items():
        raw = values.contiguous().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def main():
    folder = ROOT / "test" / "fixtures" / "ops"
    folder.mkdir(parents=True, exist_ok=True)
    for op, cases in list_cases().items():
        outputs = {}
        for case in cases:
            random = Random(case["seed"])
            inputs = [random.tensor([s["channels"], s["height"], s["width"]]) for s in case.get("inputs", [])]
            assert case["name"] not in outputs, case["name"]
            outputs[case["name"]] = OPERATIONS[op](inputs, case["spec"], random)
        path = folder / f"{op}.safetensors"
        write_safetensors(path, outputs)
        print(f"{path.relative_to(ROOT)}: {len(outputs)} cases, {path.stat().st_size} bytes")
    write_quality(ROOT / "test" / "fixtures" / "quality.json")


if __name__ == "__main__":
    main()
