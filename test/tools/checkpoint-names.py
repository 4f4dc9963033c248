"""Says what tools/convert-weights.py makes of the names of checkpoints, for checkpoint-names.test.ts.

    checkpoint-names.py CONVERTER CASES.json OTHERS.json

Prints two JSON lists: for each case {"names": [...], "implied": {...}} or {"error": "..."}, and the networks of OTHERS.json by their tensors.
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
    answer = {"names": [name for name, old in names.items() if isinstance(tensors[old], converter.Tensor)]}
    return dict(answer, implied=implied) if implied else answer


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


others = [converter.other_network(converter.strip_prefixes({other["tensor"]: None})) for other in read(sys.argv[3])]
print(json.dumps({"names": [answer(case) for case in read(sys.argv[2])], "others": others}))
