"""dpc: the gradient of ordinary NumPy, as Python source worth reading."""

from dpc.api import (
    batch,
    gap,
    grad,
    jacobian,
    jvp,
    pushforward,
    soften,
    value_and_grad,
    vjp,
)
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
from dpc.graphs.run import graph
from dpc.implicit import fixed_point, root
from dpc.runtime import (
    anneal,
    checkpoint,
    hard,
    index,
    log_sigmoid,
    log_softmax,
    logsumexp,
    prob,
    range,
    relu,
    sigmoid,
    soft,
    softmax,
    softplus,
    stop_gradient,
    temperature,
)
from dpc.testing import check_grad
from dpc.tracing import trace

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
    "anneal",
    "batch",
    "check_grad",
    "checkpoint",
    "fixed_point",
    "gap",
    "grad",
    "graph",
    "hard",
    "index",
    "jacobian",
    "jvp",
    "log_sigmoid",
    "log_softmax",
    "logsumexp",
    "nondifferentiable",
    "prob",
    "pushforward",
    "range",
    "relu",
    "root",
    "rule",
    "sigmoid",
    "soft",
    "soften",
    "softmax",
    "softplus",
    "stop_gradient",
    "temperature",
    "trace",
    "value_and_grad",
    "vjp",
]
