"""Keras' summaries of the lectures' models, in lines of its usual length."""

from __future__ import annotations

import os
from typing import Any
from unittest import mock


def record() -> dict[str, Any]:
    import keras
    from keras import layers

    keras.utils.clear_session()

    def text(model: Any, **options: Any) -> str:
        told: list[str] = []
        with mock.patch.dict(os.environ, COLUMNS="80"):
            model.summary(print_fn=told.append, **options)
        keras.utils.clear_session()
        return told[0].rstrip()

    small = text(keras.Sequential([layers.Input((20,)), layers.Dense(32), layers.Dense(10)]))
    images = [layers.Input((28, 28)), layers.Flatten(), layers.Dense(300), layers.Dense(100), layers.Dense(10)]
    found = {"small_mlp": small, "images_mlp": text(keras.Sequential(images))}
    found["unbuilt"] = text(keras.Sequential([layers.Dense(3), layers.Dropout(0.5)]))
    x = layers.Input((8,))
    normal = layers.Normalization()(x)
    deep = layers.Dense(30)(layers.Dense(30)(normal))
    found["wide_and_deep"] = text(keras.Model(x, layers.Dense(1)(layers.Concatenate()([normal, deep]))))
    for name, options in (("nested", {}), ("nested_expanded", {"expand_nested": True})):
        x = layers.Input((8,))
        inner = keras.Sequential([layers.Input((8,)), layers.Dense(3), layers.Dense(2)], name="inner")
        found[name] = text(keras.Model(x, layers.Dense(1)(inner(x)), name="outer"), **options)
    return found
