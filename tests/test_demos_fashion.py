"""Which data the demo of Fashion-MNIST trains on, and that it says so."""

import numpy as np
import pytest

for _name in ("matplotlib", "sklearn", "tqdm"):
    pytest.importorskip(_name)

# After the skip: the demos need an extra.
import nn  # noqa: E402 (after importorskip)
from demos import articles, fashion, session  # noqa: E402 (after importorskip)
from demos.report import Report  # noqa: E402 (after importorskip)


@pytest.fixture
def offline(monkeypatch):
    def load_data():
        raise nn.datasets.MissingDataError("nobody answers; put train-images-idx3-ubyte.gz into the cache")

    monkeypatch.setattr(nn.datasets.fashion_mnist, "load_data", load_data)


def part(count):
    return np.full((count, 28, 28), 51, np.uint8), (np.arange(count) % 10).astype(np.uint8)


@pytest.mark.parametrize(("own", "origin"), [(True, "from NN_DATA_DIR"), (False, "downloaded")])
def test_articles_where_they_are_to_be_had(own, origin, monkeypatch, tmp_path):
    (tmp_path / "fashion-mnist").mkdir()
    if own:
        (tmp_path / "fashion-mnist" / "train-images-idx3-ubyte.gz").touch()
    monkeypatch.setenv("NN_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(nn.datasets.fashion_mnist, "load_data", lambda: (part(6000), part(10)))
    images = articles.load()
    assert (images.title, images.missing) == (f"Fashion-MNIST, {origin}", "")
    assert [len(x) for x, _ in (images.train, images.validation, images.test)] == [1000, 5000, 10]
    assert images.train[0].dtype == np.float32
    assert set(images.test[0].ravel()) == {np.float32(0.2)}


def test_digits_where_they_are_not(offline):
    images = articles.load()
    assert images.title == "scikit-learn's digits"
    assert [len(x) for x, _ in (images.train, images.validation, images.test)] == [1137, 300, 360]
    assert (images.train[0].min(), images.train[0].max()) == (0, 1)


def test_the_demo_says_what_it_trains_on_and_what_is_missing(offline, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(fashion, "EPOCHS", 1)
    monkeypatch.setattr(fashion, "show", lambda *parts: None)
    fashion.demo(Report(tmp_path), session.Training())
    told = capsys.readouterr().out
    assert "300-100-10 on scikit-learn's digits" in told
    assert "neither under NN_DATA_DIR nor downloaded. nobody answers; put train-images-idx3-ubyte.gz" in told
