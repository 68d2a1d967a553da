"""Losses: what a model is trained to make small, as functions and as objects with a reduction."""

from .focal import BinaryFocalCrossentropy as BinaryFocalCrossentropy
from .focal import CategoricalFocalCrossentropy as CategoricalFocalCrossentropy
from .focal import Dice as Dice
from .focal import Tversky as Tversky
from .focal import binary_focal_crossentropy as binary_focal_crossentropy
from .focal import categorical_focal_crossentropy as categorical_focal_crossentropy
from .focal import dice as dice
from .focal import tversky as tversky
from .loss import Loss as Loss
from .loss import LossFunctionWrapper as LossFunctionWrapper
from .loss import as_loss as as_loss
from .loss import registry as registry
from .margins import CategoricalHinge as CategoricalHinge
from .margins import Hinge as Hinge
from .margins import SquaredHinge as SquaredHinge
from .margins import categorical_hinge as categorical_hinge
from .margins import hinge as hinge
from .margins import squared_hinge as squared_hinge
from .probabilistic import BinaryCrossentropy as BinaryCrossentropy
from .probabilistic import CategoricalCrossentropy as CategoricalCrossentropy
from .probabilistic import CategoricalGeneralizedCrossEntropy as CategoricalGeneralizedCrossEntropy
from .probabilistic import KLDivergence as KLDivergence
from .probabilistic import Poisson as Poisson
from .probabilistic import SparseCategoricalCrossentropy as SparseCategoricalCrossentropy
from .probabilistic import binary_crossentropy as binary_crossentropy
from .probabilistic import categorical_crossentropy as categorical_crossentropy
from .probabilistic import categorical_generalized_cross_entropy as categorical_generalized_cross_entropy
from .probabilistic import kl_divergence as kl_divergence
from .probabilistic import poisson as poisson
from .probabilistic import sparse_categorical_crossentropy as sparse_categorical_crossentropy
from .regression import CosineSimilarity as CosineSimilarity
from .regression import Huber as Huber
from .regression import LogCosh as LogCosh
from .regression import MeanAbsoluteError as MeanAbsoluteError
from .regression import MeanAbsolutePercentageError as MeanAbsolutePercentageError
from .regression import MeanSquaredError as MeanSquaredError
from .regression import MeanSquaredLogarithmicError as MeanSquaredLogarithmicError
from .regression import cosine_similarity as cosine_similarity
from .regression import huber as huber
from .regression import log_cosh as log_cosh
from .regression import mean_absolute_error as mean_absolute_error
from .regression import mean_absolute_percentage_error as mean_absolute_percentage_error
from .regression import mean_squared_error as mean_squared_error
from .regression import mean_squared_logarithmic_error as mean_squared_logarithmic_error

get, serialize, deserialize = registry.get, registry.to_config, registry.from_config
