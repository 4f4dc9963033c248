"""Says what tools/convert-weights.py makes of the names of checkpoints, for checkpoint-names.test.ts.

    checkpoint-names.py CONVERTER CASES.json

Prints one JSON list: for each case {"names": [...]} or {"error": "..."}.
"""

import importlib.util
import json
import sys

sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("convert_weights", sys.argv[1])
converter = importlib.util.module_from_spec(spec)
spec.loader.exec_module(converter)


def stored(tree):
    if isinstance(tree, dict):
        return {key: stored(item) for key, item in tree.items()}
    if tree in ("tensor", "integer"):
        return converter.Tensor("F32" if tree == "tensor" else "I64", (1,), None)
    return converter.Inert("somewhere.Thing") if tree == "object" else tree


def answer(case):
    try:
        tensors = converter.strip_prefixes(converter.unwrap("net.pth", stored(case["checkpoint"])))
        names, implied = converter.renamed(tensors)
    except converter.Refused as error:
        return {"error": str(error)}
    return {"names": [name for name, old in names.items() if isinstance(tensors[old], converter.Tensor)]}


with open(sys.argv[2], encoding="utf-8") as file:
    print(json.dumps([answer(case) for case in json.load(file)]))
