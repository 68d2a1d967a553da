"""Event files, read back with TensorBoard's own loader."""

from __future__ import annotations

import builtins
import io
import warnings

import numpy as np
import pytest

import nn

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of TensorBoard's own imports
    loader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    from tensorboard.plugins.hparams import metadata
    from tensorboard.util import tensor_util


def trained(folder, epochs=3, metrics=("accuracy",), validation=0.25, **options):
    nn.utils.clear_session()
    nn.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.random((40, 3)).astype(np.float32)
    y = np.arange(40) % 4
    model = nn.Sequential(
        [nn.Input((3,)), nn.layers.Dense(5, "relu", name="hidden"), nn.layers.Dense(4, "softmax", name="output")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=list(metrics))
    board = nn.callbacks.TensorBoard(folder, **options)
    history = model.fit(
        x, y, batch_size=10, epochs=epochs, callbacks=[board], verbose=0, shuffle=False, validation_split=validation
    )
    return model, history, x, y


def read(folder):
    events = loader.EventAccumulator(str(folder), size_guidance={"tensors": 0, "images": 0})
    events.Reload()
    return events


def scalars(events, tag):
    found = events.Tensors(tag)
    return [each.step for each in found], [tensor_util.make_ndarray(each.tensor_proto).item() for each in found]


def test_scalars_are_those_of_the_history(tmp_path):
    _, history, _, _ = trained(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["train", "validation"]
    for run, prefix in (("train", ""), ("validation", "val_")):
        events = read(tmp_path / run)
        for name in ("loss", "accuracy"):
            steps, values = scalars(events, f"epoch_{name}")
            assert steps == [0, 1, 2]
            np.testing.assert_allclose(values, history.history[prefix + name], rtol=1e-6)
    steps, values = scalars(read(tmp_path / "validation"), "evaluation_loss_vs_iterations")
    assert steps == [3, 6, 9]
    np.testing.assert_allclose(values, history.history["val_loss"], rtol=1e-6)
    _, rates = scalars(read(tmp_path / "train"), "epoch_learning_rate")
    np.testing.assert_allclose(rates, [0.001] * 3, rtol=1e-6)


def test_without_validation_there_is_one_run(tmp_path):
    trained(tmp_path, validation=0.0)
    assert [path.name for path in tmp_path.iterdir()] == ["train"]


@pytest.mark.parametrize(("frequency", "steps"), [("batch", list(range(1, 10))), (2, [2, 4, 6, 8])])
def test_batches_are_counted_over_epochs(frequency, steps, tmp_path):
    _, history, _, _ = trained(tmp_path, update_freq=frequency)
    found, values = scalars(read(tmp_path / "train"), "batch_loss")
    assert found == steps
    last_of_epoch = dict(zip(found, values, strict=True)).get(6)
    np.testing.assert_allclose(last_of_epoch, history.history["loss"][1], rtol=1e-6)


def test_histograms_hold_weights_and_gradients(tmp_path):
    model, _, _, _ = trained(tmp_path, epochs=2, histogram_freq=2, validation=0.0)
    events = read(tmp_path / "train")
    tags = {tag for tag in events.Tags()["tensors"] if tag.endswith("/histogram")}
    assert tags == {f"{each.path}/histogram" for each in model.weights}
    assert all(f"{each.path}/gradient" in events.Tags()["tensors"] for each in model.trainable_variables)
    (found,) = events.Tensors("hidden/kernel/histogram")
    buckets = tensor_util.make_ndarray(found.tensor_proto)  # left edge, right edge, count
    assert found.step == 0 and buckets[:, 2].sum() == 15


def test_last_histogram_is_of_the_weights_at_the_end(tmp_path):
    model, _, _, _ = trained(tmp_path, epochs=1, histogram_freq=1, validation=0.0)
    (found,) = read(tmp_path / "train").Tensors("hidden/kernel/histogram")
    buckets = tensor_util.make_ndarray(found.tensor_proto)
    kernel = model.get_layer("hidden").kernel.numpy()
    np.testing.assert_allclose([buckets[0, 0], buckets[-1, 1]], [kernel.min(), kernel.max()], rtol=1e-6)


def test_the_graph_is_the_program_that_predicts(tmp_path):
    model, _, _, _ = trained(tmp_path)
    nodes = {each.name: each for each in read(tmp_path / "train").Graph().node}
    graph = model.predict_function.program.graph
    assert len(nodes) == len(graph)
    assert all(name in nodes for each in nodes.values() for name in each.input)
    assert {name.rpartition("/")[0] for name in nodes} == {"", "sequential/hidden", "sequential/output"}
    assert {each.op for each in nodes.values()} >= {"matmul", "maximum", "Input"}


def test_no_graph_where_none_is_wanted_or_steps_run_eagerly(tmp_path):
    model, _, x, y = trained(tmp_path / "off", write_graph=False)
    model.compile(loss="sparse_categorical_crossentropy", run_eagerly=True)
    model.fit(x, y, callbacks=[nn.callbacks.TensorBoard(tmp_path / "eager")], verbose=0)
    for folder in ("off", "eager"):
        assert not read(tmp_path / folder / "train").Tags()["graph"]


def test_a_confusion_matrix_is_a_picture(tmp_path):
    image = pytest.importorskip("matplotlib.image")
    trained(
        tmp_path, epochs=1, metrics=["accuracy", nn.metrics.ConfusionMatrix(4)], write_images=True, histogram_freq=1
    )
    for run, tags in (
        ("train", ["epoch_confusion_matrix", "hidden/kernel/image", "output/kernel/image"]),
        ("validation", ["epoch_confusion_matrix"]),
    ):
        events = read(tmp_path / run)
        assert events.Tags()["images"] == tags
        (found,) = events.Images(tags[0])
        pixels = image.imread(io.BytesIO(found.encoded_image_string), format="png")
        assert pixels.shape[:2] == (found.height, found.width) and np.ptp(pixels[..., :3]) > 0.5


def test_hyperparameters_are_told(tmp_path):
    trained(tmp_path)
    summary = read(tmp_path / "train").SummaryMetadata(metadata.SESSION_START_INFO_TAG)
    told = metadata.parse_session_start_info_plugin_data(summary.plugin_data.content).hparams
    assert told["optimizer/learning_rate"].number_value == pytest.approx(0.001)
    assert told["loss"].string_value == "sparse_categorical_crossentropy"
    assert told["epochs"].number_value == 3


def test_all_is_on_the_disk_when_an_epoch_ends(tmp_path):
    """Also of a run that dies later."""
    seen = []

    class Look(nn.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch:
                seen.append(scalars(read(tmp_path / "train"), "epoch_loss")[0])

    model, _, x, y = trained(tmp_path / "first", epochs=1)
    board = nn.callbacks.TensorBoard(tmp_path)
    model.fit(x, y, epochs=3, callbacks=[board, Look()], verbose=0)
    assert seen == [[0], [0, 1]]


def test_nan_does_not_stop_a_run(tmp_path):
    board = nn.callbacks.TensorBoard(tmp_path, histogram_freq=1)
    model, _, x, y = trained(tmp_path / "first", epochs=1)
    model.get_layer("hidden").bias.assign(np.full(5, np.nan, np.float32))
    with pytest.warns(UserWarning, match="fit: the loss is nan in epoch 1"):
        model.fit(x, y, epochs=1, callbacks=[board], verbose=0)
    assert np.isnan(scalars(read(tmp_path / "train"), "epoch_loss")[1]).all()


@pytest.mark.parametrize("frequency", [0, -1, "batches", 1.5])
def test_frequencies_are_checked(frequency):
    with pytest.raises(ValueError, match="update_freq"):
        nn.callbacks.TensorBoard(update_freq=frequency)


def test_epochs_alone_cost_batches_nothing():
    board = nn.callbacks.TensorBoard()
    assert not nn.callbacks.CallbackList([board]).has_batch_hooks


def test_where_tensorboard_is_missing_the_extra_is_named(monkeypatch, tmp_path):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("tensorboard"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match="extra `tensorboard`"):
        trained(tmp_path)
