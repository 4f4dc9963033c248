#!/usr/bin/env python3
"""Converts ESRGAN-family weights to the .safetensors files this project loads.

    convert-weights.py INPUT -o OUTPUT.safetensors [--dtype f16|f32] [--scale N]
                       [--luma studio|full] [--padding zeros|replicate|valid] [--deconv-padding N]
                       [--range 1|255] [--mean div2k|none] [--res-scale N] [--activation tanh|relu]
                       [--input-range unit|signed|imagenet] [--output-range unit|signed|tanh]

INPUT is one of these, told apart by its content:
    .pth, .pt       PyTorch checkpoint, zip or legacy layout
    .safetensors    F32, F16, BF16 or F64 tensors
    .param, .bin    ncnn model; the other file of the pair must lie beside it
    model.json      TF.js layers model; its shards must lie beside it

Networks: RRDBNet (ESRGAN, Real-ESRGAN, BSRGAN, ESRGAN+), SRVGGNetCompact, RRDN, RDN, SRResNet, SRGAN, MSRResNet, EDSR, and
of those for luma, or for red, green and blue, SRCNN, FSRCNN, ESPCN and VDSR. They are recognised by tensor names and shapes,
for ncnn and TF.js by the layer graph too, and written in network order under Real-ESRGAN's names; those for luma as conv1,
conv2, ..., prelu1, ... and deconv, RDN as sfe1, sfe2, rdb.0.conv1, ..., rdb.0.lff, gff1, gff2, up1, ... and conv_last, those
of residual blocks as conv_first, body.0.conv1, ..., conv_body, conv_up1, ... and conv_last. leftthomas' SRGAN and the copies
of SRResNet and EDSR with numbered layers keep their names. Batch normalisation is folded when they are loaded.

--dtype is that of the convolution weights, f16 unless said otherwise. Biases and PReLU slopes stay float32: they are a
thousandth of the file, and rounded they cost more accuracy than the weights do.

--scale N says what true output scale a model has where its tensors leave that open (an RRDBNet whose up-convolutions
enlarge by another factor than 2); elsewhere it can only confirm.

Networks for luma must be told what their tensors leave open: --scale (SRCNN, FSRCNN, VDSR); --luma, the range of the luma
that they were trained with: studio (16 to 235, as MATLAB's rgb2ycbcr) or full (0 to 255, as JPEG); --padding, what lies
beyond a picture's edge (SRCNN, FSRCNN): zeros, the edge's pixel (replicate), or nothing (valid; SRCNN alone), so that the
result lacks a border. --deconv-padding N is the padding of FSRCNN's transposed convolution, 4 for a kernel of 9 unless said
otherwise.

--activation is what follows the convolutions of an ESPCN that has more than the paper's three.

What else no tensor tells is known of well-known implementations by their names. Of others it must be said: --range, what
stands for white in the pictures that an RDN or EDSR was trained with: 255 (EDSR-PyTorch, UpscalerJS) or 1 (ISR); --mean, what
an EDSR takes away before, DIV2K's mean or nothing; --res-scale, by what the results of an EDSR's blocks are multiplied, unless it
is of the paper's 16 blocks of 64 features (1) or 32 of 256 (0.1); --input-range and --output-range, whether an SRResNet takes
and gives values of 0 to 1 (unit), -1 to 1 (signed), normalised as for ImageNet, or gives those of which tanh is to be computed.

The output's metadata, all strings: format, architecture (rrdbnet, compact, rrdn, rdn, srcnn, fsrcnn, espcn, vdsr, srresnet,
srgan, msrresnet, edsr), scale, blocks (of a net without any: its inner convolutions), activation (leaky-relu, prelu, relu,
tanh), up_factor (only where it is not 2), what was said of those above, source (the file's name) and sha256. For an ncnn model
source and sha256 are those of the .bin, for a TF.js model those of model.json.

A pickle is a program. It is read by a small interpreter that calls nothing: names that it does not know become inert
placeholders. A file that cannot be converted gives one sentence on stderr, exit code 1 and no output file.

Python 3.8 or later; nothing but the standard library.
"""

import argparse
import hashlib
import io
import itertools
import json
import math
import os
import re
import stat
import struct
import sys
import zipfile
import zlib
from array import array

SUPPORTED = "RRDBNet (ESRGAN, Real-ESRGAN, BSRGAN, ESRGAN+), SRVGGNetCompact, RRDN, RDN, SRCNN, FSRCNN, ESPCN, VDSR, SRResNet, SRGAN, MSRResNet and EDSR"

# Limits for hostile files. The largest network of the family has 17 million weights, its pickle 30 thousand opcodes.
MAX_FILE_BYTES = 2 << 30
MAX_WEIGHTS = 1 << 27
MAX_REPEATED_WEIGHTS = 1 << 20  # a tensor may repeat few numbers of its file many times over, real ones hardly do
MAX_TENSORS = 100000  # and zip members, and entries of metadata
MAX_DIMENSIONS = 8
MAX_PICKLE_BYTES = 64 << 20
MAX_PICKLE_OPCODES = 600000
MAX_PICKLE_STACK = 50000
MAX_PICKLE_MARKS = 256
MAX_PICKLE_MEMO = 200000
MAX_PICKLE_STRING = 1 << 20
MAX_PICKLE_NAME = 512
MAX_PICKLE_INT_BYTES = 16
MAX_UNWRAPS = 8  # a dictionary may hold itself
MAX_PREFIXES = 8  # a name of a megabyte may hold very many
MAX_JSON_BYTES = 64 << 20
MAX_LAYERS = 20000
MAX_LINE = 8192
MAX_CONCAT = 256

ITEM_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4}
WEIGHT_DTYPES = ("F32", "F16", "BF16", "F64")


class Refused(Exception):
    """The input cannot be converted; the message is one sentence."""


def shown(name):
    text = str(name)
    return text if len(text) <= 200 else text[:197] + "..."


def file_name(path):
    return shown(os.path.basename(path))


def shape_text(shape):
    return "[" + ",".join(str(n) for n in shape) + "]"


def is_index(value, limit=1 << 48):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < limit


def product(numbers):
    result = 1
    for n in numbers:
        result *= n
    return result


def require_few(path, count, what):
    if count > MAX_TENSORS:
        raise Refused("%s holds more than %d %s, which no network needs" % (file_name(path), MAX_TENSORS, what))


def require_weight_count(path, size, tensors):
    """Before any is read: a view may repeat its storage's items."""
    count = sum(product(tensor.shape) for tensor in tensors.values() if isinstance(tensor, Tensor))
    limit = min(MAX_WEIGHTS, size + MAX_REPEATED_WEIGHTS)
    if count > limit:
        raise Refused(
            "%s of %d bytes holds %d weights, more than the %d that are read of it"
            % (file_name(path), size, count, limit)
        )


# -------------------------------------------------------------------------------------------------------------- tensors


class Tensor:
    """A tensor still in its file: `read(name)` gives its items as little-endian bytes in row-major order."""

    def __init__(self, dtype, shape, read):
        self.dtype = dtype
        self.shape = tuple(shape)
        self.read = read


def gather(data, item_bytes, offset, shape, strides):
    """Copies a strided view (offset and strides in items) to row-major order; the view lies within `data`."""
    count = product(shape)
    code = {2: "H", 4: "I", 8: "Q"}[item_bytes]
    row_major, step = [], 1
    for n in reversed(shape):
        row_major.insert(0, step)
        step *= n
    if count == 0 or all(n == 1 or a == b for n, a, b in zip(shape, strides, row_major)):
        return data[offset * item_bytes : (offset + count) * item_bytes]
    source = data[: len(data) // item_bytes * item_bytes].cast(code)
    result = array(code, bytes(count * item_bytes))
    target = memoryview(result)
    inner = max(range(len(shape)), key=lambda d: shape[d])
    length, source_step, target_step = shape[inner], strides[inner], row_major[inner]
    starts = [(offset, 0)]
    for d, n in enumerate(shape):
        if d != inner:
            starts = [(s + i * strides[d], t + i * row_major[d]) for s, t in starts for i in range(n)]
    for s, t in starts:
        if source_step == 0:
            line = memoryview(array(code, [source[s]]) * length)
        else:
            line = source[s : s + (length - 1) * source_step + 1 : source_step]
        target[t : t + (length - 1) * target_step + 1 : target_step] = line
    return target.cast("B")


def floats(dtype, data):
    """The items of little-endian `data` as Python floats, a few at a time."""
    if dtype == "BF16":
        widened = bytearray(2 * len(data))
        widened[2::4], widened[3::4] = data[0::2], data[1::2]
        dtype, data = "F32", memoryview(widened)
    size, code = ITEM_BYTES[dtype], {"F64": "d", "F32": "f", "F16": "e"}[dtype]
    chunk = 65536 * size
    for at in range(0, len(data), chunk):
        part = data[at : at + chunk]
        yield struct.unpack("<%d%s" % (len(part) // size, code), part)


def stored_dtype(tensor, dtype):
    """The type `tensor` is written as: biases and slopes keep their precision."""
    return "F32" if len(tensor.shape) == 1 else dtype


def encode(name, tensor, dtype):
    """The tensor's values as little-endian bytes of `dtype`, a few at a time."""
    data = tensor.read(name)
    code = {"F16": "e", "F32": "f"}[dtype]
    for values in floats(tensor.dtype, memoryview(data).cast("B")):
        if not all(map(math.isfinite, values)):
            raise Refused("tensor %s holds a NaN or an infinity, so the weights are damaged" % shown(name))
        try:
            yield struct.pack("<%d%s" % (len(values), code), *values)
        except OverflowError:
            largest = max(map(abs, values))
            hint = "; convert with --dtype f32" if dtype == "F16" else ""
            raise Refused(
                "tensor %s holds %g, beyond the range of %s%s" % (shown(name), largest, dtype, hint)
            ) from None


# ---------------------------------------------------------------------------------------------------------------- files


def read_file(path, limit=MAX_FILE_BYTES):
    try:
        info = os.stat(path)
        require_regular(path, info)
        if info.st_size > limit:
            raise Refused("%s has %d bytes, more than the %d that are read" % (shown(path), info.st_size, limit))
        with open(path, "rb") as file:
            data = file.read(info.st_size + 1)
    except OSError as error:
        raise Refused("%s cannot be read: %s" % (shown(path), error.strerror or error)) from None
    except ValueError:
        raise Refused("%s is not a file name" % shown(path)) from None
    return data


def require_regular(path, info):
    """Pipes and devices may never end, or never begin."""
    if not stat.S_ISREG(info.st_mode):
        raise Refused("%s is not a regular file" % shown(path))


def parse_json(data, what):
    def unique(pairs):
        result = dict(pairs)
        if len(result) != len(pairs):
            raise Refused("%s names a key of its JSON twice" % what)
        return result

    def integer(digits):
        if len(digits) > 20:
            raise ValueError("an integer of %d digits" % len(digits))
        return int(digits)

    if len(data) > MAX_JSON_BYTES:
        raise Refused("%s has %d bytes of JSON, more than the %d that are read" % (what, len(data), MAX_JSON_BYTES))
    try:
        return json.loads(str(data, "utf-8"), object_pairs_hook=unique, parse_int=integer)
    except (ValueError, RecursionError) as error:
        raise Refused("%s is not valid JSON: %s" % (what, error)) from None


class Source:
    """What a reader found: tensors by name, the file that stands for them, and what that file states of the network."""

    def __init__(self, path, data, tensors, stated=None, files=()):
        self.path = path
        self.data = data
        self.tensors = tensors
        self.stated = stated or {}
        self.files = [path, *files]


def read_source(path):
    """Chooses the reader by the file's first bytes."""
    data = read_file(path)
    stem = os.path.splitext(path)[0]
    view = memoryview(data)
    if path.lower().endswith(".bin") and starts_like_ncnn(stem + ".param"):
        return read_ncnn(stem + ".param", read_file(stem + ".param", MAX_JSON_BYTES), path, data)
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return Source(path, data, read_zip_checkpoint(path, view))
    if data[8:9] == b"{" and data[4:8] == bytes(4):
        return read_safetensors(path, view)
    if data[:1] == b"\x80":
        return Source(path, data, read_legacy_checkpoint(path, view))
    if data[:7] == NCNN_MAGIC:
        return read_ncnn(path, data, stem + ".bin", read_file(stem + ".bin"))
    if data[:64].lstrip()[:1] == b"{":
        return read_tfjs(path, data)
    if path.lower().endswith(".bin"):
        raise Refused("%s looks like ncnn weights but has no ncnn .param file beside it" % file_name(path))
    raise Refused(
        "%s is none of the files read: PyTorch checkpoint, safetensors, ncnn .param and .bin, TF.js model.json"
        % file_name(path)
    )


# --------------------------------------------------------------------------------------------------------------- pickle


class Inert:
    """Stands for anything whose making would have meant running code of the pickle's choice."""

    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name


class Known:
    """One of the few names of a checkpoint that mean something here; never called either."""

    __slots__ = ("name", "dtype")

    def __init__(self, name, dtype=None):
        self.name = name
        self.dtype = dtype


ORDERED_DICT = Known("collections.OrderedDict")
REBUILD_TENSOR = Known("torch._utils._rebuild_tensor")
REBUILD_TENSOR_V2 = Known("torch._utils._rebuild_tensor_v2")
REBUILD_PARAMETER = Known("torch._utils._rebuild_parameter")
KNOWN_NAMES = {
    known.name: known
    for known in (
        ORDERED_DICT,
        REBUILD_TENSOR,
        REBUILD_TENSOR_V2,
        REBUILD_PARAMETER,
        Known("torch.FloatStorage", "F32"),
        Known("torch.HalfStorage", "F16"),
        Known("torch.BFloat16Storage", "BF16"),
        Known("torch.DoubleStorage", "F64"),
        Known("torch.LongStorage", "I64"),
        Known("torch.IntStorage", "I32"),
    )
}
# Storages that no weight lies in (random states, masks); a legacy file is only read past them with their size known.
SKIPPED_ITEM_BYTES = {
    "torch.ByteStorage": 1,
    "torch.CharStorage": 1,
    "torch.BoolStorage": 1,
    "torch.ShortStorage": 2,
    "torch.ComplexFloatStorage": 8,
    "torch.ComplexDoubleStorage": 16,
}


class Storage:
    """A checkpoint's run of items; `data` is found by key, in a zip when first needed."""

    __slots__ = ("key", "dtype", "count", "start", "root")

    def __init__(self, key, dtype, count, start=0, root=None):
        self.key = key
        self.dtype = dtype
        self.count = count
        self.start = start
        self.root = root or self


class Checkpoint:
    """The storages that the pickles of one file name, and where their bytes are."""

    def __init__(self, path):
        self.path = path
        self.storages = {}
        self.skipped = {}
        self.find = None
        self.pairs = 0

    def storage(self, reference):
        """Resolves a persistent id: ("storage", type, key, device, count[, (view key, start, count)])."""
        if not isinstance(reference, tuple) or len(reference) not in (5, 6) or reference[0] != "storage":
            raise Refused("%s holds a reference that is not to a storage" % file_name(self.path))
        kind, key, count = reference[1], reference[2], reference[4]
        if not isinstance(kind, Inert) and (not isinstance(kind, Known) or kind.dtype is None):
            raise Refused("%s holds a storage of no type" % file_name(self.path))
        if not isinstance(key, str) or not re.match(r"[0-9]{1,20}\Z", key) or not is_index(count):
            raise Refused("%s holds a storage with the key %s, expected a number" % (file_name(self.path), plain(key)))
        if isinstance(kind, Inert):
            self.skipped[key] = (kind.name, count)
            return kind
        storage = self.storages.setdefault(key, Storage(key, kind.dtype, count))
        if storage.dtype != kind.dtype or storage.count != count:
            raise Refused("%s describes storage %s in two ways that differ" % (file_name(self.path), key))
        view = reference[5] if len(reference) == 6 else None
        if view is None:
            return storage
        if not isinstance(view, tuple) or len(view) != 3 or not is_index(view[1]) or not is_index(view[2]):
            raise Refused("%s holds a malformed view of storage %s" % (file_name(self.path), key))
        if view[1] + view[2] > count:
            raise Refused("%s holds a view that leaves storage %s of %d items" % (file_name(self.path), key, count))
        return Storage(key, kind.dtype, view[2], view[1], storage)

    def rebuild(self, function, arguments):
        """What a whitelisted call would have returned."""
        if function is ORDERED_DICT:
            return self.ordered_dict(arguments)
        if function is REBUILD_PARAMETER:
            if not arguments or not isinstance(arguments[0], (Tensor, Inert)):
                raise Refused("%s holds a parameter without a tensor" % file_name(self.path))
            return arguments[0]
        if function not in (REBUILD_TENSOR, REBUILD_TENSOR_V2):
            return Inert(function.name)
        if len(arguments) < 4 or len(arguments) > 7:
            raise Refused("%s holds a tensor made of %d arguments" % (file_name(self.path), len(arguments)))
        storage, offset, shape, strides = arguments[:4]
        if isinstance(storage, Inert):
            return storage
        if not isinstance(storage, Storage):
            raise Refused("%s holds a tensor without a storage" % file_name(self.path))
        for numbers in (shape, strides):
            if (
                not isinstance(numbers, (tuple, list))
                or len(numbers) > MAX_DIMENSIONS
                or not all(map(is_index, numbers))
            ):
                raise Refused("%s holds a tensor with a malformed shape or strides" % file_name(self.path))
        if len(shape) != len(strides) or not is_index(offset):
            raise Refused("%s holds a tensor with a malformed offset, shape or strides" % file_name(self.path))
        last = offset + sum((n - 1) * step for n, step in zip(shape, strides))
        if (last >= storage.count) if product(shape) else (offset > storage.count):
            raise Refused(
                "%s holds a tensor of shape %s, strides %s at offset %d, which leaves its storage %s of %d items"
                % (file_name(self.path), shape_text(shape), shape_text(strides), offset, storage.key, storage.count)
            )
        return self.view(storage, offset, tuple(shape), tuple(strides))

    def view(self, storage, offset, shape, strides):
        def read(name):
            data = self.find(storage.root)
            if data is None:
                raise Refused("tensor %s needs storage %s, which the file does not hold" % (shown(name), storage.key))
            return gather(data, ITEM_BYTES[storage.dtype], storage.start + offset, shape, strides)

        return Tensor(storage.dtype, shape, read)

    def ordered_dict(self, arguments):
        result = {}
        if len(arguments) == 1 and isinstance(arguments[0], (list, tuple)):  # Python 2 pickles the pairs as an argument
            self.pairs += len(arguments[0])  # one list may be an argument many times over
            if self.pairs > MAX_PICKLE_MEMO:
                raise Refused("%s holds more than %d OrderedDict entries" % (file_name(self.path), MAX_PICKLE_MEMO))
            for pair in arguments[0]:
                if not isinstance(pair, (list, tuple)) or len(pair) != 2:
                    raise Refused("%s holds a malformed OrderedDict" % file_name(self.path))
                set_item(self.path, result, pair[0], pair[1])
        elif arguments:
            raise Refused("%s holds a malformed OrderedDict" % file_name(self.path))
        return result


def set_item(path, target, key, value):
    # Hashing a deeply nested tuple overflows the C stack, and no tensor has such a name.
    if not isinstance(key, (str, int, float, bytes, type(None))):
        return
    if key in target:
        raise Refused("%s holds the key %s twice in one dictionary" % (file_name(path), plain(key)))
    target[key] = value


def plain(value):
    """A value of unknown nesting for a message: repr would follow it all the way down."""
    return (
        shown(repr(value[:100] if isinstance(value, (str, bytes)) else value))
        if is_scalar(value)
        else type(value).__name__
    )


def is_scalar(value):
    return isinstance(value, (str, int, float, bytes, type(None)))


STOP = 0x2E


def read_pickle(checkpoint, data, start):
    """Interprets one pickle of `data` without calling anything; returns its value and where it ends."""
    path, at, end = checkpoint.path, start, min(len(data), start + MAX_PICKLE_BYTES)
    stack, marks, memo = [], [], {}

    def bad(why):
        return Refused("%s holds a malformed pickle: %s at byte %d" % (file_name(path), why, at))

    def take(count):
        nonlocal at
        if count < 0 or count > end - at:
            raise bad("it ends in the middle of a value or is too long")
        at += count
        return data[at - count : at]

    def unsigned(count):
        return int.from_bytes(take(count), "little")

    def line():
        found = bytes(data[at : min(end, at + MAX_PICKLE_NAME)]).find(b"\n")
        if found < 0:
            raise bad("a line without an end")
        return str(take(found + 1)[:-1], "utf-8")

    def blob(length):
        if length > MAX_PICKLE_STRING:
            raise bad("a string of %d bytes" % length)
        return bytes(take(length))

    def text(length):
        return str(blob(length), "utf-8")

    def old_text(length):  # a Python 2 str: text or raw bytes
        raw = blob(length)
        try:
            return str(raw, "utf-8")
        except UnicodeDecodeError:
            return raw

    def push(value):
        if len(stack) >= MAX_PICKLE_STACK:
            raise bad("more than %d values on its stack" % MAX_PICKLE_STACK)
        stack.append(value)

    def pop():
        if len(stack) <= (marks[-1] if marks else 0):
            raise bad("nothing on its stack")
        return stack.pop()

    def top():
        push(pop())
        return stack[-1]

    def pop_mark():
        if not marks:
            raise bad("no mark on its stack")
        first = marks.pop()
        items = stack[first:]
        del stack[first:]
        return items

    def remember(index):
        if len(memo) >= MAX_PICKLE_MEMO:
            raise bad("more than %d values in its memo" % MAX_PICKLE_MEMO)
        memo[index] = top()

    def recall(index):
        if index not in memo:
            raise bad("memo entry %d, which does not exist" % index)
        push(memo[index])

    def extend(items):
        target = top()
        if isinstance(target, list):
            target.extend(items)
        elif not isinstance(target, Inert):
            raise bad("items for something that is not a list")

    def update(items):
        target = top()
        if len(items) % 2 or not isinstance(target, (dict, Inert)):
            raise bad("items for something that is not a dictionary")
        if isinstance(target, dict):
            for i in range(0, len(items), 2):
                set_item(path, target, items[i], items[i + 1])

    def name(module, attribute):
        if not isinstance(module, str) or not isinstance(attribute, str):
            raise bad("a name that is not text")
        if len(module) + len(attribute) > MAX_PICKLE_NAME:
            raise bad("a name of %d characters" % (len(module) + len(attribute)))
        full = module + "." + attribute
        push(KNOWN_NAMES.get(full) or Inert(full))

    def call(function, arguments):
        if isinstance(function, Inert):
            push(Inert(function.name))
        elif isinstance(function, Known) and isinstance(arguments, tuple):
            push(checkpoint.rebuild(function, arguments))
        else:
            raise bad("a call of something that is not a name")

    def mark():
        if len(marks) >= MAX_PICKLE_MARKS:
            raise bad("more than %d nested values" % MAX_PICKLE_MARKS)
        marks.append(len(stack))

    def protocol():
        if unsigned(1) > 5:
            raise bad("an unknown protocol")

    def drop():  # a mark where one is on top
        if marks and marks[-1] == len(stack):
            marks.pop()
        else:
            pop()

    def short_integer(length):
        if length > MAX_PICKLE_INT_BYTES:
            raise bad("an integer of %d bytes" % length)
        push(int.from_bytes(take(length), "little", signed=True))

    def decimal():  # Python 2 writes integers of more than 32 bits so
        digits = line()
        if not re.match(r"-?[0-9]{1,20}\Z", digits):
            raise bad("an integer that is none")
        push(int(digits))

    def tuple_of(count):
        push(tuple([pop() for _ in range(count)][::-1]))

    def filled_dict():
        items = pop_mark()
        push({})
        update(items)

    def global_name():
        module = line()
        name(module, line())

    def stack_global():
        attribute = pop()
        name(pop(), attribute)

    def reduce():
        arguments = pop()
        call(pop(), arguments)

    def new_object_with_keywords():
        pop()
        reduce()

    def instance():
        global_name()
        function = pop()
        call(function, tuple(pop_mark()))

    def instance_on_stack():
        items = pop_mark()
        if not items:
            raise bad("an object of no class")
        call(items[0], tuple(items[1:]))

    def build():  # the state of an object, which no tensor needs
        pop()
        top()

    actions = {
        "PROTO 80": protocol,
        "FRAME 95": lambda: take(8),
        "MARK 28": mark,
        "POP 30": drop,
        "POP_MARK 31": pop_mark,
        "DUP 32": lambda: push(top()),
        "NONE 4e": lambda: push(None),
        "NEWTRUE 88": lambda: push(True),
        "NEWFALSE 89": lambda: push(False),
        "INT 49": decimal,
        "BININT 4a": lambda: push(int.from_bytes(take(4), "little", signed=True)),
        "BININT1 4b": lambda: push(unsigned(1)),
        "BININT2 4d": lambda: push(unsigned(2)),
        "LONG1 8a": lambda: short_integer(unsigned(1)),
        "LONG4 8b": lambda: short_integer(unsigned(4)),
        "BINFLOAT 47": lambda: push(struct.unpack(">d", take(8))[0]),
        "BINUNICODE 58": lambda: push(text(unsigned(4))),
        "SHORT_BINUNICODE 8c": lambda: push(text(unsigned(1))),
        "BINUNICODE8 8d": lambda: push(text(unsigned(8))),
        "BINSTRING 54": lambda: push(old_text(unsigned(4))),
        "SHORT_BINSTRING 55": lambda: push(old_text(unsigned(1))),
        "BINBYTES 42": lambda: push(blob(unsigned(4))),
        "SHORT_BINBYTES 43": lambda: push(blob(unsigned(1))),
        "BINBYTES8 8e": lambda: push(blob(unsigned(8))),
        "BYTEARRAY8 96": lambda: push(blob(unsigned(8))),
        "EMPTY_LIST 5d": lambda: push([]),
        "EMPTY_SET 8f": lambda: push([]),  # a list: what stands for its items may not be hashable
        "LIST 6c": lambda: push(pop_mark()),
        "APPEND 61": lambda: extend([pop()]),
        "APPENDS 65": lambda: extend(pop_mark()),
        "ADDITEMS 90": lambda: extend(pop_mark()),
        "EMPTY_TUPLE 29": lambda: push(()),
        "TUPLE 74": lambda: push(tuple(pop_mark())),
        "FROZENSET 91": lambda: push(tuple(pop_mark())),
        "TUPLE1 85": lambda: tuple_of(1),
        "TUPLE2 86": lambda: tuple_of(2),
        "TUPLE3 87": lambda: tuple_of(3),
        "EMPTY_DICT 7d": lambda: push({}),
        "DICT 64": filled_dict,
        "SETITEM 73": lambda: update([pop(), pop()][::-1]),
        "SETITEMS 75": lambda: update(pop_mark()),
        "BINPUT 71": lambda: remember(unsigned(1)),
        "LONG_BINPUT 72": lambda: remember(unsigned(4)),
        "MEMOIZE 94": lambda: remember(len(memo)),
        "BINGET 68": lambda: recall(unsigned(1)),
        "LONG_BINGET 6a": lambda: recall(unsigned(4)),
        "GLOBAL 63": global_name,
        "STACK_GLOBAL 93": stack_global,
        "REDUCE 52": reduce,
        "NEWOBJ 81": reduce,
        "NEWOBJ_EX 92": new_object_with_keywords,
        "INST 69": instance,
        "OBJ 6f": instance_on_stack,
        "BUILD 62": build,
        "BINPERSID 51": lambda: push(checkpoint.storage(pop())),
    }
    by_opcode = {int(key.split()[1], 16): action for key, action in actions.items()}
    for _ in range(MAX_PICKLE_OPCODES):
        opcode = unsigned(1)
        if opcode == STOP:
            return pop(), at
        if opcode not in by_opcode:
            raise bad("opcode 0x%02x, which no checkpoint needs," % opcode)
        by_opcode[opcode]()
    raise bad("more than %d opcodes" % MAX_PICKLE_OPCODES)


def interpret(checkpoint, data, start):
    try:
        return read_pickle(checkpoint, data, start)
    except UnicodeDecodeError:
        raise Refused("%s holds a malformed pickle: text that is not UTF-8" % file_name(checkpoint.path)) from None


WRAPPERS = (
    "model_state_dict",
    "state_dict",
    "params_ema",
    "params-ema",
    "params",
    "model",
    "net",
    "netG",
    "net_g",
    "generator",
    "G",
)


def unwrap(path, value):
    """The tensors (and inert placeholders) of a checkpoint's inmost dictionary, by name."""
    if isinstance(value, Inert):
        raise Refused(
            "%s holds a pickled %s, which is never run, instead of a dictionary of tensors"
            % (file_name(path), shown(value.name))
        )
    if not isinstance(value, dict):
        raise Refused("%s holds %s instead of a dictionary of tensors" % (file_name(path), plain(value)))
    for _ in range(MAX_UNWRAPS):
        inner = next((value[key] for key in WRAPPERS if isinstance(value.get(key), dict)), None)
        if inner is None and len(value) == 1 and isinstance(next(iter(value.values())), dict):
            inner = next(iter(value.values()))
        if inner is None:
            break
        value = inner
    found = {key: item for key, item in value.items() if isinstance(key, str) and isinstance(item, (Tensor, Inert))}
    require_few(path, len(found), "tensors")
    if not any(isinstance(item, Tensor) for item in found.values()):
        names = sorted({item.name for item in found.values()})
        also = ", only %s, which is never run" % shown(names[0]) if names else ""
        raise Refused("%s holds no tensors%s" % (file_name(path), also))
    return found


# -------------------------------------------------------------------------------------------------- PyTorch checkpoints


def read_zip_checkpoint(path, data):
    members = zip_members(path, data)
    roots = [name[: -len("data.pkl")] for name in members if name == "data.pkl" or name.endswith("/data.pkl")]
    roots = [root for root in roots if root.count("/") <= 1]
    if len(roots) != 1:
        raise Refused("%s is a zip file with %d data.pkl, a PyTorch checkpoint has one" % (file_name(path), len(roots)))
    root = roots[0]
    if root + "byteorder" in members and bytes(zip_member(path, data, members[root + "byteorder"])) != b"little":
        raise Refused(
            "%s was not saved in little-endian byte order; save it again on a little-endian machine" % file_name(path)
        )
    pickle = zip_member(path, data, members[root + "data.pkl"])
    if len(pickle) > MAX_PICKLE_BYTES:
        raise Refused(
            "%s has a pickle of %d bytes, more than the %d read" % (file_name(path), len(pickle), MAX_PICKLE_BYTES)
        )
    checkpoint, read, bytes_read = Checkpoint(path), {}, 0

    def find(storage):
        nonlocal bytes_read
        if storage.key in read:
            return read[storage.key]
        member = members.get("%sdata/%s" % (root, storage.key))
        if member is None:
            return None
        found, wanted = zip_member(path, data, member), storage.count * ITEM_BYTES[storage.dtype]
        if len(found) != wanted:
            raise Refused(
                "%s: storage %s has %d bytes, expected %d" % (file_name(path), storage.key, len(found), wanted)
            )
        bytes_read += wanted
        if bytes_read > len(data):  # else few bytes would make work for very many members
            raise Refused("%s: zip member %s lies where other members do" % (file_name(path), shown(member.filename)))
        read[storage.key] = found
        return found

    checkpoint.find = find
    value, _ = interpret(checkpoint, pickle, 0)
    tensors = unwrap(path, value)
    require_weight_count(path, len(data), tensors)
    return tensors


def zip_members(path, data):
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
    except Exception as error:  # zipfile raises many kinds on a damaged directory
        raise Refused("%s is not a whole zip file: %s" % (file_name(path), shown(error))) from None
    require_few(path, len(infos), "zip members")
    members = {}
    for info in infos:
        name = info.filename
        if name in members:
            raise Refused("%s holds the zip member %s twice" % (file_name(path), shown(name)))
        if name.startswith("/") or "\\" in name or ".." in name.split("/"):
            raise Refused("%s holds the zip member %s, which leaves the archive" % (file_name(path), shown(name)))
        members[name] = info
    return members


def zip_member(path, data, info):
    """A member's bytes in place: members are stored, so no size that the directory claims is ever allocated."""
    label = "%s: zip member %s" % (file_name(path), shown(info.filename))
    if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
        raise Refused("%s is compressed or encrypted, PyTorch stores it plainly" % label)
    header = bytes(data[info.header_offset : info.header_offset + 30]) if info.header_offset >= 0 else b""
    if len(header) != 30 or header[:4] != b"PK\x03\x04":
        raise Refused("%s has no header where the directory says" % label)
    name_bytes, extra_bytes = struct.unpack("<HH", header[26:30])
    start = info.header_offset + 30 + name_bytes + extra_bytes
    if info.file_size != info.compress_size or info.file_size > len(data) - start:
        raise Refused("%s says it has %d bytes, more than the file holds" % (label, info.file_size))
    found = data[start : start + info.file_size]
    if zlib.crc32(found) != info.CRC:
        raise Refused("%s is damaged (its checksum differs)" % label)
    return found


LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001


def read_legacy_checkpoint(path, data):
    checkpoint = Checkpoint(path)
    magic, at = interpret(checkpoint, data, 0)
    if not is_index(magic, 1 << 80) or magic != LEGACY_MAGIC:
        raise Refused("%s is a pickle, but not a PyTorch checkpoint" % file_name(path))
    protocol, at = interpret(checkpoint, data, at)
    if not is_index(protocol) or protocol != LEGACY_PROTOCOL:
        raise Refused(
            "%s has the checkpoint protocol %s, expected %d" % (file_name(path), plain(protocol), LEGACY_PROTOCOL)
        )
    _, at = interpret(checkpoint, data, at)
    value, at = interpret(checkpoint, data, at)
    keys, at = interpret(checkpoint, data, at)
    tensors = unwrap(path, value)
    require_weight_count(path, len(data), tensors)
    if not isinstance(keys, list):
        raise Refused("%s has no list of storages" % file_name(path))
    found = {}
    for key in keys:
        if not isinstance(key, str) or key in found:
            raise Refused("%s lists the storage %s twice or without a name" % (file_name(path), plain(key)))
        if key in checkpoint.storages:
            storage = checkpoint.storages[key]
            wanted, size = storage.count, ITEM_BYTES[storage.dtype]
        else:
            kind, wanted = checkpoint.skipped.get(key, ("no type", 0))
            size = SKIPPED_ITEM_BYTES.get(kind)
            if size is None:
                raise Refused(
                    "%s: storage %s is of %s, whose size is unknown" % (file_name(path), shown(key), shown(kind))
                )
        if len(data) - at < 8:
            raise Refused("%s ends before storage %s" % (file_name(path), key))
        (count,) = struct.unpack("<q", data[at : at + 8])
        if count != wanted:
            raise Refused("%s: storage %s has %d items, expected %d" % (file_name(path), key, count, wanted))
        if len(data) - at - 8 < count * size:
            raise Refused("%s ends in the middle of storage %s" % (file_name(path), key))
        found[key] = data[at + 8 : at + 8 + count * size]
        at += 8 + count * size
    checkpoint.find = lambda storage: found.get(storage.key)
    return tensors


# ---------------------------------------------------------------------------------------------------------- safetensors


# What our own files state of a network.
STATED = ("scale", "up_factor", "activation", "luma", "padding", "range", "deconv_padding")


def read_safetensors(path, data):
    (length,) = struct.unpack("<Q", data[:8])
    if length > len(data) - 8:
        raise Refused("%s says its header has %d bytes, more than the file holds" % (file_name(path), length))
    header = parse_json(data[8 : 8 + length], file_name(path))
    body = data[8 + length :]
    require_few(path, len(header), "tensors")
    metadata, tensors, ranges = {}, {}, []
    for name, entry in header.items():
        if name == "__metadata__":
            if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
                raise Refused("%s has metadata that is not text" % file_name(path))
            require_few(path, len(entry), "entries of metadata")
            metadata = entry
            continue
        label = "%s: tensor %s" % (file_name(path), shown(name))
        if not isinstance(entry, dict) or not isinstance(entry.get("dtype"), str):
            raise Refused("%s has no type" % label)
        shape, offsets, dtype = entry.get("shape"), entry.get("data_offsets"), entry["dtype"]
        if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS or not all(map(is_index, shape)):
            raise Refused("%s has a malformed shape" % label)
        if not isinstance(offsets, list) or len(offsets) != 2 or not all(map(is_index, offsets)):
            raise Refused("%s has malformed data_offsets" % label)
        begin, end = offsets
        if not begin <= end <= len(body):
            raise Refused("%s lies at %d to %d of %d bytes" % (label, begin, end, len(body)))
        if dtype in ITEM_BYTES and product(shape) * ITEM_BYTES[dtype] != end - begin:
            raise Refused("%s has %d bytes, which its shape %s does not make" % (label, end - begin, shape_text(shape)))
        ranges.append((begin, end))
        tensors[name] = Tensor(dtype, shape, lambda _, begin=begin, end=end: body[begin:end])
    at = 0
    for begin, end in sorted(ranges):
        if begin != at:
            raise Refused("%s has tensors that overlap or leave a hole at byte %d of its data" % (file_name(path), at))
        at = end
    if at != len(body):
        raise Refused("%s has %d bytes of data, its tensors take %d" % (file_name(path), len(body), at))
    if not tensors:
        raise Refused("%s holds no tensors" % file_name(path))
    # What others state means nothing: a file of theirs names its format.
    ours = metadata.get("format", FORMAT) == FORMAT
    stated = {key: metadata[key] for key in STATED if ours and key in metadata}
    return Source(path, data, tensors, stated)


# --------------------------------------------------------------------------------------------------------- layer graphs


class LayerGraph:
    """Expressions without their layers' names: two graphs compute the same where their outputs are the same number."""

    def __init__(self):
        self.numbers = {}
        self.parts = {}

    def node(self, *key):
        return self.numbers.setdefault(key, len(self.numbers))

    def input(self):
        return self.node("input")

    def conv(self, name, x):
        return self.node("conv", name, x)

    def act(self, kind, x):
        return self.node("act", kind, x)

    def scale(self, factor, x):
        factor = round(factor, 6)  # ncnn prints six digits
        return x if factor == 1 else self.node("scale", factor, x)

    def add(self, a, b):
        return self.node("add", min(a, b), max(a, b))

    def up(self, factor, x):
        return self.node("up", factor, x)

    def shuffle(self, factor, x):
        return self.node("shuffle", factor, x)

    def concat(self, items):
        parts = tuple(itertools.chain.from_iterable(self.parts.get(item, (item,)) for item in items))
        if len(parts) > MAX_CONCAT:
            raise Refused("a layer concatenates more than %d tensors" % MAX_CONCAT)
        if len(parts) == 1:
            return parts[0]
        number = self.node("concat", parts)
        self.parts[number] = parts
        return number

    def trunk(self, blocks, rdbs, convs, act):
        """The residual-in-residual dense trunk that RRDBNet and RRDN share."""
        first = y = self.conv("conv_first", self.input())
        for n in range(blocks):
            block_input = y
            for k in range(1, rdbs + 1):
                features = [y]
                for j in range(1, convs + 1):
                    features.append(self.act(act, self.conv("body.%d.rdb%d.conv%d" % (n, k, j), self.concat(features))))
                last = self.conv("body.%d.rdb%d.conv%d" % (n, k, convs + 1), self.concat(features))
                y = self.add(self.scale(0.2, last), y)
            y = self.add(self.scale(0.2, y), block_input)
        return self.add(first, self.conv("conv_body", y))

    def rrdbnet(self, blocks, ups, factor, act):
        y = self.trunk(blocks, 3, 4, act)
        for i in range(1, ups + 1):
            y = self.act(act, self.conv("conv_up%d" % i, self.up(factor, y)))
        return self.conv("conv_last", self.act(act, self.conv("conv_hr", y)))

    def rrdn(self, blocks, rdbs, convs, factor):
        y = self.conv("conv_shuffle", self.trunk(blocks, rdbs, convs, "relu"))
        return self.conv("conv_last", self.shuffle(factor, y))

    def rdn(self, blocks, convs, ups, enlarged):
        """`enlarged` makes the large picture of what the last but one convolution gives."""
        first = self.conv("sfe1", self.input())
        y, ends = self.conv("sfe2", first), []
        for n in range(blocks):
            features = [y]
            for j in range(1, convs + 1):
                features.append(self.act("relu", self.conv("rdb.%d.conv%d" % (n, j), self.concat(features))))
            y = self.add(self.conv("rdb.%d.lff" % n, self.concat(features)), y)
            ends.append(y)
        y = self.add(self.conv("gff2", self.conv("gff1", self.concat(ends))), first)
        for n in range(1, ups + 1):
            y = self.conv("up%d" % n, y)
            y = self.act("relu", y) if n < ups else y
        return self.conv("conv_last", enlarged(y))

    def compact(self, last, factor):
        y = self.input()
        for i in range(0, last, 2):
            y = self.act("body.%d" % (i + 1), self.conv("body.%d" % i, y))
        return self.add(self.shuffle(factor, self.conv("body.%d" % last, y)), self.up(factor, self.input()))


# ----------------------------------------------------------------------------------------------------------------- ncnn

NCNN_MAGIC = b"7767517"
NCNN_F16 = 0x01306B47
NCNN_KINDS = set("Input Split Convolution PReLU ReLU Concat Eltwise BinaryOp Interp PixelShuffle".split())
# A convolution's dilation, stride, groups, int8, padding value and dynamic weights may only have these values.
NCNN_CONVOLUTION = {2: (1,), 12: (1,), 3: (1,), 13: (1,), 7: (0, 1), 8: (0,), 18: (0,), 19: (0,)}


def starts_like_ncnn(path):
    try:
        require_regular(path, os.stat(path))
        with open(path, "rb") as file:
            return file.read(len(NCNN_MAGIC)) == NCNN_MAGIC
    except (OSError, ValueError):
        return False


class NcnnLayer:
    def __init__(self, path, text):
        words = text.split()
        try:
            self.kind, self.name = words[0], words[1]
            inputs, outputs = int(words[2]), int(words[3])
            if inputs < 0 or outputs < 0 or 4 + inputs + outputs > len(words):
                raise ValueError
            self.inputs, self.outputs = words[4 : 4 + inputs], words[4 + inputs : 4 + inputs + outputs]
            self.arguments = {}
            for word in words[4 + inputs + outputs :]:
                key, _, value = word.partition("=")
                if int(key) <= -23300:  # an array: its length stands first
                    items = [float(item) for item in value.split(",")]
                    if items[0] != len(items) - 1:
                        raise ValueError
                    self.arguments[-23300 - int(key)] = items[1:]
                else:
                    self.arguments[int(key)] = float(value)
        except (ValueError, IndexError):
            raise Refused("%s has a malformed layer line: %s" % (file_name(path), shown(text.strip()))) from None

    def number(self, key, default=0.0):
        value = self.arguments.get(key, default)
        if isinstance(value, list):
            raise Refused("ncnn layer %s has a list as argument %d" % (shown(self.name), key))
        return value

    def size(self, key, default=0):
        value = self.number(key, default)
        if not 0 <= value < 1 << 31 or value != int(value):
            raise Refused("ncnn layer %s has %g as argument %d, expected a size" % (shown(self.name), value, key))
        return int(value)


def read_ncnn(param_path, param, bin_path, weights):
    try:
        lines = [line for line in str(param, "utf-8").splitlines() if line.strip()]
        if lines[0].split() != [str(NCNN_MAGIC, "ascii")] or max(map(len, lines)) > MAX_LINE:
            raise ValueError
        layer_count = int(lines[1].split()[0])
    except (ValueError, IndexError):
        raise Refused("%s is not an ncnn .param file" % file_name(param_path)) from None
    if layer_count != len(lines) - 2 or layer_count > MAX_LAYERS:
        raise Refused("%s says it has %d layers and has %d" % (file_name(param_path), layer_count, len(lines) - 2))
    layers = [NcnnLayer(param_path, line) for line in lines[2:]]
    names = ncnn_names(param_path, layers)
    stated = ncnn_network(param_path, layers, names)
    tensors = ncnn_tensors(bin_path, memoryview(weights), layers, names)
    return Source(bin_path, weights, tensors, stated, files=[param_path])


def ncnn_names(path, layers):
    """Names the layers with weights, which ncnn keeps in module order; the layer graph then proves the naming."""
    learned = [layer for layer in layers if layer.kind in ("Convolution", "PReLU")]
    if any(layer.kind == "PReLU" for layer in learned):
        return {layer: "body.%d" % i for i, layer in enumerate(learned)}
    ups = sum(layer.kind == "Interp" for layer in layers)
    blocks, rest = divmod(len(learned) - 4 - ups, 15)
    if blocks < 1 or rest:
        kinds = sorted({layer.kind for layer in layers} - NCNN_KINDS)
        also = " and layers of type %s" % shown(kinds[0]) if kinds else ""
        raise Refused(
            "%s has %d convolutions%s, which is none of the supported networks: %s"
            % (file_name(path), len(learned), also, SUPPORTED)
        )
    names = ["conv_first"]
    names += ["body.%d.rdb%d.conv%d" % (n, k, j) for n in range(blocks) for k in (1, 2, 3) for j in (1, 2, 3, 4, 5)]
    names += ["conv_body"] + ["conv_up%d" % i for i in range(1, ups + 1)] + ["conv_hr", "conv_last"]
    return dict(zip(learned, names))


def ncnn_network(path, layers, names):
    """Proves from the .param file that its graph is one of the networks; returns what it says of it."""
    graph, blobs, used, facts = LayerGraph(), {}, set(), {"up": set(), "shuffle": set()}
    for layer in layers:
        if layer.kind not in NCNN_KINDS:
            raise Refused(
                "%s has a layer of type %s, which no supported network has" % (file_name(path), shown(layer.kind))
            )
        unknown = [blob for blob in layer.inputs if blob not in blobs]
        if unknown:
            raise Refused(
                "%s: layer %s reads %s, which no layer before it writes"
                % (file_name(path), shown(layer.name), shown(unknown[0]))
            )
        value = ncnn_value(graph, layer, [blobs[blob] for blob in layer.inputs], names, facts)
        used.update(layer.inputs)
        if len(layer.outputs) != 1 and layer.kind != "Split":
            raise Refused("%s: layer %s has %d outputs" % (file_name(path), shown(layer.name), len(layer.outputs)))
        for blob in layer.outputs:
            if blob in blobs:
                raise Refused("%s: two layers write %s" % (file_name(path), shown(blob)))
            blobs[blob] = value
    outputs = [value for blob, value in blobs.items() if blob not in used]
    if len(outputs) != 1:
        raise Refused("%s has %d outputs, a supported network has one" % (file_name(path), len(outputs)))
    if sum(layer.kind == "Input" for layer in layers) != 1:
        raise Refused("%s has not one input" % file_name(path))
    compact = any(layer.kind == "PReLU" for layer in layers)
    factors = facts["up"] | facts["shuffle"]
    factor = min(factors, default=2)
    if compact:
        expected = graph.compact(len(names) - 1, factor)
        stated = {"scale": str(factor)}
    else:
        ups = sum(layer.kind == "Interp" for layer in layers)
        expected = graph.rrdbnet((len(names) - 4 - ups) // 15, ups, factor, "leaky-relu")
        stated = {"up_factor": str(factor)}
    if outputs[0] != expected:
        raise Refused(
            "%s has the layers of %s joined or scaled in another way"
            % (file_name(path), "SRVGGNetCompact" if compact else "RRDBNet")
        )
    return stated


def ncnn_value(graph, layer, inputs, names, facts):
    def reject(what):
        return Refused("ncnn layer %s (%s) %s, which no supported network has" % (shown(layer.name), layer.kind, what))

    arity = {"Input": 0, "Concat": None, "Eltwise": 2, "BinaryOp": None}.get(layer.kind, 1)
    if (arity is not None and len(inputs) != arity) or (layer.kind == "Concat" and not inputs):
        raise reject("has %d inputs" % len(inputs))
    if layer.kind == "Input":
        return graph.input()
    if layer.kind == "Split":
        return inputs[0]
    if layer.kind == "Convolution":
        return ncnn_convolution(graph, layer, inputs[0], names, reject)
    if layer.kind == "PReLU":
        return graph.act(names[layer], inputs[0])
    if layer.kind == "ReLU":
        return graph.act(ncnn_slope(layer.number(0), reject), inputs[0])
    if layer.kind == "Concat":
        if layer.number(0) != 0:
            raise reject("joins along another axis than the channels")
        return graph.concat(inputs)
    if layer.kind == "Eltwise":
        factors = layer.arguments.get(1, [1.0, 1.0])
        if layer.number(0) != 1 or not isinstance(factors, list) or len(factors) != 2:
            raise reject("is not a weighted sum of two")
        return graph.add(graph.scale(factors[0], inputs[0]), graph.scale(factors[1], inputs[1]))
    if layer.kind == "BinaryOp":
        operation, scalar = layer.number(0), layer.number(1)
        if operation == 0 and scalar == 0 and len(inputs) == 2:
            return graph.add(inputs[0], inputs[1])
        if operation == 2 and scalar == 1 and len(inputs) == 1:
            return graph.scale(layer.number(2), inputs[0])
        raise reject("is neither a sum of two nor a product with a number")
    if layer.kind == "PixelShuffle":
        if layer.number(1) != 0 or layer.size(0) < 1:
            raise reject("does not shuffle in PyTorch's order")
        facts["shuffle"].add(layer.size(0))
        return graph.shuffle(layer.size(0), inputs[0])
    kind, across, down = layer.number(0), layer.number(2, 1.0), layer.number(1, 1.0)
    if kind != 1 or across != down or across not in range(1, 65) or layer.number(3) or layer.number(4):
        names_of = {1: "nearest", 2: "bilinear", 3: "bicubic"}
        raise reject("resizes by %g (%s)" % (across, names_of.get(kind, "unknown")))
    facts["up"].add(int(across))
    return graph.up(int(across), inputs[0])


def ncnn_slope(slope, reject):
    if round(slope, 6) == 0.2:
        return "leaky-relu"
    if slope == 0:
        return "relu"
    raise reject("has the slope %g" % slope)


def ncnn_convolution(graph, layer, x, names, reject):
    kernel = layer.size(1)
    for key, allowed in NCNN_CONVOLUTION.items():
        if layer.number(key, allowed[0]) not in allowed:
            raise reject("has %g as argument %d" % (layer.number(key), key))
    padding = layer.number(4)
    sides = {padding, layer.number(15, padding), layer.number(14, padding), layer.number(16, padding)}
    if kernel != 3 or layer.size(11, kernel) != 3 or sides != {1.0} or layer.number(5) != 1:
        raise reject("is not 3x3 with padding 1 and bias")
    unread = set(layer.arguments) - set(NCNN_CONVOLUTION) - {0, 1, 4, 5, 6, 9, 10, 11, 14, 15, 16}
    if unread:
        raise reject("has the unknown argument %d" % min(unread))
    y = graph.conv(names[layer], x)
    activation, arguments = layer.number(9), layer.arguments.get(10, [])
    if activation == 0:
        return y
    if activation == 1:
        return graph.act("relu", y)
    if activation == 2 and isinstance(arguments, list) and len(arguments) == 1:
        return graph.act(ncnn_slope(arguments[0], reject), y)
    raise reject("has the activation %g" % activation)


def ncnn_tensors(path, data, layers, names):
    tensors, at = {}, 0

    def take(layer, count, dtype, shape):
        nonlocal at
        length = count * ITEM_BYTES[dtype]
        if length > len(data) - at:
            raise Refused("%s ends in the middle of layer %s (%s)" % (file_name(path), shown(layer.name), names[layer]))
        begin, at = at, at + (length + 3) // 4 * 4
        return Tensor(dtype, shape, lambda _: data[begin : begin + length])

    for layer, name in names.items():
        outputs = layer.size(0)
        if layer.kind == "PReLU":
            tensors[name + ".weight"] = take(layer, outputs, "F32", (outputs,))
            continue
        if len(data) - at < 4:
            raise Refused("%s ends before layer %s (%s)" % (file_name(path), shown(layer.name), name))
        (flag,) = struct.unpack("<I", data[at : at + 4])
        at += 4
        if flag not in (0, NCNN_F16):
            raise Refused(
                "%s: layer %s has the flag 0x%08X, expected float32 or float16"
                % (file_name(path), shown(layer.name), flag)
            )
        count = layer.size(6)
        if not outputs or not count or count % (9 * outputs):
            raise Refused("ncnn layer %s has %d weights for %d outputs" % (shown(layer.name), count, outputs))
        shape = (outputs, count // (9 * outputs), 3, 3)
        tensors[name + ".weight"] = take(layer, count, "F16" if flag else "F32", shape)
        tensors[name + ".bias"] = take(layer, outputs, "F32", (outputs,))
    if at != len(data):
        raise Refused("%s has %d bytes, the layers of its .param file take %d" % (file_name(path), len(data), at))
    return tensors


# ---------------------------------------------------------------------------------------------------------------- TF.js


def read_tfjs(path, data):
    model = parse_json(data, file_name(path))
    if (
        model.get("format") not in (None, "layers-model")
        or "modelTopology" not in model
        or "weightsManifest" not in model
    ):
        raise Refused("%s is JSON, but not a TF.js layers model" % file_name(path))
    try:
        tensors, files = tfjs_weights(path, model["weightsManifest"])
        topology = model["modelTopology"]
        config = topology.get("model_config", topology)["config"]
        layers = config["layers"] if isinstance(config, dict) else None
        if not isinstance(layers, list) or len(layers) > MAX_LAYERS:
            raise Refused("%s is not a functional Keras model" % file_name(path))
        network, stated = tfjs_network(path, config, layers, tensors)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise Refused(
            "%s is a malformed TF.js layers model (%s: %s)" % (file_name(path), type(error).__name__, shown(error))
        ) from None
    return Source(path, data, network, stated, files)


def tfjs_weights(path, manifest):
    folder, tensors, files, total = os.path.dirname(path), {}, [], 0
    for group in manifest:
        shards = []
        for shard in group["paths"]:
            if not isinstance(shard, str) or not re.match(r"[\w.\- ]+\Z", shard) or shard in (".", ".."):
                raise Refused("%s names the shard %s, which is not a file beside it" % (file_name(path), plain(shard)))
            file = os.path.join(folder, shard)
            if file in files:
                raise Refused("%s names the shard %s twice" % (file_name(path), plain(shard)))
            files.append(file)
            shards.append(read_file(file, MAX_FILE_BYTES - total))
            total += len(shards[-1])
        data, at = memoryview(b"".join(shards)), 0
        for weight in group["weights"]:
            name, shape = weight["name"], weight["shape"]
            if weight["dtype"] != "float32" or "quantization" in weight:
                kind = weight.get("quantization", {}).get("dtype", weight["dtype"])
                raise Refused(
                    "%s: weight %s is stored as %s, only float32 is read" % (file_name(path), shown(name), shown(kind))
                )
            if not isinstance(name, str) or name in tensors:
                raise Refused("%s names the weight %s twice" % (file_name(path), plain(name)))
            if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS or not all(map(is_index, shape)):
                raise Refused("%s: weight %s has a malformed shape" % (file_name(path), shown(name)))
            length = 4 * product(shape)
            if length > len(data) - at:
                raise Refused("%s: its shards end in the middle of weight %s" % (file_name(path), shown(name)))
            tensors[name] = (shape, data[at : at + length])
            at += length
        if at != len(data):
            raise Refused("%s: its shards have %d bytes, its weights take %d" % (file_name(path), len(data), at))
    return tensors, files


RRDN_NAMES = {
    "Pre_blocks_conv": "conv_first",
    "post_blocks_conv": "conv_body",
    "PreShuffle": "conv_shuffle",
    "SR": "conv_last",
}
RDN_NAMES = {"F_m1": "sfe1", "F_0": "sfe2", "GFF_1": "gff1", "GFF_2": "gff2", "SR": "conv_last"}


class KerasNetwork:
    """What a layer graph of these names must be: our names by its own, and the graph that they make where it enlarges by a factor."""

    def __init__(self, title, renamed, shuffled, facts, graphs):
        self.title = title
        self.renamed = renamed
        self.shuffled = shuffled  # the layer whose channels become pixels where it is shuffled
        self.facts = facts
        self.graphs = graphs


def keras_indices(names, pattern):
    found = [re.match(pattern + r"/kernel\Z", name) for name in names]
    return [tuple(map(int, match.groups())) for match in found if match]


def keras_rrdn(names):
    rdb = keras_indices(names, r"F_([1-9]\d{0,3})_([1-9]\d{0,3})_([1-9]\d{0,3})")
    if not rdb or "PreShuffle/kernel" not in names:
        return None
    blocks, rdbs, convs = (max(indices[i] for indices in rdb) for i in range(3))
    if blocks * rdbs * convs != len(rdb):
        return None
    renamed = dict(RRDN_NAMES)
    for n, k in itertools.product(range(1, blocks + 1), range(1, rdbs + 1)):
        for j in range(1, convs + 1):
            renamed["F_%d_%d_%d" % (n, k, j)] = "body.%d.rdb%d.conv%d" % (n - 1, k, j)
        renamed["LFF_%d_%d" % (n, k)] = "body.%d.rdb%d.conv%d" % (n - 1, k, convs + 1)
    graphs = lambda graph, factor: (graph.rrdn(blocks, rdbs, convs, factor),)
    return KerasNetwork("RRDN", renamed, "conv_shuffle", {"activation": "relu"}, graphs)


def keras_rdn(names):
    rdb = keras_indices(names, r"F_([1-9]\d{0,3})_([1-9]\d{0,3})")
    ups = len(keras_indices(names, r"UPN([1-9]\d{0,3})"))
    if not rdb or not ups or "GFF_1/kernel" not in names:
        return None
    blocks, convs = (max(indices[i] for indices in rdb) for i in range(2))
    if blocks * convs != len(rdb):
        return None
    renamed = dict(RDN_NAMES)
    for n in range(1, blocks + 1):
        renamed.update({"F_%d_%d" % (n, j): "rdb.%d.conv%d" % (n - 1, j) for j in range(1, convs + 1)})
        renamed["LFF_%d" % n] = "rdb.%d.lff" % (n - 1)
    renamed.update({"UPN%d" % n: "up%d" % n for n in range(1, ups + 1)})

    def graphs(graph, factor):
        enlarged = (lambda y: graph.up(factor, y), lambda y: graph.shuffle(factor, y))
        return tuple(graph.rdn(blocks, convs, ups, way) for way in enlarged)

    return KerasNetwork("RDN", renamed, "up%d" % ups, {}, graphs)


def tfjs_network(path, config, layers, weights):
    """Proves from the layer graph that the model is an RRDN or RDN; returns its tensors in PyTorch's layout."""
    names = sorted(name for name in weights if name.endswith("/kernel"))
    found = "%s holds %d layers with weights (%s, ...)" % (
        file_name(path),
        len(names),
        ", ".join(map(shown, names[:3])),
    )
    network = keras_rrdn(names) or keras_rdn(names)
    if network is None:
        raise Refused("%s, which is none of the supported networks: %s" % (found, SUPPORTED))
    missing = [name for old in network.renamed for name in (old + "/kernel", old + "/bias") if name not in weights]
    if missing:
        raise Refused("%s, which is not a whole %s: %s is missing" % (found, network.title, missing[0]))

    graph, values, factors = LayerGraph(), {}, set()
    for layer in layers:
        kind, name, settings = layer["class_name"], layer["name"], layer["config"]
        inbound = layer["inbound_nodes"]
        if len(inbound) > 1 or name in values:
            raise Refused("%s: layer %s is used twice" % (file_name(path), shown(name)))
        inputs = [values[link[0]] for link in inbound[0]] if inbound else []
        shape = weights[name + "/kernel"][0] if kind == "Conv2D" and name in network.renamed else None
        values[name] = tfjs_value(graph, path, kind, name, settings, inputs, network, shape, factors)
    outputs = config["output_layers"]
    if sum(layer["class_name"] == "InputLayer" for layer in layers) != 1:
        raise Refused("%s has not one input" % file_name(path))
    factor = min(factors, default=0)
    whole = network.graphs(graph, factor)
    if len(outputs) != 1 or len(factors) != 1 or values[outputs[0][0]] not in whole:
        raise Refused("%s has the layers of %s joined or scaled in another way" % (file_name(path), network.title))
    is_shuffled = values[outputs[0][0]] == whole[-1]

    tensors = {}
    for old, new in network.renamed.items():
        shape, data = weights.pop(old + "/kernel")
        bias_shape, bias = weights.pop(old + "/bias")
        shuffle = factor * factor if is_shuffled and new == network.shuffled else 1
        if len(shape) != 4 or bias_shape != [shape[3]] or shape[3] % shuffle:
            raise Refused("%s: layer %s has a kernel of shape %s" % (file_name(path), old, shape_text(shape)))
        tensors[new + ".weight"] = tfjs_kernel(shape, data, shuffle)
        tensors[new + ".bias"] = Tensor(
            "F32", bias_shape, reorder(bias, (shape[3] // shuffle, shuffle), (1, shape[3] // shuffle))
        )
    if weights:
        raise Refused("%s holds %s, which %s has not" % (file_name(path), shown(min(weights)), network.title))
    return tensors, dict(network.facts, scale=str(factor))


def tfjs_kernel(shape, data, shuffle):
    """HWIO to OIHW; before a depth-to-space, output channel (i*s + j)*C + c becomes c*s*s + i*s + j."""
    height, width, inputs, outputs = shape
    channels = outputs // shuffle
    view = (channels, shuffle, inputs, height, width)
    strides = (1, channels, outputs, width * inputs * outputs, inputs * outputs)
    return Tensor("F32", (outputs, inputs, height, width), reorder(data, view, strides))


def reorder(data, shape, strides):
    return lambda _: gather(data, 4, 0, shape, strides)


CONV2D_SETTINGS = {
    "strides": [1, 1],
    "padding": "same",
    "data_format": "channels_last",
    "dilation_rate": [1, 1],
    "groups": 1,
    "use_bias": True,
}


def tfjs_value(graph, path, kind, name, settings, inputs, network, shape, factors):
    def reject(what):
        return Refused(
            "%s: layer %s (%s) %s, which %s has not" % (file_name(path), shown(name), shown(kind), what, network.title)
        )

    arity = {"InputLayer": 0, "Concatenate": None, "Add": 2}.get(kind, 1)
    if arity is not None and len(inputs) != arity:
        raise reject("has %d inputs" % len(inputs))
    if kind == "InputLayer":
        return graph.input()
    if kind == "Conv2D":
        if shape is None:
            raise reject("is a convolution")
        for key, wanted in dict(CONV2D_SETTINGS, kernel_size=shape[:2]).items():
            # A kernel of 1x1 needs no padding.
            is_same = key == "padding" and shape[:2] == [1, 1] and settings.get(key) == "valid"
            if settings.get(key, wanted) != wanted and not is_same:
                raise reject("has another %s than %s" % (key, wanted))
        y = graph.conv(network.renamed[name], inputs[0])
        activation = settings.get("activation", "linear")
    elif kind in ("Activation", "ReLU"):
        y, activation = inputs[0], settings["activation"] if kind == "Activation" else "relu"
        if kind == "ReLU" and (
            settings.get("max_value") is not None or settings.get("negative_slope") or settings.get("threshold")
        ):
            raise reject("is not a plain ReLU")
    elif kind == "Concatenate":
        if settings.get("axis") not in (3, -1) or not inputs:
            raise reject("joins along another axis than the channels")
        return graph.concat(inputs)
    elif kind == "Add":
        return graph.add(inputs[0], inputs[1])
    elif kind == "MultiplyBeta":
        if settings.get("beta") != 0.2:
            raise reject("multiplies by %s instead of 0.2" % plain(settings.get("beta")))
        return graph.scale(0.2, inputs[0])
    elif kind.startswith("PixelShuffle") or kind == "UpSampling2D":
        factor = settings["scale"] if kind != "UpSampling2D" else settings["size"]
        if kind == "UpSampling2D":
            if settings.get("interpolation", "nearest") != "nearest" or settings.get("data_format") == "channels_first":
                raise reject("interpolates")
            if not isinstance(factor, list) or len(factor) != 2 or factor[0] != factor[1]:
                raise reject("has another factor in x than in y")
            factor = factor[0]
        if not is_index(factor, 17) or factor < 1:
            raise reject("has the scale %s" % plain(factor))
        factors.add(factor)
        return (graph.up if kind == "UpSampling2D" else graph.shuffle)(factor, inputs[0])
    else:
        raise reject("is of a type")
    if activation not in ("linear", "relu"):
        raise reject("has the activation %s" % plain(activation))
    return y if activation == "linear" else graph.act("relu", y)


# ------------------------------------------------------------------------------------------------------------- networks


class Network:
    def __init__(self, architecture, scale, blocks, activation, tensors, up_factor=2, facts=None):
        self.architecture = architecture
        self.scale = scale
        self.blocks = blocks
        self.activation = activation
        self.tensors = tensors
        self.up_factor = up_factor
        self.facts = facts or {}


class Names:
    """Hands out tensors by this project's names, checks their shapes, and knows which were never asked for."""

    def __init__(self, tensors, original, architecture):
        self.tensors = tensors
        self.original = original
        self.architecture = architecture
        self.taken = {}

    def shape(self, name, dimensions):
        shape = self.find(name).shape
        if len(shape) != dimensions or 0 in shape:
            raise Refused(
                "tensor %s has shape %s, expected %d dimensions" % (self.label(name), shape_text(shape), dimensions)
            )
        return shape

    def label(self, name):
        return shown(self.original.get(name, name))

    def find(self, name):
        if name not in self.original:
            raise Refused("it looks like %s, but tensor %s is missing" % (self.architecture, name))
        tensor = self.tensors[self.original[name]]
        if isinstance(tensor, Inert):
            raise Refused("tensor %s is made by %s, which is never run" % (self.label(name), shown(tensor.name)))
        if tensor.dtype not in WEIGHT_DTYPES:
            raise Refused(
                "tensor %s has type %s, expected one of %s"
                % (self.label(name), shown(tensor.dtype), ", ".join(WEIGHT_DTYPES))
            )
        return tensor

    def take(self, name, *shape):
        tensor = self.find(name)
        if tensor.shape != shape:
            raise Refused(
                "tensor %s has shape %s, expected %s" % (self.label(name), shape_text(tensor.shape), shape_text(shape))
            )
        self.taken[name] = tensor

    def conv(self, name, inputs, bias=True):
        """Takes a convolution of any odd kernel size and says how many channels it gives."""
        shape = self.shape(name + ".weight", 4)
        if shape[2] % 2 == 0:
            raise Refused(
                "tensor %s has shape %s, expected a kernel of odd size"
                % (self.label(name + ".weight"), shape_text(shape))
            )
        self.take(name + ".weight", shape[0], inputs, shape[2], shape[2])
        if bias:
            self.take(name + ".bias", shape[0])
        return shape[0]

    def conv_like(self, name, inputs, channels):
        """Takes a convolution whose result is added to something of `channels`."""
        found = self.conv(name, inputs)
        if found != channels:
            raise Refused("tensor %s gives %d channels, expected %d" % (self.label(name + ".weight"), found, channels))
        return found

    def count(self, pattern, start=0):
        return next(i for i in itertools.count(start) if pattern % i not in self.original) - start

    def finish(self):
        rest = sorted(
            n for n, old in self.original.items() if n not in self.taken and isinstance(self.tensors[old], Tensor)
        )
        if rest:
            raise Refused("it looks like %s, but also holds tensor %s" % (self.architecture, self.label(rest[0])))
        return self.taken


# What wrappers put before every name. test/cases/checkpoint-names.json holds src/models/key-layouts.ts to the same.
PREFIXES = (
    "module.",
    "_orig_mod.",
    "netG.",
    "net_g.",
    "generator.",
    "net.",
    "G.",
    "params_ema.",
    "ema.",
    "ema_model.",
    "model.",
)
BOOKKEEPING = re.compile(r"(?:.*\.)?(?:n_averaged|num_batches_tracked)\Z", re.DOTALL)  # counters of a training
COMPACT = re.compile(r"body\.\d+\.(weight|bias)\Z")


class Layout:
    """How an implementation calls the layers of a network; src/models/key-layouts.ts says what the words mean."""

    def __init__(self, of, layers, counted=None, implied=None):
        self.of = of
        self.layers = layers
        self.counted = counted
        self.implied = implied or {}


# Those of src/models/key-layouts.ts and other-layouts.ts, in their order.
LAYOUTS = (
    Layout(
        of=("body.#.rdb#.conv#", "body.#.rdb#.conv1x1",),
        layers={},
    ),
    Layout(
        of=("RRDB_trunk.#.RDB#.conv#", "RRDB_trunk.#.RDB#.conv1x1",),
        layers={
            "RRDB_trunk.#.RDB#.conv1x1": "body.{1}.rdb{2}.conv1x1",
            "RRDB_trunk.#.RDB#.conv#": "body.{1}.rdb{2}.conv{3}",
            "trunk_conv": "conv_body",
            "upconv#": "conv_up{1}",
            "HRconv": "conv_hr",
        },
    ),
    Layout(
        of=("model.1.sub.#.RDB#.conv#.0", "model.1.sub.#.RDB#.conv#", "model.1.sub.#.RDB#.conv1x1",),
        layers={
            "model.1.sub.#.RDB#.conv1x1": "body.{1}.rdb{2}.conv1x1",
            "model.1.sub.#.RDB#.conv#.0": "body.{1}.rdb{2}.conv{3}",
            "model.1.sub.#.RDB#.conv#": "body.{1}.rdb{2}.conv{3}",
            "model.1.sub.#": "conv_body",
            "model.0": "conv_first",
            "model.#last": "conv_last",
            "model.#next": "conv_hr",
            "model.#": "conv_up{1/3}",
        },
    ),
    Layout(
        of=("mid_part.#",),
        layers={
            "first_part.#even": "conv{1/2+1}",
            "first_part.#odd": "prelu{1/2+1}",
            "mid_part.#even": "conv{1/2+2}",
            "mid_part.#odd": "prelu{1/2+2}",
            "last_part": "deconv",
        },
    ),
    Layout(
        of=("shrink.0",),
        layers={
            "feature_extraction.0": "conv1",
            "feature_extraction.1": "prelu1",
            "shrink.0": "conv2",
            "shrink.1": "prelu2",
            "map.#even": "conv{1/2+3}",
            "map.#odd": "prelu{1/2+3}",
            "expand.0": "conv{#/2+4}",
            "expand.1": "prelu{#/2+4}",
        },
        counted="map.#",
    ),
    Layout(
        of=("deconv",),
        layers={
            "relu#": "prelu{1}",
        },
    ),
    Layout(
        of=("feature_map_layer.#",),
        layers={
            "feature_map_layer.#even": "conv{1/2+1}",
            "sub_pixel_layer.0": "conv{#/2+2}",
        },
        counted="feature_map_layer.#",
    ),
    Layout(
        of=("feature_maps.#",),
        layers={
            "feature_maps.#even": "conv{1/2+1}",
            "sub_pixel.0": "conv{#/2+2}",
        },
        counted="feature_maps.#",
    ),
    Layout(
        of=("first_part.#",),
        layers={
            "first_part.#even": "conv{1/2+1}",
            "last_part.0": "conv{#/2+2}",
        },
        counted="first_part.#",
    ),
    Layout(
        of=("reconstruction",),
        layers={
            "features.0": "conv1",
            "map.0": "conv2",
            "reconstruction": "conv3",
        },
    ),
    Layout(
        of=("residual_layer.#.conv",),
        layers={
            "input": "conv1",
            "residual_layer.#.conv": "conv{1+2}",
            "output": "conv{#+3}",
        },
        counted="residual_layer.#.conv",
    ),
    Layout(
        of=("trunk.#.conv",),
        layers={
            "conv1.0": "conv1",
            "trunk.#.conv": "conv{1+2}",
            "conv2": "conv{#+3}",
        },
        counted="trunk.#.conv",
    ),
    Layout(
        of=("rdbs.#.lff",),
        layers={
            "rdbs.#.layers.#.conv": "rdb.{1}.conv{2+1}",
            "rdbs.#.lff": "rdb.{1}.lff",
            "gff.#": "gff{1+1}",
            "upscale.#even": "up{1/2+1}",
            "output": "conv_last",
        },
        implied={"range": "1"},
    ),
    Layout(
        of=("RDBs.#.LFF",),
        layers={
            "SFENet#": "sfe{1}",
            "RDBs.#.convs.#.conv.0": "rdb.{1}.conv{2+1}",
            "RDBs.#.LFF": "rdb.{1}.lff",
            "GFF.#": "gff{1+1}",
            "UPNet.#last": "conv_last",
            "UPNet.#even": "up{1/2+1}",
        },
    ),
    Layout(
        of=("trunk.#.local_feature_fusion",),
        layers={
            "conv1": "sfe1",
            "conv2": "sfe2",
            "trunk.#.rdb.#.rb.0": "rdb.{1}.conv{2+1}",
            "trunk.#.local_feature_fusion": "rdb.{1}.lff",
            "global_feature_fusion.#": "gff{1+1}",
            "upsampling.#.upsample_block.0": "up{1+1}",
            "conv3": "conv_last",
        },
        implied={"range": "1"},
    ),
    Layout(
        of=("body.#.body.0",),
        layers={
            "head.0": "conv_first",
            "body.#.body.0": "body.{1}.conv1",
            "body.#.body.2": "body.{1}.conv2",
            "body.#": "conv_body",
            "tail.0.#even": "conv_up{1/2+1}",
            "tail.1": "conv_last",
        },
    ),
    Layout(
        of=("upsample.#.upsample_conv",),
        layers={
            "conv_after_body": "conv_body",
            "upsample.#.upsample_conv": "conv_up{1+1}",
        },
        implied={"mean": "div2k", "range": "1"},
    ),
    Layout(
        of=("conv_after_body",),
        layers={
            "conv_after_body": "conv_body",
            "upsample.#even": "conv_up{1/2+1}",
        },
        implied={"mean": "div2k", "range": "255"},
    ),
    Layout(
        of=("trunk.#.rcb.0",),
        layers={
            "conv1.0": "conv_first",
            "conv1.1": "prelu_first",
            "conv2.0": "conv_body",
            "conv2.1": "bn_body",
            "conv3": "conv_last",
            "conv_block1.0": "conv_first",
            "conv_block1.1": "prelu_first",
            "conv_block2.0": "conv_body",
            "conv_block2.1": "bn_body",
            "conv_block3": "conv_last",
            "trunk.#.rcb.0": "body.{1}.conv1",
            "trunk.#.rcb.1": "body.{1}.bn1",
            "trunk.#.rcb.2": "body.{1}.prelu",
            "trunk.#.rcb.3": "body.{1}.conv2",
            "trunk.#.rcb.4": "body.{1}.bn2",
            "upsampling.#.upsample_block.0": "conv_up{1+1}",
            "upsampling.#.upsample_block.2": "prelu_up{1+1}",
        },
        implied={"input_range": "unit", "output_range": "unit"},
    ),
    Layout(
        of=("residual_blocks.#.conv_block1.conv_block.0",),
        layers={
            "conv_block1.conv_block.0": "conv_first",
            "conv_block1.conv_block.1": "prelu_first",
            "residual_blocks.#.conv_block1.conv_block.0": "body.{1}.conv1",
            "residual_blocks.#.conv_block1.conv_block.1": "body.{1}.bn1",
            "residual_blocks.#.conv_block1.conv_block.2": "body.{1}.prelu",
            "residual_blocks.#.conv_block2.conv_block.0": "body.{1}.conv2",
            "residual_blocks.#.conv_block2.conv_block.1": "body.{1}.bn2",
            "conv_block2.conv_block.0": "conv_body",
            "conv_block2.conv_block.1": "bn_body",
            "subpixel_convolutional_blocks.#.conv": "conv_up{1+1}",
            "subpixel_convolutional_blocks.#.prelu": "prelu_up{1+1}",
            "conv_block3.conv_block.0": "conv_last",
        },
        implied={"input_range": "imagenet", "output_range": "tanh"},
    ),
    Layout(
        of=("model.1.sub.#.res.0",),
        layers={
            "model.0": "conv_first",
            "model.1.sub.#.res.0": "body.{1}.conv1",
            "model.1.sub.#.res.2": "body.{1}.conv2",
            "model.1.sub.#": "conv_body",
            "model.#last": "conv_last",
            "model.#next": "conv_hr",
            "model.#": "conv_up{1+2/3}",
        },
    ),
    Layout(
        of=("recon_trunk.#.conv1",),
        layers={
            "recon_trunk.#.conv#": "body.{1}.conv{2}",
            "upconv#": "conv_up{1}",
            "HRconv": "conv_hr",
        },
    ),
    Layout(
        of=("trunk_net.#.conv1",),
        layers={
            "trunk_net.#.conv#": "body.{1}.conv{2}",
            "upsample#.upsample_conv": "conv_up{1}",
        },
    ),
    Layout(
        of=("upconv#",),
        layers={
            "upconv#": "conv_up{1}",
        },
    ),
    Layout(
        of=("trunk.#.rdb1.conv1",),
        layers={
            "conv1": "conv_first",
            "trunk.#.rdb#.conv#": "body.{1}.rdb{2}.conv{3}",
            "conv2": "conv_body",
            "upsampling#.0": "conv_up{1}",
            "conv3.0": "conv_hr",
            "conv4": "conv_last",
        },
    ),
    Layout(
        of=("trunk.#.conv1",),
        layers={
            "conv1": "conv_first",
            "trunk.#.conv#": "body.{1}.conv{2}",
            "conv2": "conv_body",
            "upsampling.#even": "conv_up{1/2+1}",
            "conv3": "conv_last",
        },
    ),
)

# Networks that are well known and not supported, as src/models/other-networks.ts has them.
OTHER_NETWORKS = (
    (re.compile(r"\.overlap_attn\."), "HAT"),
    (re.compile(r"\.attn_atd\."), "ATD"),
    (re.compile(r"\.attn\.channel_interaction\."), "DAT"),
    (re.compile(r"(?:^|\.)layers\.\d+\.swin\d\."), "DRCT"),
    (re.compile(r"\.attn\.(?:logit_scale|cpb_mlp\.\d+\.)"), "Swin2SR"),
    (re.compile(r"\.residual_group\.blocks\.\d+\.attn\."), "SwinIR"),
    (re.compile(r"(?:^|\.)residual_layer\.\d+\.residual_layer\."), "OmniSR"),
    (re.compile(r"(?:^|\.)block_\d+\.c1_r\."), "SPAN"),
    (re.compile(r"(?:^|\.)feats\.\d+\.(?:lk|channe_mixer|channel_mixer)\."), "PLKSR"),
    (re.compile(r"(?:^|\.)feats\.\d+\.safm\."), "SAFMN"),
    (re.compile(r"(?:^|\.)unet\d\.conv\d\.seblock\."), "Real-CUGAN or waifu2x (UpCunet)"),
    (re.compile(r"(?:^|\.)unet\d\.conv\d\.conv\.\d"), "waifu2x (CUNet)"),
    (re.compile(r"\.conv_du\.|\.rcab\.\d+\."), "RCAN"),
    (re.compile(r"(?:^|\.)pre_process\.\d+\.\d+\.body\."), "MDSR"),
    (re.compile(r"(?:^|\.)head\.0\.weight_[gv]$"), "WDSR"),
    (re.compile(r"(?:^|\.)b\d\.b\d\.body\.\d"), "CARN"),
    (re.compile(r"(?:^|\.)IMDB\d+\."), "IMDN"),
    (re.compile(r"(?:^|\.)B\d+\.c\d_d\."), "RFDN"),
    (re.compile(r"(?:^|\.)down\d\.down_conv\d\."), "DBPN"),
    (re.compile(r"(?:^|\.)convt_(?:I|F|R)\d\."), "LapSRN"),
    (re.compile(r"(?:^|\.)stylegan_decoder\."), "GFPGAN"),
    (re.compile(r"(?:^|\.)quantize\.embedding\."), "CodeFormer or another network with a codebook"),
    (re.compile(r"(?:^|\.)spynet\."), "BasicVSR"),
    (re.compile(r"(?:^|\.)pcd_align\."), "EDVR"),
    (re.compile(r"(?:^|\.)encoder_level1\.\d+\.attn\.temperature$"), "Restormer"),
    (re.compile(r"(?:^|\.)m_down1\.\d+\.trans_block\."), "SCUNet"),
    (re.compile(r"(?:^|\.)intro\.weight$"), "NAFNet"),
    (
        re.compile(r"(?:^|\.)res_blocks\.\d+\.conv_block\.\d"),
        "the SRGAN of PyTorch-GAN, whose normalisation has a constant of its own",
    ),
    (re.compile(r"(?:^|\.)(?:in1|in_mid)\.weight$|(?:^|\.)residual\.\d+\.in\d\."), "an SRResNet with InstanceNorm"),
)


def other_network(tensors):
    for pattern, network in OTHER_NETWORKS:
        if any(pattern.search(name) for name in tensors):
            return network
    has_convs_only = all(re.search(r"(?:^|\.)body\.\d*[02468]\.(?:weight|bias)\Z", name) for name in tensors)
    if has_convs_only and any(re.search(r"(?:^|\.)body\.2\.weight\Z", name) for name in tensors):
        return "an SRVGGNetCompact without PReLU"
    return None


def strip_prefixes(tensors):
    tensors = {name: tensor for name, tensor in tensors.items() if not BOOKKEEPING.match(name)}
    for _ in range(MAX_PREFIXES if tensors else 0):
        # The first ESRGAN code calls its own layers so.
        keeps_model = any(name.startswith("model.1.sub.") for name in tensors)
        prefixes = (p for p in PREFIXES if not (keeps_model and p == "model."))
        prefix = next((p for p in prefixes if all(name.startswith(p) for name in tensors)), None)
        if prefix is None:
            break
        tensors = {name[len(prefix) :]: tensor for name, tensor in tensors.items()}
    return tensors


INDEX = {"#even": r"(\d{0,3}[02468])", "#odd": r"(\d{0,3}[13579])", "#": r"(\d{1,4})"}
PLACE = re.compile(r"\{([\d#])(?:\+(\d))?(?:/(\d))?(?:\+(\d))?\}")


def layer_pattern(layer):
    text = re.sub(r"#(?:even|odd)?", lambda match: INDEX[match.group()], layer.replace(".", r"\."))
    return re.compile(text + r"\Z", re.ASCII)


def layer_indices(layer, layers):
    """The first indices of the layers that fit, the highest first."""
    pattern = layer_pattern(layer)
    found = [pattern.match(each) for each in layers]
    return sorted({int(match.group(1)) for match in found if match}, reverse=True)


def ranked(layer, layers):
    """The pattern of a rule, whose "#last" or "#next" is the index that is so."""
    anywhere = re.sub(r"#(?:last|next)", "#", layer)
    if anywhere == layer:
        return layer_pattern(layer)
    rank, indices = 0 if layer.endswith("#last") else 1, layer_indices(anywhere, layers)
    return layer_pattern(anywhere.replace("#", str(indices[rank]) if rank < len(indices) else "none", 1))


def filled(ours, values):
    def number(match):
        of, before, by, after = match.groups()
        value = values[0 if of == "#" else int(of)]
        return str((value + int(before or 0)) // int(by or 1) + int(after or 0))

    return PLACE.sub(number, ours)


def renamed(tensors):
    """Their names by ours for the same, and what their layout implies beside them."""
    layers = list(dict.fromkeys(name.rpartition(".")[0] for name in tensors))
    fits = (
        layout for layout in LAYOUTS if any(any(map(layer_pattern(each).match, layers)) for each in layout.of)
    )
    layout = next(fits, None)
    if layout is None:
        return {name: name for name in tensors}, {}
    counted = layer_indices(layout.counted, layers)[:1] if layout.counted else []
    rules = [(ranked(theirs, layers), ours) for theirs, ours in layout.layers.items()]
    names = {}
    for name in tensors:
        layer, ours = name.rpartition(".")[0], name
        for pattern, target in rules:
            match = pattern.match(layer)
            if match:
                values = [counted[0] if counted else 0, *map(int, match.groups())]
                ours = filled(target, values) + name[len(layer) :]
                break
        if names.setdefault(ours, name) != name:
            raise Refused("tensors %s and %s have the same meaning" % (shown(name), shown(names[ours])))
    return names, layout.implied


def recognise(source, scale):
    """Finds out by names and shapes which network the tensors are."""
    tensors = strip_prefixes(source.tensors)
    other = other_network(tensors)
    if other:
        raise Refused(
            "%s holds the weights of %s, which is not supported; supported are %s"
            % (file_name(source.path), other, SUPPORTED)
        )
    names, implied = renamed(tensors)
    stated = dict(implied, **source.stated)
    has = lambda *layers: all(layer + ".weight" in names for layer in layers)
    of = lambda title: Names(tensors, names, title)
    numbered = numbered_convs(tensors, names)
    if any(re.match(r"body\.\d+\.rdb\d+\.", name) for name in names):
        if has("conv_shuffle"):
            return rrdn(of("RRDN"), stated, scale)
        return rrdbnet(of("RRDBNet"), stated, scale)
    if has("sfe1"):
        return rdn(of("RDN"), stated, scale)
    if numbered:
        return luma_network(tensors, names, numbered, stated, scale)
    refuse_instance_norm(tensors)
    if has("convolution0") and MEAN in names:
        return numbered_edsr(of("EDSR"), stated, scale)
    if has("convolution0", "leakyrelu0") and "batchnorm0.running_mean" in names:
        return numbered_srresnet(of("SRResNet"), stated, scale)
    if has("block1.0", "block2.conv1") and "block2.bn1.running_mean" in names:
        return srgan(of("SRGAN"), stated, scale)
    if has("conv_first", "body.0.conv1", "body.0.conv2", "conv_last"):
        if "body.0.bn1.running_mean" in names:
            return srresnet(of("SRResNet"), stated, scale)
        if has("conv_hr"):
            return msrresnet(of("MSRResNet"), stated, scale)
        if has("conv_body"):
            return edsr(of("EDSR"), stated, scale)
    if all(COMPACT.match(name) for name in names if isinstance(tensors[names[name]], Tensor)):
        return compact(of("SRVGGNetCompact"), stated, scale)
    some = ", ".join(shown(name) for name in itertools.islice(tensors, 3))
    raise Refused(
        "%s holds %d tensors (%s, ...), which is none of the supported networks: %s"
        % (file_name(source.path), len(tensors), some, SUPPORTED)
    )


def picture_channels(names, name, channels):
    if channels not in (1, 3):
        raise Refused("tensor %s makes pictures of %d channels, expected 1 or 3" % (names.label(name), channels))


def trunk(names, features, may_be_plus):
    """Takes the dense blocks, all of which are like the first, and says how many blocks of them there are."""
    names.shape("body.0.rdb1.conv1.weight", 4)
    blocks = names.count("body.%d.rdb1.conv1.weight")
    rdbs = names.count("body.0.rdb%d.conv1.weight", 1)
    convs = names.count("body.0.rdb1.conv%d.weight", 1)
    plus = may_be_plus and convs > 2 and "body.0.rdb1.conv1x1.weight" in names.original
    for n, k in itertools.product(range(blocks), range(1, rdbs + 1)):
        rdb, growths = "body.%d.rdb%d." % (n, k), []
        extra = names.conv(rdb + "conv1x1", features, bias=False) if plus else None
        for j in range(1, convs):
            take = names.conv_like if plus and j in (2, 4) else names.conv
            added = (extra,) if plus and j in (2, 4) else ()
            growths.append(take(rdb + "conv%d" % j, features + sum(growths), *added))
        names.conv_like(rdb + "conv%d" % convs, features + sum(growths), features)
    names.conv_like("conv_body", features, features)
    return blocks


def rrdbnet(names, stated, scale):
    inputs = names.shape("conv_first.weight", 4)[1]
    ups = names.count("conv_up%d.weight", 1)
    features = channels = names.conv("conv_first", inputs)
    blocks = trunk(names, features, True)
    for i in range(1, ups + 1):
        channels = names.conv("conv_up%d" % i, channels)
    outputs = names.conv("conv_last", names.conv("conv_hr", channels))
    picture_channels(names, "conv_last.weight", outputs)
    tensors = names.finish()
    unshuffle = {outputs: 1, 4 * outputs: 2, 16 * outputs: 4}.get(inputs)
    if unshuffle is None:
        raise Refused(
            "RRDBNet with %d input and %d output channels: the input must have 1, 4 or 16 times the output's"
            % (inputs, outputs)
        )
    factor, true_scale = rrdbnet_scale(ups, unshuffle, stated, scale)
    return Network("rrdbnet", true_scale, blocks, stated_activation(stated, "leaky-relu"), tensors, factor)


def rrdbnet_scale(ups, unshuffle, stated, scale):
    """The up-convolutions' factor and the true scale: factor ** ups / unshuffle."""
    stated_factor, scale_name = stated.get("up_factor"), "--scale" if scale is not None else "the stated scale"
    if "scale" in stated:
        scale = agreed_scale(stated_integer(stated, "scale", 999999), scale)
    if stated_factor is not None:
        candidates = [stated_integer(stated, "up_factor", 64, 2)]
    else:
        candidates = [2] if scale is None else range(2, 65)
    fits = [f for f in candidates if f**ups % unshuffle == 0 and scale in (None, f**ups // unshuffle)]
    if not fits:
        what = "a net scale of %d" % candidates[0] ** ups if scale is None else "%s %d" % (scale_name, scale)
        by = ", each by %s," % stated_factor if stated_factor else ""
        raise Refused(
            "%s does not fit an RRDBNet of %d up-convolutions%s whose input is unshuffled by %d"
            % (what, ups, by, unshuffle)
        )
    return fits[0] if ups else 2, fits[0] ** ups // unshuffle


def stated_integer(stated, name, most, least=1):
    text = stated[name]
    if not re.match(r"[0-9]{1,6}\Z", text) or not least <= int(text) <= most:
        what = name.replace("_", " ")
        raise Refused("the file states the %s %s, expected %d to %d" % (what, shown(text), least, most))
    return int(text)


def agreed_scale(stated, asked):
    if asked not in (None, stated):
        raise Refused("--scale %d does not fit: the file states the scale %d" % (asked, stated))
    return stated


def stated_activation(stated, default):
    activation = stated.get("activation", default)
    if activation not in ("leaky-relu", "relu"):
        raise Refused("the file states the activation %s, expected leaky-relu or relu" % shown(activation))
    return activation


def rrdn(names, stated, scale):
    inputs = names.shape("conv_first.weight", 4)[1]
    channels = names.shape("conv_last.weight", 4)[1]
    features = names.conv("conv_first", inputs)
    blocks = trunk(names, features, False)
    shuffled = names.conv("conv_shuffle", features)
    outputs = names.conv("conv_last", channels)
    tensors = names.finish()
    factor = shuffle_scale("conv_shuffle", shuffled, channels, stated, scale)
    picture_channels(names, "conv_last.weight", outputs)
    if inputs != outputs:
        raise Refused("RRDN with %d input and %d output channels, expected as many" % (inputs, outputs))
    return Network("rrdn", factor, blocks, stated_activation(stated, "relu"), tensors)


def rdn(names, stated, scale):
    inputs = names.shape("sfe1.weight", 4)[1]
    picture_channels(names, "sfe1.weight", inputs)
    first = names.conv("sfe1", inputs)
    features = names.conv("sfe2", first)
    blocks = names.count("rdb.%d.conv1.weight")
    for n in range(blocks):
        channels = features
        for j in range(1, names.count("rdb.%d.conv%%d.weight" % n, 1) + 1):
            channels += names.conv("rdb.%d.conv%d" % (n, j), channels)
        names.conv_like("rdb.%d.lff" % n, channels, features)
    channels = names.conv_like("gff2", names.conv("gff1", blocks * features), first)
    ups, shuffled, factor = names.count("up%d.weight", 1), 1, 1
    for n in range(1, ups + 1):
        made = names.conv("up%d" % n, channels)
        following = "up%d" % (n + 1) if n < ups else "conv_last"
        channels = names.shape(following + ".weight", 4)[1]
        factor = square_root(following, made, channels)
        shuffled *= factor
    picture_channels(names, "conv_last.weight", names.conv("conv_last", channels))
    if factor == 1 and shuffled > 1:
        raise Refused("the RDN shuffles pixels before its last up-convolution alone")
    # Repeated pixels leave their number open.
    facts = stated_facts("an RDN", stated, scale, ("range",) if factor > 1 else ("scale", "range"))
    if factor > 1:
        confirmed_scale("an RDN", shuffled, stated, scale)
    return Network("rdn", facts.pop("scale", shuffled), blocks, "relu", names.finish(), facts=facts)


def square_root(taker, made, taken):
    factor = math.isqrt(made // taken)
    if factor < 1 or factor * factor * taken != made:
        raise Refused("%s takes %d of %d channels, expected all or one of a square of a scale" % (taker, taken, made))
    return factor


def refuse_instance_norm(tensors):
    """InstanceNorm leaves no tensors."""
    if {"block1.0.weight", "block2.conv1.weight"} <= tensors.keys() and "block2.bn1.running_mean" not in tensors:
        raise Refused("the SRGAN holds no batch normalisation; InstanceNorm, as in Fast-SRGAN, is not supported")


class Residual:
    """The layers of a network of residual blocks, each (convolution, normalisation, PReLU) with None for what it lacks."""

    def __init__(self, first, blocks, body, ups, last, hr=None, may_repeat=False):
        self.first = first
        self.blocks = blocks
        self.body = body
        self.ups = ups
        self.last = last
        self.hr = hr
        self.may_repeat = may_repeat


def residual_network(names, layers, scale):
    """Takes its tensors; normalisations stay as they are. Says how many channels it takes and gives, and by how much it enlarges."""

    def convolve(layer, inputs, channels=None, phases=1):
        """Only before a normalisation a convolution may lack its bias."""
        conv, norm, prelu = layer
        found = names.conv(conv, inputs, norm is None or conv + ".bias" in names.original)
        if channels not in (None, found):
            label = names.label(conv + ".weight")
            raise Refused("tensor %s gives %d channels, expected %d" % (label, found, channels))
        for kind in ("weight", "bias", "running_mean", "running_var") if norm else ():
            names.take("%s.%s" % (norm, kind), found)
        if prelu:  # one slope for each channel, or one for all
            count = names.shape(prelu + ".weight", 1)[0]
            names.take(prelu + ".weight", 1 if count == 1 else found // phases)
        return found

    inputs = names.shape(layers.first[0] + ".weight", 4)[1]
    picture_channels(names, layers.first[0] + ".weight", inputs)
    features = channels = convolve(layers.first, inputs)
    for inner, outer in layers.blocks:
        convolve(outer, convolve(inner, features), features)
    if layers.body:
        convolve(layers.body, features, features)
    factor = 1
    for n, up in enumerate(layers.ups):
        following = layers.ups[n + 1][0] if n + 1 < len(layers.ups) else layers.hr[0] if layers.hr else layers.last
        made, taken = names.shape(up[0] + ".weight", 4)[0], names.shape(following + ".weight", 4)[1]
        if layers.may_repeat and made == taken:
            convolve(up, channels)
            factor *= 3 if scale == 3 and len(layers.ups) == 1 else 2
        else:
            by = square_root(following, made, taken)
            if by == 1:
                raise Refused("%s takes all of %d channels, expected one of a square of a scale" % (following, made))
            convolve(up, channels, phases=by * by)
            factor *= by
        channels = taken
    if layers.hr:
        channels = convolve(layers.hr, channels)
    outputs = names.conv(layers.last, channels, layers.last + ".bias" in names.original)
    picture_channels(names, layers.last + ".weight", outputs)
    return inputs, outputs, factor


def named_layers(names):
    def layer(conv, norm, prelu=None):
        present = lambda name: name if name is not None and name + ".weight" in names.original else None
        return conv, present(norm), present(prelu)

    blocks = [
        (
            layer("body.%d.conv1" % n, "body.%d.bn1" % n, "body.%d.prelu" % n),
            layer("body.%d.conv2" % n, "body.%d.bn2" % n),
        )
        for n in range(names.count("body.%d.conv1.weight"))
    ]
    ups = names.count("conv_up%d.weight", 1)
    return Residual(
        first=layer("conv_first", "bn_first", "prelu_first"),
        blocks=blocks,
        body=layer("conv_body", "bn_body", "prelu_body") if "conv_body.weight" in names.original else None,
        ups=[layer("conv_up%d" % n, "bn_up%d" % n, "prelu_up%d" % n) for n in range(1, ups + 1)],
        last="conv_last",
        hr=("conv_hr", None, None) if "conv_hr.weight" in names.original else None,
    )


def residual_result(names, architecture, title, layers, activation, stated, scale, facts=None):
    inputs, outputs, factor = residual_network(names, layers, stated_scale(stated, scale))
    confirmed_scale(title, factor, stated, scale)
    if (facts or {}).get("input_range") == "imagenet" and inputs != 3:
        raise Refused("%s takes %d channels, expected 3 where they are normalised as ImageNet's" % (title, inputs))
    if architecture == "edsr" and (inputs, outputs) != (3, 3):
        raise Refused("%s takes %d channels and gives %d, expected 3 of both" % (title, inputs, outputs))
    return Network(architecture, factor, len(layers.blocks), activation, names.finish(), facts=facts)


def stated_scale(stated, scale):
    return stated_integer(stated, "scale", 999999) if "scale" in stated else scale


def srgan(names, stated, scale):
    blocks = names.count("block%d.conv1.weight", 2)
    body, end = "block%d" % (blocks + 2), "block%d" % (blocks + 3)
    ups = names.count(end + ".%d.conv.weight")
    is_normalized = body + ".1.running_mean" in names.original
    ids = ["block%d." % (n + 2) for n in range(blocks)]
    layers = Residual(
        first=("block1.0", None, "block1.1"),
        blocks=[((id + "conv1", id + "bn1", id + "prelu"), (id + "conv2", id + "bn2", None)) for id in ids],
        # In some trainings PReLU stands in place of its normalisation.
        body=(body + ".0", body + ".1", None) if is_normalized else (body + ".0", None, body + ".1"),
        ups=[("%s.%d.conv" % (end, n), None, "%s.%d.prelu" % (end, n)) for n in range(ups)],
        last="%s.%d" % (end, ups),
    )
    return residual_result(names, "srgan", "an SRGAN", layers, "prelu", stated, scale)


def numbered_srresnet(names, stated, scale):
    """MXNet's copy, whose layers are numbered by kind."""
    blocks = max(0, (names.count("batchnorm%d.weight") - 1) // 2)
    ups = max(0, names.count("leakyrelu%d.weight") - 1 - blocks)
    conv, norm, prelu = (kind + "%d" for kind in ("convolution", "batchnorm", "leakyrelu"))
    body = 2 * blocks + 1
    layers = Residual(
        first=(conv % 0, None, prelu % 0),
        blocks=[
            (
                (conv % (2 * n + 1), norm % (2 * n), prelu % (n + 1)),
                (conv % (2 * n + 2), norm % (2 * n + 1), None),
            )
            for n in range(blocks)
        ],
        body=(conv % body, norm % (2 * blocks), None),
        ups=[(conv % (body + 1 + n), None, prelu % (blocks + 1 + n)) for n in range(ups)],
        last=conv % (body + 1 + ups),
    )
    return residual_result(names, "srresnet", "an SRResNet", layers, "prelu", stated, scale)


def srresnet(names, stated, scale):
    facts = stated_facts("an SRResNet", stated, scale, ("input_range", "output_range"))
    return residual_result(names, "srresnet", "an SRResNet", named_layers(names), "prelu", stated, scale, facts)


def msrresnet(names, stated, scale):
    layers = named_layers(names)
    # Its first version ends its body with a convolution.
    layers.may_repeat = layers.body is not None
    activation = "relu" if layers.body else "leaky-relu"
    return residual_result(names, "msrresnet", "an MSRResNet", layers, activation, stated, scale)


MEAN = "DIV2K_mean"


def numbered_edsr(names, stated, scale):
    """Of krasserm's wdsr."""
    count = names.count("convolution%d.weight")
    if count < 6 or count % 2:
        raise Refused("the weights hold %d convolutions, expected two a block and four more" % count)
    blocks, layer = (count - 4) // 2, lambda n: ("convolution%d" % n, None, None)
    layers = Residual(
        first=layer(0),
        blocks=[(layer(2 * n + 1), layer(2 * n + 2)) for n in range(blocks)],
        body=layer(count - 3),
        ups=[layer(count - 2)],
        last="convolution%d" % (count - 1),
    )
    take_colours(names, MEAN)
    return edsr_result(names, layers, {}, stated, scale)


# Features and blocks of those that the paper trained, and by what their blocks' results are multiplied.
PUBLISHED_EDSR = {(64, 16): "1", (256, 32): "0.1"}


def edsr(names, stated, scale):
    layers = named_layers(names)
    size = names.shape("conv_first.weight", 4)[0], len(layers.blocks)
    if size in PUBLISHED_EDSR:
        stated = dict(stated, res_scale=stated.get("res_scale", PUBLISHED_EDSR[size]))
    facts = stated_facts("an EDSR", stated, scale, ("res_scale",))
    if "sub_mean.weight" in names.original:
        for name in ("sub_mean", "add_mean"):
            names.take(name + ".weight", 3, 3, 1, 1)
            names.take(name + ".bias", 3)
    elif "mean" in names.original:
        take_colours(names, "mean")
        if "std" in names.original:
            take_colours(names, "std")
    else:
        facts.update(stated_facts("an EDSR", stated, scale, ("mean", "range")))
    return edsr_result(names, layers, facts, stated, scale)


def edsr_result(names, layers, facts, stated, scale):
    """Where tensors tell the range of values, it may be stated all the same."""
    if "range" in stated and "range" not in facts:
        facts.update(stated_facts("an EDSR", stated, scale, ("range",)))
    network = residual_result(names, "edsr", "an EDSR", layers, "relu", stated, scale, facts)
    for name in {MEAN, "mean", "std"} & set(network.tensors):
        tensor = network.tensors[name]
        network.tensors[name] = Tensor(tensor.dtype, (3,), tensor.read)  # of one dimension, to keep its precision
    return network


def take_colours(names, name):
    shape = names.find(name).shape
    if product(shape) != 3:
        raise Refused("tensor %s has shape %s, expected 3 values" % (names.label(name), shape_text(shape)))
    names.take(name, *shape)


def confirmed_scale(network, factor, stated, scale):
    if "scale" in stated:
        scale = agreed_scale(stated_integer(stated, "scale", 999999), scale)
    if scale not in (None, factor):
        raise Refused("the scale %d does not fit %s whose layers make %d" % (scale, network, factor))


def compact(names, stated, scale):
    last = names.count("body.%d.weight") - 1
    if last < 2 or last % 2:
        raise Refused(
            "it looks like SRVGGNetCompact, but its last layer is body.%d, expected an even number from 2" % last
        )
    inputs = channels = names.shape("body.0.weight", 4)[1]
    picture_channels(names, "body.0.weight", inputs)
    for i in range(0, last, 2):
        channels = names.conv("body.%d" % i, channels)
        names.take("body.%d.weight" % (i + 1), channels)
    outputs = names.conv("body.%d" % last, channels)
    tensors = names.finish()
    factor = shuffle_scale("body.%d" % last, outputs, inputs, stated, scale)
    return Network("compact", factor, (last - 2) // 2, "prelu", tensors)


def numbered_convs(tensors, names):
    """conv1, conv2, ... of a network for luma, or for red, green and blue: none where the first takes other channels."""
    first = tensors.get(names.get("conv1.weight"))
    if not isinstance(first, Tensor) or len(first.shape) < 2 or first.shape[1] not in (1, 3):
        return []
    count = next(i for i in itertools.count(1) if "conv%d.weight" % i not in names) - 1
    return ["conv%d" % i for i in range(1, count + 1)]


def luma_network(tensors, names, convs, stated, scale):
    has_slopes, has_deconv = "prelu1.weight" in names, "deconv.weight" in names
    last, first = (tensors[names[conv + ".weight"]] for conv in (convs[-1], convs[0]))
    gives_picture = isinstance(last, Tensor) and last.shape[:1] == first.shape[1:2]
    if len(convs) >= 3 and has_slopes and has_deconv:
        return fsrcnn(Names(tensors, names, "FSRCNN"), convs, stated, scale)
    if len(convs) >= 3 and not has_slopes and not has_deconv and not gives_picture:
        return espcn(Names(tensors, names, "ESPCN"), convs, stated, scale)
    if len(convs) == 3 and not has_slopes and gives_picture:
        return srcnn(Names(tensors, names, "SRCNN"), convs, stated, scale)
    if len(convs) > 3 and not has_slopes and gives_picture:
        return vdsr(Names(tensors, names, "VDSR"), convs, stated, scale)
    raise Refused("it holds numbered convolutions, but none of SRCNN, FSRCNN, ESPCN and VDSR has these tensors")


STATED_FACTS = {
    "luma": ("studio", "full"),
    "padding": ("zeros", "replicate", "valid"),
    "range": ("1", "255"),
    "mean": ("div2k", "none"),
    "input_range": ("unit", "signed", "imagenet"),
    "output_range": ("unit", "signed", "tanh"),
    "activation": ("tanh", "relu"),
}
# Of networks that cannot do without padding.
PADDED_FACTS = dict(STATED_FACTS, padding=("zeros", "replicate"))


def stated_facts(network, stated, scale, wanted, known=STATED_FACTS):
    """The facts that no tensor tells: as the file states them or as they were asked for."""
    if "scale" in wanted and "scale" in stated:
        scale = agreed_scale(stated_integer(stated, "scale", 16), scale)
    found = {"scale": scale}
    for fact in wanted:
        if fact == "res_scale":
            found[fact] = stated_fraction(stated, fact)
        elif fact != "scale":
            found[fact] = stated.get(fact)
            if found[fact] is not None and found[fact] not in known[fact]:
                raise Refused("the file states the %s %s, expected %s" % (fact, shown(found[fact]), one_of(known[fact])))
    missing = [fact for fact in wanted if found[fact] is None]
    if missing:
        option = lambda fact: "--%s %s" % (fact.replace("_", "-"), one_of(known[fact]) if fact in known else "N")
        raise Refused(
            "the tensors of %s do not tell its %s: say %s"
            % (network, " and ".join(missing), " ".join(map(option, missing)))
        )
    return {fact: found[fact] for fact in wanted}


def stated_fraction(stated, fact):
    text = stated.get(fact)
    if text is not None and not (re.match(r"[01](?:\.[0-9]{1,6})?\Z", text) and 0 < float(text) <= 1):
        raise Refused("the file states the %s %s, expected a number above 0, 1 at most" % (fact, shown(text)))
    return text


def one_of(choices):
    return " or ".join((", ".join(choices[:-1]), choices[-1]))


def luma_facts(names, network, stated, scale, wanted, known=STATED_FACTS):
    """As stated_facts; a network for red, green and blue has no range of luma."""
    is_luma = names.shape("conv1.weight", 4)[1] == 1
    return stated_facts(network, stated, scale, tuple(fact for fact in wanted if is_luma or fact != "luma"), known)


def luma_convs(names, convs, bias=True):
    """Takes them; says how many channels the first takes and the last gives."""
    inputs = channels = names.shape(convs[0] + ".weight", 4)[1]
    for name in convs:
        channels = names.conv(name, channels, bias)
    return inputs, channels


def luma_result(architecture, scale, blocks, activation, tensors, facts):
    facts = {key: str(value) for key, value in facts.items() if key != "scale"}
    return Network(architecture, scale, blocks, activation, tensors, facts=facts)


def srcnn(names, convs, stated, scale):
    facts = luma_facts(names, "an SRCNN", stated, scale, ("scale", "luma", "padding"))
    luma_convs(names, convs)
    return luma_result("srcnn", facts["scale"], 1, "relu", names.finish(), facts)


def vdsr(names, convs, stated, scale):
    facts = luma_facts(names, "a VDSR", stated, scale, ("scale", "luma"))
    luma_convs(names, convs, "conv1.bias" in names.original)
    return luma_result("vdsr", facts["scale"], len(convs) - 2, "relu", names.finish(), facts)


def espcn(names, convs, stated, scale):
    # The paper's three have tanh; others have ReLU, and no tensor tells.
    stated = dict({"activation": "tanh"}, **stated) if len(convs) == 3 else stated
    facts = luma_facts(names, "an ESPCN", stated, scale, ("luma", "activation"))
    channels, shuffled = luma_convs(names, convs)
    factor = shuffle_scale(convs[-1], shuffled, channels, stated, scale)
    return luma_result("espcn", factor, len(convs) - 2, facts["activation"], names.finish(), facts)


def fsrcnn(names, convs, stated, scale):
    facts = luma_facts(names, "an FSRCNN", stated, scale, ("scale", "luma", "padding"), PADDED_FACTS)
    channels = pictures = names.shape("conv1.weight", 4)[1]
    for i, name in enumerate(convs, 1):
        channels = names.conv(name, channels)
        names.take("prelu%d.weight" % i, channels)
    kernel = names.shape("deconv.weight", 4)[2]
    names.take("deconv.weight", channels, pictures, kernel, kernel)
    names.take("deconv.bias", pictures)
    facts["deconv_padding"] = (kernel - 1) // 2
    if "deconv_padding" in stated:
        facts["deconv_padding"] = stated_integer(stated, "deconv_padding", kernel - 1)
    return luma_result("fsrcnn", facts["scale"], len(convs) - 1, "prelu", names.finish(), facts)


def shuffle_scale(layer, shuffled, channels, stated, scale):
    factor = math.isqrt(shuffled // channels)
    if factor < 1 or factor * factor * channels != shuffled:
        raise Refused("%s has %d output channels, expected %d times a square" % (layer, shuffled, channels))
    if "scale" in stated and stated_integer(stated, "scale", 999999) != factor:
        raise Refused(
            "%s has %d output channels, which do not make the scale %s of its layers"
            % (layer, shuffled, stated["scale"])
        )
    if scale not in (None, factor):
        raise Refused(
            "--scale %d does not fit: %s has %d output channels, which makes scale %d"
            % (scale, layer, shuffled, factor)
        )
    return factor


# --------------------------------------------------------------------------------------------------------------- output

FORMAT = "esrgan-webgpu"


def write(source, network, path, dtype):
    """Writes beside `path` and renames when whole."""
    metadata = {
        "format": FORMAT,
        "architecture": network.architecture,
        "scale": str(network.scale),
        "blocks": str(network.blocks),
        "activation": network.activation,
    }
    if network.up_factor != 2:
        metadata["up_factor"] = str(network.up_factor)
    metadata.update(network.facts)
    metadata["source"] = os.fsencode(os.path.basename(source.path)).decode("utf-8", "replace")
    metadata["sha256"] = hashlib.sha256(source.data).hexdigest()
    header, at = {"__metadata__": metadata}, 0
    for name, tensor in network.tensors.items():
        stored = stored_dtype(tensor, dtype)
        end = at + product(tensor.shape) * ITEM_BYTES[stored]
        header[name] = {"dtype": stored, "shape": list(tensor.shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(header, separators=(",", ":")).encode("ascii")
    text += b" " * (-len(text) % 8)
    temporary, made = "%s.%d.tmp" % (path, os.getpid()), False
    try:
        with open(temporary, "xb") as file:
            made = True
            file.write(struct.pack("<Q", len(text)))
            file.write(text)
            for name, tensor in network.tensors.items():
                for part in encode(name, tensor, stored_dtype(tensor, dtype)):
                    file.write(part)
        os.replace(temporary, path)
        made = False
    except OSError as error:
        raise Refused("%s cannot be written: %s" % (shown(path), error.strerror or error)) from None
    finally:
        if made:
            os.remove(temporary)
    return 8 + len(text) + at


class Arguments(argparse.ArgumentParser):
    def error(self, message):
        raise Refused(message)


def parse_arguments(argv):
    parser = Arguments(
        prog="convert-weights.py",
        description="Converts ESRGAN-family weights to .safetensors.",
        epilog="INPUT: a PyTorch .pth or .pt, a .safetensors, an ncnn .param or .bin, or a TF.js layers model.json.",
    )
    parser.add_argument("input", metavar="INPUT")
    parser.add_argument("-o", "--output", metavar="OUTPUT", required=True, help="the .safetensors file to write")
    parser.add_argument(
        "--dtype", choices=("f16", "f32"), default="f16", help="type of the written convolution weights (default: f16)"
    )
    parser.add_argument("--scale", type=int, metavar="N", help="true output scale, where the file leaves it open")
    parser.add_argument("--luma", choices=("studio", "full"), help="range of the luma that a net for luma takes")
    parser.add_argument(
        "--padding", choices=STATED_FACTS["padding"], help="what lies beyond a picture's edge, of an SRCNN or FSRCNN"
    )
    parser.add_argument("--range", choices=("1", "255"), help="what stands for white in the pictures of an RDN or EDSR")
    parser.add_argument("--mean", choices=STATED_FACTS["mean"], help="the mean that an EDSR takes away")
    parser.add_argument("--res-scale", metavar="N", help="by what the results of an EDSR's blocks are multiplied")
    parser.add_argument("--input-range", choices=STATED_FACTS["input_range"], help="the values that an SRResNet takes")
    parser.add_argument("--output-range", choices=STATED_FACTS["output_range"], help="the values that an SRResNet gives")
    parser.add_argument("--activation", choices=STATED_FACTS["activation"], help="what follows the convolutions of an ESPCN")
    parser.add_argument("--deconv-padding", metavar="N", help="padding of an FSRCNN's transposed convolution")
    arguments = parser.parse_args(argv)
    if arguments.scale is not None and not 1 <= arguments.scale <= 16:
        raise Refused("--scale is %d, expected 1 to 16" % arguments.scale)
    return arguments


def same_file(a, b):
    try:
        return os.path.samefile(a, b)
    except (OSError, ValueError):
        return os.path.realpath(a) == os.path.realpath(b)


def convert(argv):
    arguments = parse_arguments(argv)
    source = read_source(arguments.input)
    if any(same_file(file, arguments.output) for file in source.files):
        raise Refused("%s is the input; the output must be another file" % shown(arguments.output))
    asked = {fact: getattr(arguments, fact) for fact in (*STATED_FACTS, "deconv_padding", "res_scale")}
    asked = {fact: value for fact, value in asked.items() if value is not None}
    for fact, value in asked.items():
        if source.stated.setdefault(fact, value) != value:
            option = fact.replace("_", "-")
            raise Refused("--%s %s does not fit: the file states %s" % (option, value, shown(source.stated[fact])))
    network = recognise(source, arguments.scale)
    for fact in asked:
        if fact not in network.facts:
            raise Refused("--%s is for other networks than %s" % (fact.replace("_", "-"), network.architecture))
    count = sum(product(tensor.shape) for tensor in network.tensors.values())
    if count > MAX_WEIGHTS:
        raise Refused(
            "%s holds %d weights, more than the %d that are converted" % (file_name(source.path), count, MAX_WEIGHTS)
        )
    size = write(source, network, arguments.output, arguments.dtype.upper())
    facts = (network.architecture, network.blocks, network.scale, len(network.tensors), arguments.dtype, size)
    summary = "%s: %s, %d blocks, %dx, %d tensors as %s, %d bytes\n" % (arguments.output, *facts)
    sys.stdout.buffer.write((printable(summary[:-1]) + "\n").encode("utf-8"))


def printable(message):
    """One line of text: names come from the file and may hold anything."""
    return "".join(c if c.isprintable() else "?" for c in message)[:1000]


def main(argv):
    try:
        convert(argv)
        return 0
    except Refused as error:
        message = str(error)
    except MemoryError:
        message = "out of memory"
    except KeyboardInterrupt:
        return 130
    except (
        Exception
    ) as error:  # a hostile file may find what no reader above foresaw: still one sentence, and no output
        message = "the file is malformed (%s: %s)" % (type(error).__name__, shown(error))
    sys.stderr.buffer.write(("convert-weights.py: error: %s\n" % printable(message)).encode("utf-8"))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
