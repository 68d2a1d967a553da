"""Initializers: callables that make the first values of a variable, by the names and arguments of Keras.

Each takes a shape and a dtype (`floatx()` if not given) and gives an array. With a `seed` of its own an
initializer gives the same numbers in each call, as in Keras; without one it goes on in a sequence that
follows from `set_random_seed`, so that one object can serve several layers (in Keras they would all start
with the same weights). The distributions are those of Keras, the numbers themselves are not.
"""

from .constants import Constant as Constant
from .constants import Identity as Identity
from .constants import Ones as Ones
from .constants import Zeros as Zeros
from .distributions import Orthogonal as Orthogonal
from .distributions import RandomNormal as RandomNormal
from .distributions import RandomUniform as RandomUniform
from .distributions import TruncatedNormal as TruncatedNormal
from .registered import Initializer as Initializer
from .registered import registry as registry
from .scaling import GlorotNormal as GlorotNormal
from .scaling import GlorotUniform as GlorotUniform
from .scaling import HeNormal as HeNormal
from .scaling import HeUniform as HeUniform
from .scaling import LecunNormal as LecunNormal
from .scaling import LecunUniform as LecunUniform
from .scaling import VarianceScaling as VarianceScaling
from .scaling import compute_fans as compute_fans

get, serialize, deserialize = registry.get, registry.to_config, registry.from_config

# Keras' other names
zeros, ones, constant, identity = Zeros, Ones, Constant, Identity
random_normal, random_uniform, truncated_normal = RandomNormal, RandomUniform, TruncatedNormal
orthogonal, variance_scaling = Orthogonal, VarianceScaling
glorot_uniform, glorot_normal = GlorotUniform, GlorotNormal
he_uniform, he_normal = HeUniform, HeNormal
lecun_uniform, lecun_normal = LecunUniform, LecunNormal
IdentityInitializer, OrthogonalInitializer = Identity, Orthogonal
