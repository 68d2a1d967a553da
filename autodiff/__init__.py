"""autodiff: automatic differentiation of NumPy code that you can see through.

>>> w = ad.tensor([1.0, 2.0], requires_grad=True)
>>> loss = np.sum(w**2)
>>> loss.backward()
>>> w.grad
array([2., 4.])
"""

from typing import TYPE_CHECKING, Any

from . import methods as methods
from . import ops as ops
from .checking import check_grads as check_grads
from .checkpoint import checkpoint as checkpoint
from .context import no_grad as no_grad
from .context import scope as scope
from .custom import custom as custom
from .custom import stop_gradient as stop_gradient
from .debugging import debug as debug
from .forward import hessian as hessian
from .forward import hvp as hvp
from .forward import jacobian as jacobian
from .forward import jvp as jvp
from .graph import Graph as Graph
from .observing import observe as observe
from .ops.images import avg_pool2d as avg_pool2d
from .ops.images import conv2d as conv2d
from .ops.images import max_pool2d as max_pool2d
from .ops.indexing import at as at
from .ops.losses import binary_cross_entropy as binary_cross_entropy
from .ops.losses import cross_entropy as cross_entropy
from .ops.losses import one_hot as one_hot
from .ops.random import dropout as dropout
from .ops.random import normal as normal
from .ops.random import uniform as uniform
from .ops.special import elu as elu
from .ops.special import erf as erf
from .ops.special import gelu as gelu
from .ops.special import hard_sigmoid as hard_sigmoid
from .ops.special import leaky_relu as leaky_relu
from .ops.special import log_sigmoid as log_sigmoid
from .ops.special import log_softmax as log_softmax
from .ops.special import logsumexp as logsumexp
from .ops.special import mish as mish
from .ops.special import relu as relu
from .ops.special import relu6 as relu6
from .ops.special import selu as selu
from .ops.special import sigmoid as sigmoid
from .ops.special import silu as silu
from .ops.special import softmax as softmax
from .ops.special import softplus as softplus
from .ops.special import softsign as softsign
from .reverse import gradients as gradients
from .tensor import Tensor as Tensor
from .tensor import tensor as tensor
from .transforms import grad as grad
from .transforms import value_and_grad as value_and_grad
from .transforms import vjp as vjp

if TYPE_CHECKING:
    from .compiler import compile as compile
    from .drawing import draw as draw
    from .explorer import explore as explore

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """What takes long to import is imported when it is first asked for: Graphviz takes half as long as NumPy."""
    if name == "compile":
        from .compiler import compile

        return compile
    if name in ("draw", "explore"):
        from . import drawing, explorer

        return {"draw": drawing.draw, "explore": explorer.explore}[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
