"""Writes the weight files that convert-weights.test.ts converts, and cases.json, which says what must come of each.

    make-weights.py FOLDER

Owns the synthetic checkpoints, sound and hostile, without PyTorch; running the converter and comparing is the test's.
A case is {name, input, args} with either `tensors` and `metadata` (what the output must hold) or `error` (a regular
expression for the one line on stderr).
"""

import collections
import io
import json
import os
import pickle
import random
import struct
import subprocess
import sys
import types
import zipfile

FOLDER = sys.argv[1]
CANARY = os.path.join(FOLDER, "canary")
CONTROL = os.path.join(FOLDER, "control")
random.seed(20210718)
cases = []


def f32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def half(value):
    return struct.unpack("<e", struct.pack("<e", value))[0]


def bfloat(value):
    return struct.unpack("<f", bytes(2) + struct.pack("<f", value)[2:])[0]


def size(shape):
    count = 1
    for n in shape:
        count *= n
    return count


# ------------------------------------------------------------------------------------------------------------- networks


def conv(name, outputs, inputs, kernel=3):
    return [(name + ".weight", (outputs, inputs, kernel, kernel)), (name + ".bias", (outputs,))]


def rrdbnet(blocks=1, nf=4, gc=2, ups=2, inputs=3, outputs=3, plus=False):
    spec = conv("conv_first", nf, inputs)
    for n in range(blocks):
        for k in (1, 2, 3):
            rdb = "body.%d.rdb%d." % (n, k)
            if plus:
                spec += [(rdb + "conv1x1.weight", (gc, nf, 1, 1))]
            for j in range(4):
                spec += conv(rdb + "conv%d" % (j + 1), gc, nf + j * gc)
            spec += conv(rdb + "conv5", nf, nf + 4 * gc)
    spec += conv("conv_body", nf, nf)
    for i in range(1, ups + 1):
        spec += conv("conv_up%d" % i, nf, nf)
    return spec + conv("conv_hr", nf, nf) + conv("conv_last", outputs, nf)


def rrdn(blocks=2, rdbs=2, convs=3, nf=4, gc=2, scale=2, channels=3):
    spec = conv("conv_first", nf, channels)
    for n in range(blocks):
        for k in range(1, rdbs + 1):
            for j in range(convs):
                spec += conv("body.%d.rdb%d.conv%d" % (n, k, j + 1), gc, nf + j * gc)
            spec += conv("body.%d.rdb%d.conv%d" % (n, k, convs + 1), nf, nf + convs * gc)
    spec += conv("conv_body", nf, nf) + conv("conv_shuffle", channels * scale * scale, nf)
    return spec + conv("conv_last", channels, channels)


def rdn(blocks=2, convs=2, scale=2, channels=3, shuffled=False):
    made = channels * scale * scale
    spec = conv("sfe1", 5, channels) + conv("sfe2", 4, 5)
    for n in range(blocks):
        for j in range(convs):
            spec += conv("rdb.%d.conv%d" % (n, j + 1), 2, 4 + j * 2)
        spec += conv("rdb.%d.lff" % n, 4, 4 + convs * 2, 1)
    spec += conv("gff1", 3, 4 * blocks, 1) + conv("gff2", 5, 3) + conv("up1", 4, 5, 5) + conv("up2", made, 4)
    return spec + conv("conv_last", channels, channels if shuffled else made)


def compact(convs=2, nf=4, scale=2, channels=3):
    spec = []
    for i in range(convs + 1):
        spec += conv("body.%d" % (2 * i), nf, nf if i else channels) + [("body.%d.weight" % (2 * i + 1), (nf,))]
    return spec + conv("body.%d" % (2 * convs + 2), channels * scale * scale, nf)


def filled(spec, precision=f32):
    """name -> (shape, values), in network order."""
    return {name: (shape, [precision(random.uniform(-1, 1)) for _ in range(size(shape))]) for name, shape in spec}


def to_trunk(name):
    part, rest = name.split(".", 1)
    ours = {"body": "RRDB_trunk", "conv_body": "trunk_conv", "conv_hr": "HRconv"}
    return ours.get(part, part.replace("conv_up", "upconv")) + "." + rest.replace("rdb", "RDB")


def to_old(name, blocks, ups):
    parts = name.split(".")
    kind = parts[-1]
    if parts[0] == "body":
        inner = "%s.0" % parts[3] if parts[3] != "conv1x1" else parts[3]
        return "model.1.sub.%s.%s.%s.%s" % (parts[1], parts[2].upper(), inner, kind)
    if parts[0] == "conv_body":
        return "model.1.sub.%d.%s" % (blocks, kind)
    at = {"conv_first": 0, "conv_hr": 3 * ups + 2, "conv_last": 3 * ups + 4}.get(parts[0])
    return "model.%d.%s" % (3 * int(parts[0][7:]) if at is None else at, kind)


def renamed(tensors, rename):
    return {rename(name): tensor for name, tensor in tensors.items()}


# ---------------------------------------------------------------------------------------------------- PyTorch stand-ins


def stand_in(module, name, kind=None):
    """Something that pickles as module.name without PyTorch being there."""
    parts = module.split(".")
    for i in range(len(parts)):
        made = sys.modules.setdefault(".".join(parts[: i + 1]), types.ModuleType(parts[i]))
    item = kind or type(name, (), {})
    item.__module__, item.__qualname__, item.__name__ = module, name, name
    setattr(made, name, item)
    return item


def _rebuild_tensor(*arguments):
    raise AssertionError("only pickled by name")


def _rebuild_tensor_v2(*arguments):
    raise AssertionError("only pickled by name")


def _rebuild_parameter(*arguments):
    raise AssertionError("only pickled by name")


REBUILD = stand_in("torch._utils", "_rebuild_tensor", _rebuild_tensor)
REBUILD_V2 = stand_in("torch._utils", "_rebuild_tensor_v2", _rebuild_tensor_v2)
PARAMETER = stand_in("torch._utils", "_rebuild_parameter", _rebuild_parameter)
STORAGES = {
    code: stand_in("torch", name)
    for code, name in {
        "f": "FloatStorage",
        "e": "HalfStorage",
        "bf": "BFloat16Storage",
        "d": "DoubleStorage",
        "q": "LongStorage",
        "i": "IntStorage",
        "B": "ByteStorage",
    }.items()
}
SCHEDULER = stand_in("somewhere.training", "Scheduler")


def packed(code, values):
    if code == "bf":
        return b"".join(struct.pack("<f", value)[2:] for value in values)
    return struct.pack("<%d%s" % (len(values), code), *values)


class Storage:
    def __init__(self, values, code="f", view=None):
        self.values, self.code, self.view = values, code, view


class Tensor:
    def __init__(self, storage, shape, strides=None, offset=0, rebuild=REBUILD_V2):
        self.storage, self.shape, self.offset, self.rebuild = storage, shape, offset, rebuild
        if strides is None:
            strides, step = [], 1
            for n in reversed(shape):
                strides.insert(0, step)
                step *= n
        self.strides = tuple(strides)

    def __reduce__(self):
        arguments = (self.storage, self.offset, tuple(self.shape), self.strides)
        if self.rebuild is REBUILD_V2:
            arguments += (False, collections.OrderedDict())
        return (self.rebuild, arguments)


class Parameter:
    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        return (PARAMETER, (self.tensor, True, collections.OrderedDict()))


def torch_tensors(tensors, code="f"):
    return collections.OrderedDict((name, Tensor(Storage(v, code), s)) for name, (s, v) in tensors.items())


class Pickler(pickle._Pickler):
    """Keeps storages outside the pickle, as torch.save does."""

    def __init__(self, file, protocol, legacy):
        super().__init__(file, protocol)
        self.legacy, self.keys, self.storages = legacy, {}, {}

    def persistent_id(self, item):
        if not isinstance(item, Storage):
            return None
        root, view = (item.view[0], item.view[1:]) if item.view else (item, None)
        key = self.keys.setdefault(id(root), str(len(self.keys)))
        self.storages[key] = root
        reference = ("storage", STORAGES[root.code], key, "cpu", len(root.values))
        if not self.legacy:
            return reference
        return reference + ((None if view is None else (key + "7", view[0], view[1])),)


def pickled(value, protocol=2, legacy=False):
    file = io.BytesIO()
    pickler = Pickler(file, protocol, legacy)
    pickler.dump(value)
    return file.getvalue(), pickler.storages


def archive(members, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as out:
        for name, data in members:
            out.writestr(zipfile.ZipInfo(name), data, compression)
    return file.getvalue()


def zip_members(value, protocol=2):
    data, storages = pickled(value, protocol)
    members = [("net/data.pkl", data), ("net/byteorder", b"little")]
    members += [("net/data/" + key, packed(s.code, s.values)) for key, s in storages.items()]
    return members + [("net/version", b"3\n")]


def zipped(value, protocol=2):
    return archive(zip_members(value, protocol))


MAGIC = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
LEGACY_HEAD = MAGIC + pickle.dumps(1001, 2) + pickle.dumps({"protocol_version": 1001, "little_endian": True}, 2)


def legacy(value):
    data, storages = pickled(value, legacy=True)
    tail = b"".join(struct.pack("<q", len(s.values)) + packed(s.code, s.values) for s in storages.values())
    return LEGACY_HEAD + data + pickle.dumps(list(storages), 2) + tail


# ---------------------------------------------------------------------------------------------------------- other files


def safetensors(tensors, codes=None, metadata=None, pad=0, edit=None):
    codes = codes or ["f"]
    kinds = {"f": "F32", "e": "F16", "bf": "BF16", "d": "F64", "q": "I64"}
    header, body = {} if metadata is None else {"__metadata__": metadata}, b""
    for i, (name, (shape, values)) in enumerate(tensors.items()):
        data = packed(codes[i % len(codes)], values)
        offsets = [len(body), len(body) + len(data)]
        header[name] = {"dtype": kinds[codes[i % len(codes)]], "shape": list(shape), "data_offsets": offsets}
        body += data
    text = json.dumps(header)
    text = (edit(text) if edit else text).encode() + b" " * pad
    return struct.pack("<Q", len(text)) + text + body


def ncnn_weights(tensors, flags):
    """`flags` in turn: "e" float16 (padded to 4 bytes), "f" float32."""
    out, i = b"", 0
    for name, (shape, values) in tensors.items():
        if len(shape) == 4:
            data = packed(flags[i % len(flags)], values)
            out += struct.pack("<I", 0x01306B47 if flags[i % len(flags)] == "e" else 0) + data + bytes(-len(data) % 4)
            i += 1
        else:
            out += packed("f", values)
    return out


class Param:
    """Builds the text of an ncnn .param file."""

    def __init__(self):
        self.lines, self.outputs = [], 0

    def add(self, kind, inputs, arguments=""):
        self.outputs += 1
        name = "blob%d" % self.outputs
        words = [kind, "layer%d" % len(self.lines), str(len(inputs)), "1", *inputs, name, arguments]
        self.lines.append(" ".join(words))
        return name

    def split(self, source, count):
        names = ["%s_%d" % (source, i) for i in range(count)]
        self.lines.append(" ".join(["Split", "split%d" % len(self.lines), "1", str(count), source, *names]))
        return names

    def conv(self, source, tensors, name, leaky=False):
        shape, _ = tensors[name + ".weight"]
        arguments = "0=%d 1=3 4=1 5=1 6=%d" % (shape[0], size(shape))
        return self.add("Convolution", [source], arguments + (" 9=2 -23310=1,2.000000e-01" if leaky else ""))

    def text(self, edit=None):
        text = "7767517\n%d %d\n%s\n" % (len(self.lines), self.outputs, "\n".join(self.lines))
        return (edit(text) if edit else text).encode()


def ncnn_rrdbnet(tensors, blocks, ups, factor=2):
    p = Param()
    first, y = p.split(p.conv(p.add("Input", []), tensors, "conv_first"), 2)
    for n in range(blocks):
        block, y = p.split(y, 2)
        for k in (1, 2, 3):
            y, *features = p.split(y, 6)
            inputs = []
            for j in range(1, 6):
                name = "body.%d.rdb%d.conv%d" % (n, k, j)
                source = features[0] if j == 1 else p.add("Concat", [features[j - 1]] + [i.pop() for i in inputs])
                made = p.conv(source, tensors, name, j < 5)
                if j < 5:
                    inputs.append(p.split(made, 5 - j))
            y = p.add("Eltwise", [made, y], "0=1 -23301=2,2.000000e-01,1.000000e+00")
        y = p.add("Eltwise", [y, block], "0=1 -23301=2,2.000000e-01,1.000000e+00")
    y = p.add("BinaryOp", [first, p.conv(y, tensors, "conv_body")])
    for i in range(1, ups + 1):
        y = p.add("Interp", [y], "0=1 1=%d.0 2=%d.0" % (factor, factor))
        y = p.conv(y, tensors, "conv_up%d" % i, True)
    p.conv(p.conv(y, tensors, "conv_hr", True), tensors, "conv_last")
    return p


def ncnn_compact(tensors, scale):
    p = Param()
    base, y = p.split(p.add("Input", []), 2)
    for name, (shape, _) in tensors.items():
        if len(shape) == 4:
            y = p.conv(y, tensors, name[: -len(".weight")])
        elif name.endswith(".weight"):
            y = p.add("PReLU", [y], "0=%d" % shape[0])
    y = p.add("PixelShuffle", [y], "0=%d" % scale)
    p.add("BinaryOp", [y, p.add("Interp", [base], "0=1 1=%d.0 2=%d.0" % (scale, scale))], "0=0")
    return p


class KerasLayers:
    """The layers of a TF.js model and its weights (name, HWIO shape, values), made of our tensors."""

    def __init__(self, tensors):
        self.tensors = tensors
        self.layers = []
        self.weights = []

    def layer(self, kind, name, inputs, **config):
        links = [[[source, 0, 0, {}] for source in inputs]] if inputs else []
        settings = dict(config, name=name)
        self.layers.append({"class_name": kind, "name": name, "config": settings, "inbound_nodes": links})
        return name

    def convolve(self, name, ours, source, shuffle=1, padding="same"):
        shape, values = self.tensors[ours + ".weight"]
        outputs, inputs, height, width = shape
        _, bias = self.tensors[ours + ".bias"]
        channels = outputs // shuffle
        # TensorFlow's depth-to-space takes channel ij*C + c where PyTorch's pixel shuffle takes c*s*s + ij.
        order = [c * shuffle + ij for ij in range(shuffle) for c in range(channels)]
        kernel = [
            values[((o * inputs + i) * height + y) * width + x]
            for y in range(height)
            for x in range(width)
            for i in range(inputs)
            for o in order
        ]
        self.weights.append((name + "/kernel", [height, width, inputs, outputs], kernel))
        self.weights.append((name + "/bias", [outputs], [bias[o] for o in order]))
        settings = {"kernel_size": [height, width], "strides": [1, 1], "padding": padding}
        settings.update({"data_format": "channels_last", "activation": "linear", "use_bias": True, "filters": outputs})
        return self.layer("Conv2D", name, [source], **settings)

    def relu(self, source):
        return self.layer("Activation", source + "_Relu", [source], activation="relu")


def keras_rrdn(tensors, blocks, rdbs, convs, scale):
    keras = KerasLayers(tensors)
    layer, convolve = keras.layer, keras.convolve
    y = first = convolve("Pre_blocks_conv", "conv_first", layer("InputLayer", "LR_input", []))
    for n in range(1, blocks + 1):
        block = y
        for k in range(1, rdbs + 1):
            features = y
            for j in range(1, convs + 1):
                name = "F_%d_%d_%d" % (n, k, j)
                made = keras.relu(convolve(name, "body.%d.rdb%d.conv%d" % (n - 1, k, j), features))
                features = layer("Concatenate", "C_%d_%d_%d" % (n, k, j), [features, made], axis=3)
            last = convolve("LFF_%d_%d" % (n, k), "body.%d.rdb%d.conv%d" % (n - 1, k, convs + 1), features)
            last = layer("MultiplyBeta", "beta_%d_%d" % (n, k), [last], beta=0.2)
            y = layer("Add", "LRL_%d_%d" % (n, k), [y, last])
        y = layer("Add", "RRDB_%d" % n, [block, layer("MultiplyBeta", "beta_%d" % n, [y], beta=0.2)])
    y = layer("Add", "GRL", [convolve("post_blocks_conv", "conv_body", y), first])
    y = convolve("PreShuffle", "conv_shuffle", y, scale * scale)
    convolve("SR", "conv_last", layer("PixelShuffle", "shuffle", [y], scale=scale))
    return keras.layers, keras.weights


def keras_rdn(tensors, blocks, convs, scale, shuffled=False):
    keras = KerasLayers(tensors)
    layer, convolve = keras.layer, keras.convolve
    first = convolve("F_m1", "sfe1", layer("InputLayer", "LR", []))
    y, ends = convolve("F_0", "sfe2", first), []
    for n in range(1, blocks + 1):
        features = [y]
        for j in range(1, convs + 1):
            source = layer("Concatenate", "C_%d_%d" % (n, j), list(features), axis=3) if j > 1 else y
            features.append(keras.relu(convolve("F_%d_%d" % (n, j), "rdb.%d.conv%d" % (n - 1, j), source)))
        whole = layer("Concatenate", "RDB_Concat_%d" % n, features, axis=3)
        y = layer("Add", "LRL_%d" % n, [convolve("LFF_%d" % n, "rdb.%d.lff" % (n - 1), whole, padding="valid"), y])
        ends.append(y)
    y = convolve("GFF_1", "gff1", layer("Concatenate", "LRLs_Concat", ends, axis=3) if blocks > 1 else y)
    y = layer("Add", "FDF", [convolve("GFF_2", "gff2", y), first])
    y = keras.relu(convolve("UPN1", "up1", y))
    y = convolve("UPN2", "up2", y, scale * scale if shuffled else 1)
    if shuffled:
        y = layer("PixelShuffle", "PixelShuffle", [y], scale=scale)
    else:
        y = layer("UpSampling2D", "UPsample", [y], size=[scale, scale], interpolation="nearest")
    convolve("SR", "conv_last", y)
    return keras.layers, keras.weights


def keras_files(layers, weights, shards=2, edit=None):
    """model.json and its shards; `edit` may change the parsed JSON before it is written."""
    weights = sorted(weights)
    data = b"".join(packed("f", values) for _, _, values in weights)
    step = len(data) // shards + 1
    paths = ["group1-shard%dof%d.bin" % (i + 1, shards) for i in range(shards)]
    manifest = [{"name": name, "shape": shape, "dtype": "float32"} for name, shape, _ in weights]
    model = {
        "format": "layers-model",
        "modelTopology": {
            "model_config": {
                "class_name": "Functional",
                "config": {"layers": layers, "input_layers": [["LR_input", 0, 0]], "output_layers": [["SR", 0, 0]]},
            }
        },
        "weightsManifest": [{"paths": paths, "weights": manifest}],
    }
    if edit:
        edit(model)
    files = {path: data[i * step : (i + 1) * step] for i, path in enumerate(paths)}
    return dict({"model.json": json.dumps(model).encode()}, **files)


# ---------------------------------------------------------------------------------------------------------------- cases


def place(name, files):
    folder = os.path.join(FOLDER, "in", name)
    os.makedirs(folder)
    for file, data in files.items():
        with open(os.path.join(folder, file), "wb") as out:
            out.write(data)
    return os.path.join(folder, next(iter(files)))


def sound(name, files, tensors, architecture, scale, blocks, activation, args=(), file="net.pth", source=None, **more):
    files = files if isinstance(files, dict) else {file: files}
    path = place(name, files)
    metadata = {"format": "esrgan-webgpu", "architecture": architecture, "scale": str(scale), "blocks": str(blocks)}
    metadata = dict(metadata, activation=activation, source=source or os.path.basename(path), **more)
    held = [{"name": n, "shape": shape, "values": values} for n, (shape, values) in tensors.items()]
    cases.append({"name": name, "input": path, "args": list(args), "tensors": held, "metadata": metadata})


def hostile(name, files, error, args=(), file="net.pth"):
    path = place(name, files if isinstance(files, dict) else {file: files})
    cases.append({"name": name, "input": path, "args": list(args), "error": error})


F32 = ("--dtype", "f32")


def sound_checkpoints():
    net = filled(rrdbnet(2))
    other = torch_tensors(filled(rrdbnet(2)))
    both = {"params": other, "params_ema": torch_tensors(net)}
    sound("zip, Real-ESRGAN keys, params_ema before params", zipped(both), net, "rrdbnet", 4, 2, "leaky-relu")
    sound("zip, pickle protocol 4", zipped(torch_tensors(net), 4), net, "rrdbnet", 4, 2, "leaky-relu", F32)
    sound("legacy, Real-ESRGAN keys", legacy(torch_tensors(net)), net, "rrdbnet", 4, 2, "leaky-relu", F32)
    trunk = torch_tensors(renamed(net, to_trunk))
    sound("legacy, trunk keys", legacy(trunk), net, "rrdbnet", 4, 2, "leaky-relu")
    sound("zip under the wrong extension", zipped(trunk), net, "rrdbnet", 4, 2, "leaky-relu", file="net.safetensors")
    wrapped = {"state_dict": {"module." + name: tensor for name, tensor in trunk.items()}, "epoch": 3}
    sound("prefix module.", zipped(wrapped), net, "rrdbnet", 4, 2, "leaky-relu")
    deep = {"only": {"netG." + name: tensor for name, tensor in trunk.items()}}
    sound("prefix netG. in a single key", zipped(deep), net, "rrdbnet", 4, 2, "leaky-relu")
    training = {"optimizer": {"state": SCHEDULER(), (1, 2): {3: [1.5, None, True]}}, "model": trunk, "rate": 1e-4}
    sound("training checkpoint with other objects", zipped(training), net, "rrdbnet", 4, 2, "leaky-relu")
    random_state = Tensor(Storage([1, 2, 3, 4, 5], "B"), (5,))
    sound(
        "legacy with a byte tensor",
        legacy({"random": random_state, "model": trunk}),
        net,
        "rrdbnet",
        4,
        2,
        "leaky-relu",
    )
    for ups in (0, 1, 2, 3):
        net = filled(rrdbnet(1, ups=ups))
        old = renamed(net, lambda name: to_old(name, 1, ups))
        sound("old-arch keys, %d ups" % ups, legacy(torch_tensors(old)), net, "rrdbnet", 2**ups, 1, "leaky-relu")
        sound(
            "safetensors, %d ups" % ups,
            safetensors(net),
            net,
            "rrdbnet",
            2**ups,
            1,
            "leaky-relu",
            file="n.safetensors",
        )
    for inputs, scale in ((12, 2), (48, 1)):
        net = filled(rrdbnet(1, inputs=inputs))
        sound("%d input channels" % inputs, zipped(torch_tensors(net)), net, "rrdbnet", scale, 1, "leaky-relu")
    net = filled(rrdbnet(1, inputs=12))
    sound(
        "--scale 2 of an unshuffling net",
        zipped(torch_tensors(net)),
        net,
        "rrdbnet",
        2,
        1,
        "leaky-relu",
        ("--scale", "2"),
    )
    net = filled(rrdbnet(1, inputs=1, outputs=1))
    sound("gray RRDBNet", zipped(torch_tensors(net)), net, "rrdbnet", 4, 1, "leaky-relu")
    net = filled(rrdbnet(1, ups=1))
    factor = {"up_factor": "3"}
    sound(
        "--scale 3 of one up",
        zipped(torch_tensors(net)),
        net,
        "rrdbnet",
        3,
        1,
        "leaky-relu",
        ("--scale", "3"),
        **factor
    )
    metadata = {"format": "esrgan-webgpu", "activation": "relu", "up_factor": "3", "architecture": "rrdbnet"}
    ours = safetensors(net, metadata=metadata)
    sound("our own file again", ours, net, "rrdbnet", 3, 1, "relu", file="n.safetensors", **factor)
    foreign = safetensors(net, metadata={"format": "pt", "activation": "relu", "up_factor": "3"})
    sound("metadata of others means nothing", foreign, net, "rrdbnet", 2, 1, "leaky-relu", file="n.safetensors")

    net = filled(rrdbnet(1, plus=True))
    sound("ESRGAN+, Real-ESRGAN keys", zipped(torch_tensors(net)), net, "rrdbnet", 4, 1, "leaky-relu")
    trunk, old = renamed(net, to_trunk), renamed(net, lambda name: to_old(name, 1, 2))
    sound("ESRGAN+, trunk keys", legacy(torch_tensors(trunk)), net, "rrdbnet", 4, 1, "leaky-relu")
    sound("ESRGAN+, old-arch keys", zipped(torch_tensors(old)), net, "rrdbnet", 4, 1, "leaky-relu")

    net = filled(compact(3, scale=3))
    sound("compact", zipped({"params": torch_tensors(net)}), net, "compact", 3, 3, "prelu", F32)
    sound("compact, --scale 3", zipped(torch_tensors(net)), net, "compact", 3, 3, "prelu", ("--scale", "3"))
    net = filled(compact(0, nf=1, scale=1, channels=1))
    sound("the smallest compact", zipped(torch_tensors(net)), net, "compact", 1, 0, "prelu")
    for code, precision in (("e", half), ("bf", bfloat), ("d", float)):
        net = filled(compact(), precision)
        expected = {name: (shape, [f32(v) for v in values]) for name, (shape, values) in net.items()}
        for args in ((), F32) if code != "d" else (F32,):
            label = " ".join(["storage", code, *args])
            sound(label, zipped(torch_tensors(net, code)), expected, "compact", 2, 2, "prelu", args)
    sound_views()


def sound_views():
    net = filled(compact())
    shared, views = Storage([9.0] * 5), collections.OrderedDict()
    for name, (shape, values) in net.items():
        offset = len(shared.values)
        if len(shape) == 4:  # stored as HWIO
            o, i, h, w = shape
            order = [(y, x, c, n) for y in range(h) for x in range(w) for c in range(i) for n in range(o)]
            shared.values += [values[((n * i + c) * h + y) * w + x] for y, x, c, n in order]
            views[name] = Tensor(shared, shape, (1, o, w * i * o, i * o), offset)
        else:  # every third item
            shared.values += [v for value in values for v in (value, 7.0, 7.0)]
            views[name] = Parameter(Tensor(shared, shape, (3,), offset, REBUILD))
    sound("views with strides and offsets", zipped(views), net, "compact", 2, 2, "prelu", F32)
    sound("views in a legacy file", legacy(views), net, "compact", 2, 2, "prelu", F32)

    constant = dict(net)
    constant["body.1.weight"] = ((4,), [0.25] * 4)
    constant["body.2.weight"] = ((4, 4, 3, 3), [0.5] * 144)
    tensors = torch_tensors(constant)
    tensors["body.1.weight"] = Tensor(Storage([0.25]), (4,), (0,))
    tensors["body.2.weight"] = Tensor(Storage([0.5]), (4, 4, 3, 3), (0, 0, 0, 0))
    sound("expanded tensors", zipped(tensors), constant, "compact", 2, 2, "prelu", F32)

    slope = Storage([8.0, 8.0] + net["body.1.weight"][1] + [8.0])
    tensors = torch_tensors(net)
    tensors["body.1.weight"] = Tensor(Storage([], view=(slope, 2, 4)), (4,))
    sound("a view of a storage in a legacy file", legacy(tensors), net, "compact", 2, 2, "prelu", F32)

    old = filled(compact())
    pairs = [[name, Torch(shape, str(i), size(shape))] for i, (name, (shape, _)) in enumerate(old.items())]
    members = [("n/data.pkl", assembled(Call("collections", "OrderedDict", (pairs,))))]
    members += [("n/data/%d" % i, packed("f", values)) for i, (_, values) in enumerate(old.values())]
    sound("Python 2's OrderedDict", archive(members), old, "compact", 2, 2, "prelu", F32)


def sound_others():
    net = filled(rrdbnet(1), bfloat)
    reordered = dict(sorted(net.items(), reverse=True))
    for pad in (0, 1):
        odd = safetensors(reordered, ["bf", "f", "d"], pad=pad)
        sound("mixed safetensors, %d spaces" % pad, odd, net, "rrdbnet", 4, 1, "leaky-relu", F32, file="n.safetensors")
    net = filled(rrdn(), f32)
    sound("RRDN as safetensors", safetensors(net), net, "rrdn", 2, 2, "relu", file="n.safetensors")

    odd = filled(rrdbnet(2, nf=3, gc=1), half)
    param = ncnn_rrdbnet(odd, 2, 2).text()
    for flags in ("e", "f", "ef"):
        files = {"net.param": param, "net.bin": ncnn_weights(odd, flags)}
        args = () if flags == "e" else F32
        sound("ncnn RRDBNet, %s" % flags, files, odd, "rrdbnet", 4, 2, "leaky-relu", args, source="net.bin")
    files = {"net.bin": ncnn_weights(odd, "e"), "net.param": param}
    sound("ncnn, the .bin given", files, odd, "rrdbnet", 4, 2, "leaky-relu")
    net = filled(rrdbnet(1, ups=1), half)
    files = {"net.param": ncnn_rrdbnet(net, 1, 1, 3).text(), "net.bin": ncnn_weights(net, "e")}
    more = {"source": "net.bin", "up_factor": "3"}
    sound("ncnn RRDBNet, one up by 3", files, net, "rrdbnet", 3, 1, "leaky-relu", **more)
    net = filled(rrdbnet(1, ups=0), half)
    files = {"net.param": ncnn_rrdbnet(net, 1, 0).text(), "net.bin": ncnn_weights(net, "e")}
    sound("ncnn RRDBNet without ups", files, net, "rrdbnet", 1, 1, "leaky-relu", source="net.bin")
    net = filled(compact(2, nf=3, scale=3), half)
    files = {"net.param": ncnn_compact(net, 3).text(), "net.bin": ncnn_weights(net, "fe")}
    sound("ncnn compact", files, net, "compact", 3, 2, "prelu", source="net.bin")

    for blocks, rdbs, convs, scale in ((2, 2, 3, 2), (1, 3, 4, 4), (1, 1, 1, 3)):
        net = filled(rrdn(blocks, rdbs, convs, scale=scale))
        files = keras_files(*keras_rrdn(net, blocks, rdbs, convs, scale), shards=3)
        sound("TF.js RRDN %d %d %d x%d" % (blocks, rdbs, convs, scale), files, net, "rrdn", scale, blocks, "relu", F32)
    for blocks, convs, scale, shuffled in ((2, 1, 4, False), (3, 3, 2, False), (1, 2, 3, True)):
        net = filled(rdn(blocks, convs, scale, shuffled=shuffled))
        files = keras_files(*keras_rdn(net, blocks, convs, scale, shuffled), shards=2)
        name = "TF.js RDN %d %d x%d" % (blocks, convs, scale)
        sound(name, files, net, "rdn", scale, blocks, "relu", F32 + ("--range", "255"), range="255")


# -------------------------------------------------------------------------------------------------------------- hostile


class Raw(bytes):
    """Opcodes as they are."""


class Pairs(list):
    """A dictionary whose keys may repeat."""


def Call(module, name, arguments):
    return Raw(("c%s\n%s\n" % (module, name)).encode() + opcodes(arguments) + b"R")


def Torch(shape, key, count, strides=None, offset=0, kind="FloatStorage", module="torch"):
    """A tensor as torch.save pickles it, with every number free."""
    strides = Tensor(None, shape).strides if strides is None else strides
    storage = ("storage", Raw(("c%s\n%s\n" % (module, kind)).encode()), key, "cpu", count)
    arguments = (Raw(opcodes(storage) + b"Q"), offset, tuple(shape), tuple(strides), False, None)
    return Call("torch._utils", "_rebuild_tensor_v2", arguments)


def opcodes(value):
    if isinstance(value, Raw):
        return bytes(value)
    if value is None:
        return b"N"
    if isinstance(value, bool):
        return b"\x88" if value else b"\x89"
    if isinstance(value, int):
        return b"\x8a\x10" + value.to_bytes(16, "little", signed=True)
    if isinstance(value, str):
        return b"X" + struct.pack("<I", len(value.encode())) + value.encode()
    if isinstance(value, tuple):
        return b"(" + b"".join(map(opcodes, value)) + b"t"
    if isinstance(value, dict):
        value = Pairs(value.items())
    if isinstance(value, Pairs):
        return b"}(" + b"".join(opcodes(key) + opcodes(item) for key, item in value) + b"u"
    return b"](" + b"".join(map(opcodes, value)) + b"e"


def assembled(value):
    return b"\x80\x02" + opcodes(value) + b"."


def zip_pickle(data, *members):
    return archive([("net/data.pkl", data), *members])


def touch(path):
    return "%s -c \"open('%s', 'w')\"" % (sys.executable, path)


def hostile_code():
    command = touch(CANARY)
    call = Call("os", "system", (command,))
    hostile("os.system as the whole pickle", zip_pickle(assembled(call)), r"pickled os\.system, which is never run")
    text = opcodes(command)
    stacked = b"\x80\x04" + opcodes("posix") + opcodes("system") + b"\x93" + text + b"\x85R."
    hostile("posix.system by STACK_GLOBAL", zip_pickle(stacked), r"posix\.system")
    command_list = opcodes("__import__('os').system(%r)" % command)
    for label, data in {
        "INST": b"(" + command_list + b"ibuiltins\neval\n.",
        "OBJ": b"(cbuiltins\neval\n" + command_list + b"o.",
        "NEWOBJ": b"\x80\x02cbuiltins\neval\n" + command_list + b"\x85\x81.",
        "NEWOBJ_EX": b"\x80\x04cbuiltins\neval\n" + command_list + b"\x85}\x92.",
        "BUILD": b"\x80\x02cbuiltins\neval\n" + command_list + b"\x85R}(" + opcodes("a") + b"K\x01ub.",
    }.items():
        hostile("builtins.eval by " + label, zip_pickle(data), r"builtins\.eval")
    attribute = b"\x80\x02cbuiltins\ngetattr\n(cos\nsystem\n" + opcodes("__call__") + b"tR" + text + b"\x85R."
    hostile("a call of a call's result", zip_pickle(attribute), r"builtins\.getattr")
    hostile("code before the magic number", assembled(call) + LEGACY_HEAD, "not a PyTorch checkpoint")
    hostile("code as a legacy checkpoint", LEGACY_HEAD + assembled(call) + pickle.dumps([], 2), r"os\.system")
    hostile(
        "code as the list of storages", LEGACY_HEAD + assembled({"a": Torch((1,), "0", 1)}) + assembled(call), "no list"
    )

    net = {name: Torch(shape, "0", 1, [0] * len(shape)) for name, shape in rrdbnet()}
    weight = ("net/data/0", packed("f", [0.5]))
    poisoned = dict(net, **{"body.0.rdb2.conv3.weight": call})
    error = r"tensor body\.0\.rdb2\.conv3\.weight is made by os\.system, which is never run"
    hostile("code as one of the tensors", zip_pickle(assembled(poisoned), weight), error)
    only = assembled({"weights": {"conv_first.weight": call}})
    hostile("code and no tensors", zip_pickle(only), r"holds no tensors, only os\.system")
    subclass = Raw(b"ctorch\nload\n" + opcodes((command,)) + b"R")
    storage = Raw(opcodes(("storage", subclass, "0", "cpu", 1)) + b"Q")
    fake = Call("torch._utils", "_rebuild_tensor_v2", (storage, 0, (1,), (1,), False, None))
    hostile("code as a storage's type", zip_pickle(assembled({"a": fake})), r"torch\.load")
    hooks = Call("torch._utils", "_rebuild_parameter", (call, True, None))
    hostile("code as a parameter", zip_pickle(assembled({"a": hooks})), r"os\.system")
    keyed = zip_pickle(assembled({"a": Torch((1,), call, 1)}))
    hostile("code as a storage's key", keyed, "expected a number")
    hostile(
        "a file name as a storage's key", zip_pickle(assembled({"a": Torch((1,), "../../x", 1)})), "expected a number"
    )
    whole = stand_in("basicsr.archs", "RRDBNet")()
    hostile("a whole pickled module", zipped(whole), r"pickled basicsr\.archs\.RRDBNet")

    # The same payload does run where a pickle is executed: the canary is a real one.
    subprocess.run(
        [sys.executable, "-c", "import pickle, sys; pickle.loads(sys.stdin.buffer.read())"],
        input=assembled(Call("os", "system", (touch(CONTROL),))),
        check=True,
    )


def hostile_sizes():
    def bomb(name, body, error):
        hostile(name, zip_pickle(b"\x80\x04" + body + b"."), error)

    bomb("a huge memo", b"N" + b"".join(b"r" + struct.pack("<I", i) for i in range(200001)), "values in its memo")
    bomb(
        "a memo entry that was never made",
        b"Nr\xff\xff\xff\xffj\xfe\xff\xff\xff",
        "memo entry 4294967294, which does not exist",
    )
    bomb("deep marks", b"(" * 100000, "nested values")
    bomb("a deep stack", b"]" * 60000, "values on its stack")
    bomb("endless opcodes", b"N0" * 300001, "more than 600000 opcodes")
    nested = b")" + b"\x85" * 200000
    bomb("a deeply nested tuple", nested, "holds tuple instead of a dictionary")
    bomb("a deeply nested key", b"}" + nested + b"Ns", "holds no tensors")
    laughs = b"]" + b"".join(b"q%c](" % i + b"h%c" % i * 10 + b"e" for i in range(100))
    bomb("billion laughs", laughs, "holds list instead of a dictionary")
    bomb("a dictionary in itself", b"}q\x00" + opcodes("model") + b"h\x00s", "holds no tensors")
    pair = opcodes([["k%d" % i, None] for i in range(300)])
    again = pair + b"q\x00" + b"0ccollections\nOrderedDict\nh\x00\x85R" * 1000
    bomb("one list, many dictionaries", again, "OrderedDict entries")
    bomb(
        "a string of 4 exbibytes", b"\x8d" + struct.pack("<Q", 1 << 62) + b"x", "a string of 46116860184273[0-9]+ bytes"
    )
    bomb("bytes past the end", b"B" + struct.pack("<I", 4096) + b"x", "ends in the middle")
    bomb("an integer of 2 gibibytes", b"\x8b" + struct.pack("<I", 0x7FFFFFFF), "an integer of 2147483647 bytes")
    bomb("an integer of a million digits", b"I" + b"9" * 1000000 + b"\n", "line without an end")
    bomb("an unknown opcode", b"\x82\x01", "opcode 0x82")
    bomb("a name that is not text", b"NN\x93", "name that is not text")
    long_name = opcodes("m" * 1000)
    bomb("a long name, over and over", long_name + b"q\x00" + b"h\x00\x930h\x00" * 1000, "a name of 2000 characters")
    bomb("a name without an end", b"c" + b"o" * 2000, "line without an end")
    bomb("a pop of nothing", b"0", "nothing on its stack")
    bomb("a pop through a mark", b"N(\x85", "nothing on its stack")
    bomb("a missing mark", b"u", "no mark")
    bomb("text that is not UTF-8", b"\x8c\x01\xff", "not UTF-8")
    bomb("a reference to nothing", b"NQ", "not to a storage")
    hostile("an empty pickle", zip_pickle(b""), "ends in the middle")


def hostile_tensors():
    def one(name, tensor, error, *data):
        hostile(name, zip_pickle(assembled({"body.0.weight": tensor}), *data), error)

    leaves = "which leaves its storage 0 of 8 items"
    one("an offset past the storage", Torch((4,), "0", 8, offset=5), leaves)
    one("an offset of 2^47", Torch((4,), "0", 8, offset=1 << 47), leaves)
    one("an offset of 2^64", Torch((4,), "0", 8, offset=1 << 64), "malformed offset")
    one("a negative offset", Torch((4,), "0", 8, offset=-1), "malformed offset")
    one("a shape past the storage", Torch((3, 3), "0", 8), leaves)
    one("a negative size", Torch((-1, 4), "0", 8), "malformed shape")
    one("sizes that overflow 64 bits", Torch((1 << 32, 1 << 32), "0", 8), leaves)
    one("a stride past the storage", Torch((2, 4), "0", 8, (5, 1)), leaves)
    one("a stride that wraps around 64 bits", Torch((2, 4), "0", 8, ((1 << 64) - 4, 1)), "malformed shape")
    one("a negative stride", Torch((4,), "0", 8, (-1,), 3), "malformed shape")
    one("fewer strides than sizes", Torch((2, 4), "0", 8, (1,)), "malformed offset, shape or strides")
    one("too many dimensions", Torch((1,) * 9, "0", 8), "malformed shape")
    one("a true dimension", Torch((True, 4), "0", 8), "malformed shape")
    one("a negative storage", Torch((4,), "0", -8), "expected a number")
    one(
        "a storage without a tensor's type", Torch((4,), "0", 8, kind="OrderedDict", module="collections"), "of no type"
    )
    one("a storage of unknown type", Torch((4,), "0", 8, kind="ByteStorage"), r"only torch\.ByteStorage")
    twice = {"a": Torch((4,), "0", 8), "b": Torch((4,), "0", 8, kind="HalfStorage")}
    hostile("a storage of two types", zip_pickle(assembled(twice)), "describes storage 0 in two ways")
    call = Call("torch._utils", "_rebuild_tensor_v2", ("storage", 0, (1,), (1,)))
    one("a tensor without a storage", call, "without a storage")
    one("a tensor of two arguments", Call("torch._utils", "_rebuild_tensor_v2", (0, 1)), "made of 2 arguments")

    spec = compact()
    net = filled(spec)
    good = zip_members(torch_tensors(net))
    hostile(
        "a missing storage",
        archive([m for m in good if m[0] != "net/data/3"]),
        r"tensor body\.2\.weight needs storage 3, which the file does not hold",
    )
    short = [(name, data[:-4] if name == "net/data/3" else data) for name, data in good]
    hostile("a storage that is too short", archive(short), r"storage 3 has 572 bytes, expected 576")
    for code, kind in (("q", "I64"), ("i", "I32")):
        tensors = torch_tensors(net)
        tensors["body.2.bias"] = Tensor(Storage([1, 2, 3, 4], code), (4,))
        hostile("weights of %s" % kind, zipped(tensors), r"tensor body\.2\.bias has type %s" % kind)
    for value, label in ((float("nan"), "NaN"), (float("inf"), "infinity"), (float("-inf"), "negative infinity")):
        for args in ((), F32):
            bad = dict(net, **{"body.3.weight": ((4,), [0.0, 1.0, value, 1.0])})
            hostile(
                " ".join([label, *args]),
                zipped(torch_tensors(bad)),
                r"tensor body\.3\.weight holds a NaN or an inf",
                args,
            )
    shape, values = net["body.4.weight"]
    large = dict(net, **{"body.4.weight": (shape, [-70000.0, *values[1:]])})
    hostile("beyond float16", zipped(torch_tensors(large)), r"tensor body\.4\.weight holds 70000.*--dtype f32")
    biased = dict(net, **{"body.4.bias": ((4,), [0.0, -70000.0, 1.0, 1.0])})
    sound("a bias beyond float16", zipped(torch_tensors(biased)), biased, "compact", 2, 2, "prelu")
    sound("beyond float16 as float32", zipped(torch_tensors(large)), large, "compact", 2, 2, "prelu", F32)
    edge = dict(net, **{"body.4.bias": ((4,), [65504.0, -65504.0, 6e-8, -0.0])})
    edge = {name: (shape, [f32(v) for v in values]) for name, (shape, values) in edge.items()}
    sound("at the ends of float16", zipped(torch_tensors(edge)), edge, "compact", 2, 2, "prelu")
    huge = torch_tensors(dict(net, **{"body.4.bias": ((4,), [1e300, 1.0, 1.0, 1.0])}), "d")
    hostile("beyond float32", zipped(huge), r"tensor body\.4\.bias holds 1e\+300, beyond the range of F32", F32)
    wide = {name: Torch(shape, "0", 1, [0] * len(shape)) for name, shape in rrdbnet(nf=4000)}
    bomb = zip_pickle(assembled(wide), ("net/data/0", packed("f", [0.5])))
    hostile("a gigabyte expanded from one item", bomb, "more than the [0-9]+ that are read of it")

    hostile("a list", zipped([1, 2]), "holds list instead of a dictionary")
    hostile("a number", zipped(7), "holds 7 instead of a dictionary")
    hostile("nothing", zipped(None), "holds None instead of a dictionary")
    hostile("a text", zipped("conv\nfirst"), "holds 'conv")
    hostile("no tensors", zipped({}), "holds no tensors")
    hostile("numbers, no tensors", zipped({"state_dict": {"a": 1}}), "holds no tensors")
    pairs = Pairs([("a", Torch((1,), "0", 1)), ("a", Torch((1,), "1", 1))])
    hostile("a key twice", zip_pickle(assembled(pairs)), "holds the key 'a' twice")
    hostile(
        "a key twice, in two steps", zip_pickle(b"}" + (opcodes("b") + b"Ns") * 2 + b"."), "holds the key 'b' twice"
    )


def sharing_archive():
    """A sound network, but that all convolutions within it lie where the first of them does."""
    net = filled(compact(6, nf=32))
    inner = [i for i, (shape, _) in enumerate(net.values()) if shape == (32, 32, 3, 3)]
    shared = ["net/data/%d" % i for i in inner[1:]]
    whole = archive([member for member in zip_members(torch_tensors(net)) if member[0] not in shared])
    start, end = whole.index(b"PK\x01\x02"), whole.rindex(b"PK\x05\x06")
    at = whole.index(b"net/data/%d" % inner[0], start) - 46
    entry, more = whole[at : at + 46], b""
    for name in shared:
        more += entry[:28] + struct.pack("<H", len(name)) + entry[30:] + name.encode()
    size = end - start + len(more)
    return whole[:end] + more + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, *[3 + len(net)] * 2, size, start, 0)


def hostile_archives():
    net = filled(compact())
    members = zip_members(torch_tensors(net))
    whole = archive(members)
    for cut in (3, 40, len(whole) // 2, len(whole) - 30, len(whole) - 1):
        hostile("a zip cut at %d" % cut, whole[:cut], "none of the files|not a whole zip|ends in")
    hostile("a zip with a name that climbs", archive(members + [("net/../../evil", b"x")]), "leaves the archive")
    hostile("a zip with an absolute name", archive(members + [("/etc/evil", b"x")]), "leaves the archive")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        for name, data in members:
            out.writestr(name, data)
        out.fp.flush()
    twin = file.getvalue().replace(b"net/data/1", b"net/data/0")
    hostile("a zip with a name twice", twin, "holds the zip member net/data/0 twice")
    hostile("a compressed zip", archive(members, zipfile.ZIP_DEFLATED), "is compressed or encrypted")
    hostile("two pickles", archive(members + [("other/data.pkl", b".")]), "2 data.pkl")
    hostile("no pickle", archive(members[1:]), "0 data.pkl")
    big = [(name, b"big" if name == "net/byteorder" else data) for name, data in members]
    hostile("big-endian", archive(big), "not saved in little-endian")
    at = whole.index(packed("f", net["body.0.bias"][1]))
    hostile("a damaged byte", whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], r"net/data/1 is damaged")

    hostile("zip members that share their bytes", sharing_archive(), "lies where other members do")

    directory = whole.index(b"PK\x01\x02")
    for name, field, value, error in (
        ("a giant declared size", 20, b"\xfe\xff\xff\xff\xfe\xff\xff\xff", "says it has 4294967294 bytes"),
        ("two sizes that differ", 24, b"\xff\xff\xff\x00", "says it has 16777215 bytes"),
        ("an encrypted member", 8, b"\x01\x00", "is compressed or encrypted"),
        ("a header elsewhere", 42, b"\x07\x00\x00\x00", "has no header where the directory says"),
        ("a header past the end", 42, b"\xf0\xff\xff\x7f", "has no header where the directory says"),
    ):
        place_at = directory + field
        hostile(name, whole[:place_at] + value + whole[place_at + len(value) :], error)

    old = legacy(torch_tensors(net))
    start = old.index(packed("f", net["body.0.weight"][1]))
    for cut in (1, len(MAGIC), len(LEGACY_HEAD) + 5, start - 12, start - 3, start + 5, len(old) - 1):
        hostile("a legacy file cut at %d" % cut, old[:cut], "ends|malformed pickle|not a PyTorch checkpoint|none of")
    count = old[: start - 8] + struct.pack("<q", 1 << 60) + old[start:]
    hostile("a giant legacy storage", count, "items, expected 108")
    hostile("a negative legacy storage", old[: start - 8] + struct.pack("<q", -1) + old[start:], "has -1 items")
    hostile("another legacy protocol", MAGIC + pickle.dumps(1002, 2) + old[len(LEGACY_HEAD) :], "protocol 1002")
    tensor = assembled({"a": Torch((1,), "0", 1)})
    hostile(
        "a legacy storage twice", LEGACY_HEAD + tensor + assembled(["0", "0"]) + struct.pack("<qfq", 1, 1, 1), "twice"
    )
    odd = assembled({"a": Torch((1,), "0", 1), "b": Torch((1,), "5", 1, kind="QInt8Storage")})
    unknown = LEGACY_HEAD + odd + assembled(["5", "0"]) + bytes(30)
    hostile("a legacy storage of unknown size", unknown, r"storage 5 is of torch\.QInt8Storage, whose size is unknown")
    listed = LEGACY_HEAD + tensor + assembled(["0", "9"]) + struct.pack("<qfq", 1, 1, 1)
    hostile("a legacy storage that nothing names", listed, "storage 9 is of no type")
    view = ("storage", Raw(b"ctorch\nFloatStorage\n"), "0", "cpu", 4, ("1", 3, 2))
    beyond = Call("torch._utils", "_rebuild_tensor_v2", (Raw(opcodes(view) + b"Q"), 0, (2,), (1,), False, None))
    hostile("a storage view past its end", LEGACY_HEAD + assembled({"a": beyond}), "view that leaves storage 0")


def hostile_networks():
    def refuse(name, tensors, error, args=()):
        hostile(name, zipped(torch_tensors(tensors)), error, args)

    net = filled(rrdbnet(2))
    swin = {"conv_first.weight": ((4, 3, 3, 3), [0.0] * 108), "layers.0.attn.qkv.weight": ((2,), [0.0] * 2)}
    refuse(
        "an attention network",
        swin,
        r"holds 2 tensors \(conv_first\.weight, layers\.0\.attn\.qkv\.weight, \.\.\.\), which is none of",
    )
    refuse(
        "a missing tensor", {n: t for n, t in net.items() if n != "conv_hr.bias"}, r"tensor conv_hr\.bias is missing"
    )
    refuse(
        "a missing block",
        {n: t for n, t in net.items() if not n.startswith("body.0")},
        r"body\.0\.rdb1\.conv1\.weight is missing",
    )
    refuse("an extra tensor", dict(net, **{"attention.weight": ((1,), [0.0])}), r"also holds tensor attention\.weight")
    named = dict(net, **{"evil\r\nname\x1b[31m": ((1,), [0.0])})
    refuse("a name with line breaks", named, r"also holds tensor evil\?\?name\?\[31m$")
    refuse("a very long name", dict(net, **{"x" * 5000: ((1,), [0.0])}), r"also holds tensor x{197}\.\.\.$")
    mixed = dict(renamed(net, to_trunk), **{"conv_body.weight": net["conv_body.weight"]})
    refuse(
        "two names of one tensor",
        mixed,
        r"tensors trunk_conv\.weight and conv_body\.weight have the same meaning|"
        r"tensors conv_body\.weight and trunk_conv\.weight have the same meaning",
    )
    for name, shape, error in (
        ("body.1.rdb2.conv3.weight", (2, 8, 3, 2), r"has shape \[2,8,3,2\], expected \[2,8,3,3\]"),
        ("conv_first.weight", (4, 3), r"has shape \[4,3\], expected 4 dimensions"),
        ("conv_first.weight", (4, 0, 3, 3), r"has shape \[4,0,3,3\]"),
        ("conv_last.bias", (1,), r"has shape \[1\], expected \[3\]"),
    ):
        wrong = dict(net, **{name: (shape, [0.0] * size(shape))})
        refuse("a shape %s" % (shape,), wrong, name.replace(".", r"\.") + " " + error)
    refuse("5 input channels", filled(rrdbnet(inputs=5)), "5 input and 3 output channels")
    refuse("an unshuffle larger than the scale", filled(rrdbnet(ups=1, inputs=48)), "a net scale of 2 does not fit")
    refuse("--scale 3 of two ups", net, "--scale 3 does not fit", ("--scale", "3"))
    refuse("--scale 2 without ups", filled(rrdbnet(ups=0)), "--scale 2 does not fit", ("--scale", "2"))
    refuse("--scale 1 of one up", filled(rrdbnet(ups=1)), "--scale 1 does not fit", ("--scale", "1"))
    small = filled(compact())
    refuse(
        "--scale 3 of a compact x2", small, r"--scale 3 does not fit: body\.6 has 12 output channels", ("--scale", "3")
    )
    refuse(
        "a compact without slopes", {n: t for n, t in small.items() if n != "body.1.weight"}, r"last layer is body\.0"
    )
    refuse("a compact with one slope", dict(small, **{"body.1.weight": ((1,), [0.5])}), r"shape \[1\], expected \[4\]")
    seven = dict(small, **{"body.6.weight": ((7, 4, 3, 3), [0.0] * 252), "body.6.bias": ((7,), [0.0] * 7)})
    refuse("a compact of 7 channels", seven, "7 output channels, expected 3 times a square")
    shuffled = filled(rrdn())
    refuse("RRDN with --scale 4", shuffled, "--scale 4 does not fit", ("--scale", "4"))
    ours = {"format": "esrgan-webgpu", "up_factor": "3"}
    again = safetensors(filled(rrdbnet(ups=1)), metadata=ours)
    hostile("--scale against our metadata", again, "--scale 2 does not fit", ("--scale", "2"), "n.safetensors")
    for key, value, error in (("up_factor", "1", "up factor 1"), ("activation", "tanh", "activation tanh")):
        bad = safetensors(net, metadata={"format": "esrgan-webgpu", key: value})
        hostile("our metadata with %s %s" % (key, value), bad, error, file="n.safetensors")


def hostile_safetensors():
    net = filled(compact(0))

    def refuse(name, error, edit=None, data=None):
        hostile(name, safetensors(net, edit=edit) if data is None else data, error, file="n.safetensors")

    def change(old, new):
        return lambda text: text.replace(old, new, 1)

    whole = safetensors(net)
    refuse("safetensors cut in its header", "more than the file holds", data=whole[:60])
    refuse("safetensors cut in its data", "lies at", data=whole[:-3])
    refuse("safetensors with bytes after", "bytes of data, its tensors take", data=whole + b"abc")
    refuse("safetensors with a key twice", "names a key of its JSON twice", change('"body.0.bias"', '"body.0.weight"'))
    refuse(
        "safetensors with a field twice", "names a key of its JSON twice", change('"dtype"', '"dtype": "F16", "dtype"')
    )
    refuse("safetensors that overlap", "overlap or leave a hole|does not make", change("[432, 448]", "[428, 444]"))
    refuse(
        "safetensors with a hole",
        "overlap or leave a hole",
        lambda text: text,
        b"".join(
            [struct.pack("<Q", 66), b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}     }', bytes(8)]
        ),
    )
    refuse("safetensors with a wrong shape", "which its shape", change("[4, 3, 3, 3]", "[4, 3, 3, 4]"))
    refuse("safetensors with a negative size", "malformed shape", change("[4, 3, 3, 3]", "[-4, -3, 3, 3]"))
    refuse("safetensors with a fraction", "malformed shape", change("[4, 3, 3, 3]", "[4, 3, 3, 3.0]"))
    refuse("safetensors with offsets backwards", "lies at 432 to 0", change("[0, 432]", "[432, 0]"))
    refuse("safetensors with a giant number", "not valid JSON", change("[0, 432]", "[0, %s]" % ("9" * 100000)))
    refuse("safetensors of another dtype", "has type F8_E4M3", change('"F32"', '"F8_E4M3"'))
    refuse(
        "safetensors with numbers as metadata", "metadata that is not text", change("{", '{"__metadata__": {"a": 1}, ')
    )
    refuse("safetensors that are not JSON", "not valid JSON", change("{", "{["))
    refuse("safetensors nested a million deep", "not valid JSON", change("{", '{"a": ' + "[" * 1000000))
    refuse("safetensors with no tensors", "holds no tensors", data=struct.pack("<Q", 2) + b"{}")
    refuse("safetensors that are not UTF-8", "not valid JSON", data=struct.pack("<Q", 5) + b'{"\xff"}')


def hostile_ncnn():
    net = filled(rrdbnet(1), half)
    param, weights = ncnn_rrdbnet(net, 1, 2), ncnn_weights(net, "e")

    def refuse(name, error, edit=None, data=weights, args=()):
        files = {"net.param": param.text(edit)}
        hostile(name, dict(files, **({} if data is None else {"net.bin": data})), error, args)

    def change(old, new):
        def edit(text):
            assert old in text, old
            return text.replace(old, new, 1)

        return edit

    refuse("ncnn without .bin", r"net\.bin cannot be read", data=None)
    hostile("ncnn without .param", {"net.bin": weights}, r"no ncnn \.param file beside it")
    refuse("ncnn cut", r"net\.bin ends in the middle of layer", data=weights[:-3])
    refuse("ncnn cut before a layer", r"net\.bin ends (before|in the middle of) layer", data=weights[:1000])
    refuse("ncnn with bytes after", r"bytes, the layers of its \.param file take", data=weights + bytes(4))
    refuse("ncnn int8", "has the flag 0x000D4B38", data=struct.pack("<I", 0x000D4B38) + weights[4:])
    refuse("ncnn with another layer", "layers of type Softmax", change("Interp ", "Softmax "))
    refuse("ncnn bicubic", r"resizes by 2 \(bicubic\)", change("0=1 1=2.0", "0=3 1=2.0"))
    refuse("ncnn resized by half", r"resizes by 0\.5", change("1=2.0 2=2.0", "1=0.5 2=0.5"))
    refuse("ncnn resized by infinity", r"resizes by inf", change("1=2.0 2=2.0", "1=inf 2=inf"))
    refuse("ncnn with another slope", r"has the slope 0\.1", change("-23310=1,2.000000e-01", "-23310=1,1.000000e-01"))
    refuse("ncnn with another factor", "joined or scaled in another way", change("=2,2.000000e-01", "=2,3.000000e-01"))
    refuse("ncnn with factors of two kinds", "joined or scaled in another way", change("1=2.0 2=2.0", "1=3.0 2=3.0"))
    refuse("ncnn without an activation", "joined or scaled in another way", change(" 9=2 -23310=1,2.000000e-01", ""))
    refuse("ncnn with another activation", "has the activation 3", change("9=2 -23310=1,2.000000e-01", "9=3"))
    refuse("ncnn wired in another way", "joined or scaled in another way", swap_inputs)
    refuse("ncnn with a stride", "has 2 as argument 3", change("1=3 4=1", "1=3 3=2 4=1"))
    refuse("ncnn with another kernel", "is not 3x3", change("1=3 4=1", "1=5 4=2"))
    refuse("ncnn that reads what is not there", "which no layer before it writes", change("1 1 blob1 ", "1 1 nowhere "))
    refuse("ncnn with too few layers", "says it has", lambda text: "\n".join(text.split("\n")[:-2]) + "\n")
    refuse("ncnn with a line that is none", "malformed layer line", change("1 1 blob1 ", "x y "))
    refuse("ncnn with a million digits", "not an ncnn", change("1=3", "1=" + "9" * 1000000))
    refuse("ncnn with another --scale", "--scale 9 does not fit", args=("--scale", "9"))
    small = filled(compact(1), half)
    files = {
        "net.param": ncnn_compact(small, 2).text(change("PixelShuffle", "Sigmoid")),
        "net.bin": ncnn_weights(small, "e"),
    }
    hostile("ncnn compact with another layer", files, "has a layer of type Sigmoid")
    files["net.param"] = ncnn_compact(small, 2).text(change("0=2", "0=3"))
    hostile("ncnn compact of two scales", files, "joined or scaled in another way|do not make the scale")
    files["net.param"] = ncnn_compact(small, 3).text()
    hostile("ncnn compact of the wrong scale", files, "do not make the scale 3")
    tail = ncnn_compact(small, 2)
    tail.add("Interp", ["blob%d" % tail.outputs], "0=3 1=5.000000e-01 2=5.000000e-01")
    files["net.param"] = tail.text()
    hostile("ncnn compact with a resize after", files, r"resizes by 0\.5 \(bicubic\)")


def swap_inputs(text):
    """Joins the features of one dense block in another order."""
    lines = text.split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("Concat") and line.split()[2] == "3")
    words = lines[at].split(" ")
    words[5], words[6] = words[6], words[5]
    lines[at] = " ".join(words)
    return "\n".join(lines)


def hostile_tfjs():
    net = filled(rrdn(1, 2, 2))

    def refuse(name, error, edit=None, args=(), files=None):
        made = keras_files(*keras_rrdn(net, 1, 2, 2, 2), edit=edit)
        hostile(name, dict(made, **(files or {})), error, args)

    def config(model):
        return model["modelTopology"]["model_config"]["config"]

    def find(model, kind):
        return next(layer for layer in config(model)["layers"] if layer["class_name"] == kind)

    def settings(kind, **values):
        return lambda model: find(model, kind)["config"].update(values)

    def weight(**values):
        return lambda model: model["weightsManifest"][0]["weights"][3].update(values)

    def paths(*values):
        return lambda model: model["weightsManifest"][0].update(paths=list(values))

    refuse("TF.js with another beta", r"multiplies by 0\.3 instead of 0\.2", settings("MultiplyBeta", beta=0.3))
    refuse(
        "TF.js without a beta", "multiplies by None", lambda model: find(model, "MultiplyBeta")["config"].pop("beta")
    )
    refuse(
        "TF.js with another scale", r"PreShuffle has a kernel of shape \[3,3,4,12\]", settings("PixelShuffle", scale=3)
    )
    refuse("TF.js with a stride", "has another strides", settings("Conv2D", strides=[2, 2]))
    refuse("TF.js without padding", "has another padding", settings("Conv2D", padding="valid"))
    refuse("TF.js with another activation", "has the activation 'elu'", settings("Activation", activation="elu"))
    refuse("TF.js with another axis", "another axis", settings("Concatenate", axis=1))
    refuse(
        "TF.js with another layer",
        r"\(Lambda\) is of a type",
        lambda model: find(model, "Activation").update(class_name="Lambda"),
    )

    def rewire_to(name):
        return lambda model: find(model, "Add")["inbound_nodes"][0][0].__setitem__(0, name)

    refuse("TF.js wired in another way", "joined or scaled in another way", rewire_to("F_1_1_1"))
    for kind in ("uint8", "uint16"):
        quantized = {"dtype": kind, "min": 0, "scale": 1}
        refuse("TF.js quantized to " + kind, "is stored as %s, only float32" % kind, weight(quantization=quantized))
    refuse("TF.js of float16", "is stored as float16", weight(dtype="float16"))
    refuse("TF.js with a wrong shape", "shards (have|end)", weight(shape=[3, 3, 1, 1]))
    refuse("TF.js with a giant shape", "shards end in the middle", weight(shape=[1 << 40, 3]))
    refuse("TF.js with a negative shape", "malformed shape", weight(shape=[-1, 3]))
    refuse("TF.js with a name twice", "twice", weight(name="F_1_1_1/bias"))
    refuse("TF.js with a missing shard", r"elsewhere\.bin cannot be read", paths("elsewhere.bin"))
    for path in ("../net.bin", "/dev/zero", "a\\b.bin", "https://example.com/a.bin", "..", 7):
        refuse("TF.js with the shard %s" % str(path).replace("/", "|"), "which is not a file beside it", paths(path))
    refuse("TF.js as a graph model", "not a TF.js layers model", lambda model: model.update(format="graph-model"))
    refuse("TF.js without layers", "not a functional Keras model", lambda model: config(model).update(layers={}))
    refuse("TF.js without weights", "malformed TF.js|none of", lambda model: model.update(weightsManifest=[{}]))
    refuse("TF.js with layers that are not", "malformed TF.js", lambda model: config(model)["layers"].insert(0, 7))
    refuse("TF.js with --scale 4", "--scale 4 does not fit", args=("--scale", "4"))
    rdn_net = filled(rdn(1, 2, 2))

    def refuse_rdn(name, error, edit=None, args=("--range", "255")):
        hostile(name, keras_files(*keras_rdn(rdn_net, 1, 2, 2), edit=edit), error, args)

    slim = [("F_0/kernel", [1], [0.0]), ("GFF_1/kernel", [1], [0.0])]
    hostile("TF.js of two layers of an RDN", keras_files([], slim), r"\(F_0/kernel, GFF_1/kernel, \.\.\.\), which is none of")
    refuse_rdn("TF.js RDN without its range", "do not tell its range: say --range 1 or 255", args=())
    refuse_rdn("TF.js RDN of another range", "--range: invalid choice: '2'", args=("--range", "2"))
    refuse_rdn("TF.js RDN that interpolates", "interpolates, which RDN", settings("UpSampling2D", interpolation="bilinear"))
    refuse_rdn("TF.js RDN of an oblong size", "has another factor in x than in y", settings("UpSampling2D", size=[2, 3]))
    refuse_rdn("TF.js RDN without padding", "another padding than same", settings("Conv2D", padding="valid"))
    refuse_rdn("TF.js RDN of another kernel", r"another kernel_size", settings("Conv2D", kernel_size=[5, 5]))
    refuse_rdn("TF.js RDN wired in another way", "layers of RDN joined", rewire_to("F_1_1"))
    refuse("TF.js RRDN with a range", "--range is for other networks than rrdn", args=("--range", "1"))
    hostile("JSON of something else", {"model.json": b'  {"a": 1}'}, "not a TF.js layers model")


def hostile_files():
    hostile("an empty file", b"", "none of the files read")
    hostile("noise", bytes(random.randrange(256) for _ in range(999)), "none of the files read")
    hostile("a plain pickle", pickle.dumps({"a": 1}, 4), "not a PyTorch checkpoint")
    net = zipped(torch_tensors(filled(compact())))
    for name, args, error in (
        ("no such option", ["--fast"], "unrecognized arguments: --fast"),
        ("no such type", ["--dtype", "int8"], "argument --dtype: invalid choice"),
        ("a scale of zero", ["--scale", "0"], "--scale is 0, expected 1 to 16"),
        ("a scale that is no number", ["--scale", "big"], "argument --scale: invalid int value"),
    ):
        hostile(name, net, error, args)
    path = os.path.join(FOLDER, "in", "nowhere.pth")
    cases.append({"name": "a missing file", "input": path, "args": [], "error": "cannot be read: No such file"})
    cases.append({"name": "a folder", "input": os.path.join(FOLDER, "in"), "args": [], "error": "not a regular file"})
    if hasattr(os, "mkfifo"):
        pipe = os.path.join(FOLDER, "in", "pipe.pth")
        os.mkfifo(pipe)
        cases.append({"name": "a pipe", "input": pipe, "args": [], "error": "not a regular file"})


os.makedirs(os.path.join(FOLDER, "in"))
for make in (
    sound_checkpoints,
    sound_others,
    hostile_code,
    hostile_sizes,
    hostile_tensors,
    hostile_archives,
    hostile_networks,
    hostile_safetensors,
    hostile_ncnn,
    hostile_tfjs,
    hostile_files,
):
    make()
with open(os.path.join(FOLDER, "cases.json"), "w") as out:
    json.dump({"cases": cases, "canary": CANARY, "control": CONTROL}, out)
