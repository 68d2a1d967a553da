"""Good files broken, in ways that follow from a random generator."""

from __future__ import annotations

import io
import json
import random
import zipfile
from typing import Any

import numpy as np

ODD = [None, True, -1, 0, 1, 2**31, 2**63, 10**30, 1e308, -0.5, float("nan"), "", "x", "../../etc/passwd", "os.system",
       "é" * 50, [], {}, [[]], [None], {"class_name": "Dense"}, {"class_name": "Lambda", "config": {}}, [10**9, 10**9],
       {"class_name": "__lambda__", "config": {"code": "4wAAAAA="}}, {"class_name": "function", "config": "exec"},
       {"module": "os", "class_name": "system", "config": {}, "registered_name": "os.system"},
       {"class_name": "__numpy__", "config": {"value": [1, 2], "dtype": "object"}},
       {"class_name": "__keras_tensor__", "config": {"keras_history": ["a", 0, 7]}}]  # fmt: skip


def broken_bytes(draw: random.Random, content: bytes) -> bytes:
    """Bytes with some changed, left out, doubled, or cut off."""
    made = bytearray(content)
    for _ in range(draw.choice([1, 1, 2, 4, 16])):
        at, length = draw.randrange(len(made) or 1), draw.choice([1, 2, 4, 8, 64])
        how = draw.randrange(6)
        if how == 0:
            made[at : at + length] = draw.randbytes(length)
        elif how == 1 and made:
            made[min(at, len(made) - 1)] ^= 1 << draw.randrange(8)
        elif how == 2:
            del made[at : at + length]
        elif how == 3:
            made[at:at] = made[at : at + length]
        elif how == 4:
            made[at : at + length] = draw.choice([b"\x00", b"\xff"]) * length
        elif draw.random() < 0.2:
            del made[at:]
    return bytes(made)


def broken_tree(draw: random.Random, tree: Any) -> Any:
    """JSON with some values replaced, left out, doubled or moved."""
    tree = json.loads(json.dumps(tree))
    for _ in range(draw.choice([1, 1, 2, 5])):
        places = list(_places(tree))
        if not places:
            break
        container, key = draw.choice(places)
        how = draw.randrange(6)
        if how <= 2:
            container[key] = json.loads(json.dumps(draw.choice(ODD)))
        elif how == 3:
            del container[key]
        elif how == 4:
            other, at = draw.choice(places)
            container[key] = json.loads(json.dumps(other[at])) if _has(other, at) else None
        elif isinstance(container, dict):
            container[draw.choice(["name", "class_name", "config", "units", "x", "__class__"])] = container.pop(key)
        else:
            container.append(container[key])
    return tree


def _places(tree: Any) -> Any:
    if isinstance(tree, (dict, list)):
        for key in list(tree) if isinstance(tree, dict) else range(len(tree)):
            yield tree, key
            yield from _places(tree[key])


def _has(container: Any, key: Any) -> bool:
    return key in container if isinstance(container, dict) else key < len(container)


def broken_archive(draw: random.Random, content: bytes) -> bytes:
    """A '.keras' file: broken as a whole, or in its config, or in its weights."""
    if draw.random() < 0.2:
        return broken_bytes(draw, content)
    members = _members(content)
    if draw.random() < 0.6:
        members["config.json"] = _broken_json(draw, members["config.json"])
    else:
        members["model.weights.h5"] = broken_bytes(draw, members["model.weights.h5"])
    if draw.random() < 0.05:
        members[draw.choice(["../x", "/x", "config.json/x", "\\x", "."])] = members.pop(draw.choice(list(members)))
    return _packed(members)


def broken_run(draw: random.Random, content: bytes) -> bytes:
    """A '.keras' file with a run to go on with, which is broken; the model is as it was."""
    members = _members(content)
    name, change = draw.choice([("training.json", _broken_json)] * 3 + [("training.h5", broken_bytes)])
    return _packed({**members, name: change(draw, members[name])})


def _members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, each in members.items():
            archive.writestr(name, each)
    return made.getvalue()


def _broken_json(draw: random.Random, content: bytes) -> bytes:
    if draw.random() < 0.2:
        return broken_bytes(draw, content)
    return json.dumps(broken_tree(draw, json.loads(content))).encode()


def broken_hdf5(draw: random.Random, content: bytes) -> bytes:
    """A '.h5' file: broken as a whole, or in the texts of its attributes."""
    if draw.random() < 0.5:
        return broken_bytes(draw, content)
    import h5py

    made = io.BytesIO(content)
    with h5py.File(made, "r+") as file:
        name = draw.choice(["model_config", "training_config"])
        file.attrs[name] = np.bytes_(_broken_json(draw, json.dumps(json.loads(file.attrs[name])).encode()))
    return made.getvalue()
