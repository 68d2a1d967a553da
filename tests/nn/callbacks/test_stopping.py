"""EarlyStopping and what it shares with others that monitor: when a run ends, and which weights remain."""

import warnings

import numpy as np
import pytest

from nn import callbacks
from nn.callbacks.monitoring import Monitoring

from .small import line, told


def weights_by_epoch(model):
    """A callback that gives the weights the epoch's number, so that it can be read off them."""
    return callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: model.set_weights([np.full(w.shape, epoch, w.dtype) for w in model.weights])
    )


def test_a_run_ends_after_patience_and_has_the_best_weights_again(capsys):
    model, x, y = line()
    losses = iter([3.0, 1.0, 2.0, 2.5, 0.0])
    feed = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(told=next(losses)))
    stop = callbacks.EarlyStopping("told", mode="min", patience=2, verbose=1, restore_best_weights=True)
    history = model.fit(x, y, epochs=5, verbose=0, callbacks=[weights_by_epoch(model), feed, stop])
    assert history.epoch == [0, 1, 2, 3]
    assert (stop.best, stop.best_epoch, stop.stopped_epoch, stop.wait) == (1.0, 1, 3, 2)
    assert all(np.all(w == 1) for w in model.get_weights())
    assert capsys.readouterr().out == (
        "Epoch 4: early stopping\nRestoring model weights from the end of the best epoch: 2.\n"
    )


@pytest.mark.parametrize("ends", ["by itself", "interrupted"])
def test_the_best_weights_come_back_whichever_way_a_run_ends(ends):
    model, x, y = line()
    losses = iter([1.0, 2.0, 3.0])

    def feed(epoch, logs):
        logs["told"] = next(losses)

    def interrupt(epoch, logs):
        if epoch == 2 and ends == "interrupted":
            raise KeyboardInterrupt

    stop = callbacks.EarlyStopping("told", mode="min", patience=10, restore_best_weights=True)
    steps = [
        weights_by_epoch(model),
        callbacks.LambdaCallback(on_epoch_end=feed),
        stop,
        callbacks.LambdaCallback(on_epoch_begin=interrupt),
    ]
    if ends == "interrupted":
        with pytest.raises(KeyboardInterrupt):
            model.fit(x, y, epochs=3, verbose=0, callbacks=steps)
    else:
        model.fit(x, y, epochs=3, verbose=0, callbacks=steps)
    assert all(np.all(w == 0) for w in model.get_weights())


def test_without_restoring_the_last_weights_remain():
    model, x, y = line()
    stop = callbacks.EarlyStopping("loss", min_delta=100.0, patience=1)
    model.fit(x, y, epochs=5, verbose=0, callbacks=[weights_by_epoch(model), stop])
    assert all(np.all(w == 1) for w in model.get_weights())


def test_one_object_can_watch_several_runs():
    stop = callbacks.EarlyStopping("loss", patience=1)
    told([1.0, 2.0], stop)
    assert stop.stopped_epoch == 1
    told([5.0, 4.0, 3.0], stop)
    assert (stop.stopped_epoch, stop.best) == (0, 3.0)


@pytest.mark.parametrize(
    ("options", "values", "stopped"),
    [
        ({"patience": 0}, [3, 2, 2, 1], 2),
        ({"patience": 0}, [3], 0),
        ({"patience": 2}, [3, 4, 4, 1], 2),
        ({"patience": 1, "min_delta": 0.5}, [3, 2.6, 1], 1),
        ({"patience": 1, "min_delta": -0.5}, [3, 2.6, 1], 1),
        ({"patience": 1, "mode": "max"}, [3, 4, 5, 4], 3),
        ({"patience": 2, "baseline": 1.0}, [3, 2, 2.5], 2),
        ({"patience": 2, "baseline": 2.5}, [3, 2, 2.5], 0),
        ({"patience": 1, "start_from_epoch": 3}, [3, 4, 5, 6, 7, 8], 4),
        ({"patience": 1}, [np.nan, 4.0, 3.0], 0),
        ({"patience": 1}, [4.0, np.nan, 3.0], 1),
    ],
)
def test_when_it_stops(options, values, stopped):
    stop = callbacks.EarlyStopping("loss", **options)
    model = told(values, stop)
    assert stop.stopped_epoch == stopped
    assert model.stop_training == (stopped > 0)


def test_a_wrong_name_warns_once_and_lists_the_names_there_are():
    model, x, y = line()
    stop = callbacks.EarlyStopping("val_loss")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(x, y, epochs=3, verbose=0, callbacks=[stop])
    (warning,) = [str(each.message) for each in caught]
    assert warning == (
        "EarlyStopping(monitor='val_loss') does nothing: there is no such metric among loss, mae; give fit "
        "validation_data or validation_split"
    )


@pytest.mark.parametrize(
    ("name", "rises"),
    [
        ("loss", False), ("val_loss", False), ("val_accuracy", True), ("acc", True), ("val_auc", True),
        ("mean_squared_error", False), ("output_accuracy", True), ("f1_score", True), ("binary_crossentropy", False),
        ("root_mean_squared_error", False), ("r2_score", True), ("mean_io_u_iou", True), ("val_mae", False),
        ("false_positives", False), ("cosine_similarity", True), ("output_loss", False),
    ],
)  # fmt: skip
def test_auto_knows_whether_a_metric_should_rise(name, rises):
    watch = Monitoring(name, "auto", 0)
    assert watch.is_better(2.0, than=1.0) == rises
    assert watch.is_better(1.0, than=2.0) != rises
    assert not watch.is_better(1.0, than=1.0)


def test_a_metric_with_a_name_of_its_own_is_known_by_its_class():
    from nn import metrics

    model, x, y = line(metrics=[metrics.MeanAbsoluteError(name="distance")])
    stop = callbacks.EarlyStopping("distance", patience=1)
    model.fit(x, y, epochs=3, verbose=0, callbacks=[stop])
    assert stop.stopped_epoch == 0


def test_auto_asks_where_it_cannot_know():
    with pytest.raises(ValueError, match=r"cannot tell whether .* give mode='max' or mode='min'"):
        told([1.0, 2.0], callbacks.EarlyStopping("thing"), "thing")


def test_an_unknown_mode_is_auto_with_a_warning():
    with pytest.warns(UserWarning, match="mode is 'x', 'auto' is taken"):
        stop = callbacks.EarlyStopping("loss", mode="x")
    assert stop.mode == "auto"
