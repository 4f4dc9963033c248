"""Runs tools/convert-weights.py many times in one process, for convert-weights.test.ts.

    converter.py CONVERTER

Owns the process only. A line of JSON in, one out:
    {"convert": [argument, ...]} -> {"status", "stdout", "stderr"}, or {"escaped": traceback} where an exception came out
    {"unpack": path}             -> {"members": [[name, base64], ...]}
    {"pack": path, "members": [[name, base64], ...]} -> {}, once the zip file of these members, with true checksums, is written
"""

import base64
import importlib.util
import io
import json
import sys
import traceback
import zipfile

# A number in a file that is believed and allocated shows as a MemoryError: the files are small.
MEMORY_BYTES = 1 << 30

try:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
except (ImportError, ValueError, OSError):  # Windows has no such limit, macOS does not keep it
    pass

sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("convert_weights", sys.argv[1])
converter = importlib.util.module_from_spec(spec)
spec.loader.exec_module(converter)


def convert(arguments):
    pipes = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    try:
        status = converter.main(arguments)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        out, error = (stream.buffer.getvalue().decode("utf-8") for stream in (sys.stdout, sys.stderr))
        return {"status": status, "stdout": out, "stderr": error}
    except BaseException:
        return {"escaped": traceback.format_exc()}
    finally:
        sys.stdout, sys.stderr = pipes


def unpack(path):
    with zipfile.ZipFile(path) as archive:
        return [[info.filename, base64.b64encode(archive.read(info)).decode()] for info in archive.infolist()]


def pack(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), base64.b64decode(data))


for line in sys.stdin:
    request = json.loads(line)
    if "convert" in request:
        answer = convert(request["convert"])
    elif "unpack" in request:
        answer = {"members": unpack(request["unpack"])}
    else:
        pack(request["pack"], request["members"])
        answer = {}
    print(json.dumps(answer), flush=True)
