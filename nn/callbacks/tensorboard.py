"""TensorBoard: a run as event files, for TensorBoard to show."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from .callback import Callback, is_count
from .event_file import EventFile
from .matrix_picture import matrix_picture
from .rates import rate_of


class TensorBoard(Callback):
    """Writes event files below `log_dir`: `train` and, where there is validation, `validation`, as Keras does.

    Scalars are `epoch_loss`, `epoch_accuracy`, `epoch_learning_rate` and so on; with `update_freq="batch"`, or a
    number of batches, also `batch_loss` and so on. Hyperparameters, and with `write_graph` the program that predicts,
    are written once. Every `histogram_freq` epochs there are histograms of all weights, and of their gradients
    on the epoch's first batch; with `write_images` weights are shown as pictures, too. A metric that is a matrix, such
    as `ConfusionMatrix`, is a picture. Needs the extra `tensorboard`, and matplotlib for pictures. `profile_batch`,
    `embeddings_freq` and `embeddings_metadata` are taken for Keras' sake; nothing is written for them.

    >>> import nn, tempfile, os
    >>> model = nn.Sequential([nn.Input(shape=(2,)), nn.layers.Dense(1)])
    >>> model.compile(loss="mse")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     board = nn.callbacks.TensorBoard(folder)
    ...     history = model.fit(np.ones((4, 2)), np.ones(4), callbacks=[board], validation_split=0.5, verbose=0)
    ...     sorted(os.listdir(folder))
    ['train', 'validation']
    """

    state_names = ("_batches", "_is_graph_written")

    def __init__(
        self, log_dir: Any = "logs", histogram_freq: int = 0, write_graph: bool = True, write_images: bool = False,
        write_steps_per_second: bool = False, update_freq: Any = "epoch", profile_batch: Any = 0,
        embeddings_freq: int = 0, embeddings_metadata: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq, self.write_graph, self.write_images = histogram_freq, write_graph, write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        if self.update_freq != "epoch":
            if not isinstance(self.update_freq, int) or self.update_freq < 1:
                raise ValueError(f"update_freq is {update_freq!r}, expected 'epoch', 'batch' or a number of batches")
            self.on_train_batch_end = self._batch_end  # type: ignore[method-assign]  # else batches cost nothing
        self._files: dict[str, EventFile] = {}
        self._batches = 0
        self._seconds = 0.0
        self._is_graph_written = False

    def _may_be(self, name: str, value: Any) -> bool:
        return is_count(value)

    def _file(self, run: str) -> EventFile:
        """The event file of a run, which is made when something is to be written."""
        if run not in self._files:
            self._files[run] = EventFile(Path(self.log_dir) / run)
        return self._files[run]

    # What a run tells

    def on_train_begin(self, logs: Any = None) -> None:
        self._batches = 0
        self._file("train").hyperparameters(hyperparameters(self.model, self.params))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._seconds = time.perf_counter()

    def _batch_end(self, batch: int, logs: Any = None) -> None:
        self._batches += 1
        if self._batches % self.update_freq == 0:
            self._write_logs("batch_", logs or {}, self._batches)

    def on_test_end(self, logs: Any = None) -> None:
        """What a validation within `fit`, or `evaluate`, found, by the steps of training until then."""
        step = int(np.asarray(self.model.optimizer.iterations))
        for name, value in (logs or {}).items():
            if np.ndim(value) == 0:
                self._file("validation").scalar(f"evaluation_{name}_vs_iterations", value, step)
        self._flush()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._write_logs("epoch_", logs or {}, epoch)
        self._file("train").scalar("epoch_learning_rate", rate_of(self.model), epoch)
        if self.write_steps_per_second and self.params.get("steps"):
            seconds = time.perf_counter() - self._seconds
            self._file("train").scalar("epoch_steps_per_second", self.params["steps"] / seconds, epoch)
        if self.model.first_batch is None:  # of batches that another process has drawn from an iterator
            return self._flush()
        if self.write_graph:
            self._write_graph()
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        self._flush()

    def _flush(self) -> None:
        for file in self._files.values():
            file.flush()

    def on_train_end(self, logs: Any = None) -> None:
        for file in self._files.values():
            file.close()
        self._files.clear()

    # What is written

    def _write_logs(self, prefix: str, logs: dict[str, Any], step: int) -> None:
        for name, value in logs.items():
            run = "validation" if name.startswith("val_") else "train"
            tag = prefix + name.removeprefix("val_")
            if np.ndim(value) == 0:
                self._file(run).scalar(tag, value, step)
            elif np.ndim(value) == 2 and prefix == "epoch_":
                self._file(run).image(tag, matrix_picture(value, name), step)

    def _write_graph(self) -> None:
        """The program that predicts; there is none for a model that runs eagerly."""
        predict = self.model.make_predict_function()
        if not self._is_graph_written:
            self._is_graph_written = True
            predict((self.model.first_batch[0], None, None))
            if not predict.is_eager:
                self._file("train").graph(predict.program.graph)

    def _write_weights(self, epoch: int) -> None:
        file = self._file("train")
        for each in self.model.weights:
            file.histogram(f"{each.path}/histogram", each.numpy(), epoch)
            if self.write_images and each.ndim == 2:
                file.image(f"{each.path}/image", matrix_picture(each.numpy(), each.path), epoch)
        x, y, sample_weight = self.model.first_batch
        for name, g in self.model.gradients(x, y, sample_weight).items():
            file.histogram(f"{name}/gradient", g, epoch)


def hyperparameters(model: Any, params: dict[str, Any]) -> dict[str, Any]:
    """What a run was started with: the settings of the optimizer, the loss, and the run's own numbers."""
    found = {f"optimizer/{key}": value for key, value in model.optimizer.get_config().items()}
    found["loss"] = model.loss if isinstance(model.loss, str) else getattr(model.loss, "name", str(model.loss))
    found |= {key: params[key] for key in ("epochs", "steps") if params.get(key)}
    return {key: value for key, value in found.items() if isinstance(value, (bool, int, float, str))}
