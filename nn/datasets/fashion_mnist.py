"""Fashion-MNIST: Zalando's pictures of articles, by Han Xiao, Kashif Rasul and Roland Vollgraf (MIT licence)."""

from __future__ import annotations

from typing import Any

from .digit_images import load_images
from .sources import File, Source

NAMES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
# The hashes are those of the original files, as many who use them publish them.
SOURCE = Source(
    "fashion-mnist",
    (
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ),
    {
        "train-images-idx3-ubyte.gz": File(
            26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
        ),
        "train-labels-idx1-ubyte.gz": File(29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
        "t10k-images-idx3-ubyte.gz": File(
            4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
        ),
        "t10k-labels-idx1-ubyte.gz": File(5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    },
)


def load_data() -> Any:
    """`(x_train, y_train), (x_test, y_test)`: uint8 images (60000, 28, 28) and (10000, 28, 28), uint8 labels 0 to 9.

    `NAMES[label]` is the article. Raises DataError where a file is bad, and MissingDataError where there is none.

        (x_train, y_train), (x_test, y_test) = nn.datasets.fashion_mnist.load_data()
        x_train, x_valid = x_train[:-5000] / 255, x_train[-5000:] / 255
    """
    return load_images(SOURCE)
