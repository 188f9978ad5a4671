"""dpc: the gradient of ordinary NumPy, as Python source worth reading."""

from dpc.api import grad, value_and_grad, vjp
from dpc.custom import nondifferentiable, rule
from dpc.errors import (
    ArgumentError,
    ConvergenceError,
    DpcError,
    MaxStepsError,
    NoRuleError,
    SoftMergeError,
    SourceError,
    UnsupportedError,
)
from dpc.runtime import (
    log_sigmoid,
    log_softmax,
    logsumexp,
    relu,
    sigmoid,
    softmax,
    softplus,
    stop_gradient,
)
from dpc.testing import check_grad

__version__ = "0.1"

__all__ = [
    "ArgumentError",
    "ConvergenceError",
    "DpcError",
    "MaxStepsError",
    "NoRuleError",
    "SoftMergeError",
    "SourceError",
    "UnsupportedError",
    "check_grad",
    "grad",
    "log_sigmoid",
    "log_softmax",
    "logsumexp",
    "nondifferentiable",
    "relu",
    "rule",
    "sigmoid",
    "softmax",
    "softplus",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]
