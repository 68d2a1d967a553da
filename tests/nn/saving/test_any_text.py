"""Whatever is read, it is a model or the one kind of error."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import nn
from benchmarks.keras_records.files import sequential
from nn.saving import ModelFileError

CLASSES = [
    "Sequential",
    "Functional",
    "Dense",
    "Lambda",
    "Bidirectional",
    "function",
    "__lambda__",
    "__numpy__",
    "Adam",
]
KEYS = ["class_name", "config", "module", "registered_name", "layers", "name", "input_layers", "output_layers", "units",
        "batch_shape", "inbound_nodes", "function", "build_config", "compile_config", "input_shape"]  # fmt: skip
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(CLASSES))
TREES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip
GOOD = json.loads(sequential(nn).to_json())


def is_read_or_refused(read: Any, content: Any) -> None:
    try:
        model = read(content)
    except ModelFileError:
        return
    assert isinstance(model, nn.Model)


@given(TREES)
def test_any_tree(tree):
    is_read_or_refused(nn.models.model_from_config, tree)
    is_read_or_refused(nn.models.model_from_json, json.dumps(tree))


@given(st.sampled_from(["Sequential", "Functional"]), st.dictionaries(st.sampled_from(KEYS), TREES))
def test_any_config_of_a_model(name, config):
    is_read_or_refused(nn.models.model_from_config, {"class_name": name, "config": config})


@given(st.integers(0, 4), st.sampled_from([*GOOD["config"]["layers"][1]["config"], "x"]), TREES)
def test_any_value_of_a_setting(place, key, value):
    tree = json.loads(json.dumps(GOOD))
    tree["config"]["layers"][place]["config"][key] = value
    is_read_or_refused(nn.models.model_from_config, tree)


@given(st.text())
def test_any_text(text):
    is_read_or_refused(nn.models.model_from_json, text)
    is_read_or_refused(nn.models.model_from_yaml, text)
