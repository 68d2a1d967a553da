"""MNIST: handwritten digits, by Yann LeCun, Corinna Cortes and Christopher Burges (CC BY-SA 3.0)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .digit_images import load_images, load_npz
from .sources import File, Source

# The hashes are those of the original files, as many who mirror them publish them.
SOURCE = Source(
    "mnist",
    ("https://storage.googleapis.com/cvdf-datasets/mnist/", "https://ossci-datasets.s3.amazonaws.com/mnist/"),
    {
        "train-images-idx3-ubyte.gz": File(
            9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
        ),
        "train-labels-idx1-ubyte.gz": File(28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        "t10k-images-idx3-ubyte.gz": File(
            1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
        ),
        "t10k-labels-idx1-ubyte.gz": File(4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    },
)


def load_data(path: str = "mnist.npz") -> Any:
    """`(x_train, y_train), (x_test, y_test)`: uint8 images (60000, 28, 28) and (10000, 28, 28), uint8 labels 0 to 9.

    An absolute `path` is read, an `.npz` file with the arrays x_train, y_train, x_test, y_test; any other is Keras'
    name for the file in its own cache, and stands for the files that are found or downloaded here.
    Raises DataError where a file is bad, and MissingDataError where there is none.

        (x_train, y_train), (x_test, y_test) = nn.datasets.mnist.load_data()
        model.fit(x_train / 255, y_train, validation_data=(x_test / 255, y_test))
    """
    return load_npz(Path(path)) if Path(path).is_absolute() else load_images(SOURCE)
