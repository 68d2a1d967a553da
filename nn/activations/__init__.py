"""Activation functions, by the names and with the arguments of Keras, and three more from the lectures.

Each takes an array or a tensor of floats, of any shape, and gives the same shape and dtype. What a
function's `Source` does not say, https://keras.io/api/layers/activations/ does.

Edge values: a kink has the subgradient of least norm, as in autodiff (but see `elu`); a jump has derivative 0;
NaN stays NaN; the largest finite numbers give finite results, and no warnings (but for `exponential`).
"""

from typing import Any

from .along_axis import glu as glu
from .along_axis import log_softmax as log_softmax
from .along_axis import softmax as softmax
from .along_axis import sparsemax as sparsemax
from .pieces import hard_shrink as hard_shrink
from .pieces import hard_sigmoid as hard_sigmoid
from .pieces import hard_silu as hard_silu
from .pieces import hard_tanh as hard_tanh
from .pieces import leaky_relu as leaky_relu
from .pieces import linear as linear
from .pieces import piecewise_linear as piecewise_linear
from .pieces import relu as relu
from .pieces import relu6 as relu6
from .pieces import soft_shrink as soft_shrink
from .pieces import sparse_plus as sparse_plus
from .pieces import sparse_sigmoid as sparse_sigmoid
from .pieces import step as step
from .pieces import threshold as threshold
from .registered import registry as registry
from .smooth import celu as celu
from .smooth import elu as elu
from .smooth import exponential as exponential
from .smooth import gaussian as gaussian
from .smooth import gelu as gelu
from .smooth import log_sigmoid as log_sigmoid
from .smooth import mish as mish
from .smooth import selu as selu
from .smooth import sigmoid as sigmoid
from .smooth import silu as silu
from .smooth import softplus as softplus
from .smooth import softsign as softsign
from .smooth import squareplus as squareplus
from .smooth import tanh as tanh
from .smooth import tanh_shrink as tanh_shrink

swish = silu
hard_swish = hard_silu

serialize = registry.to_config


def get(identifier: Any) -> Any:
    """The function of a name; a function is given back, and None stands for `linear`.

    Raises ValueError for an unknown name, which tells close ones.

    >>> get("swish") is silu, get(None) is linear
    (True, True)
    """
    return linear if identifier is None else registry.get(identifier)


def deserialize(config: Any) -> Any:
    """The function that `serialize` was given."""
    return linear if config is None else registry.from_config(config)
