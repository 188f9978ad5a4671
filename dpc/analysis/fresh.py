"""Which calls make an array that nothing else refers to, so that it may be written.

Functions of NumPy say so in their rules. Of the runtime functions that adjoints call,
most may return what they are given, a part of it, or one element that stands for all of
them; those that never do are listed.
"""

from __future__ import annotations

from dpc.ir.library import Library
from dpc.ir.nodes import Apply

# They make an array like their first operand, whatever that holds.
LIKE = frozenset(
    "np.zeros_like np.ones_like np.empty_like np.full_like dpc.shadow dpc.zeros "
    "dpc.zero_tangent".split()
)
_NOT_MADE = frozenset("getitem getattr tuple list dict call np.copy".split())
_MAKERS = frozenset(
    f"dpc.{name}"
    for name in (
        "added copy_tree masked quotient ratio power power_slope power_log "
        "sigmoid softmax log_softmax relu leaky_relu silu softplus log_sigmoid "
        "scatter scatter_along_axis matmul_left matmul_right dot_left dot_right "
        "matmul_as outer_as solve_as norm_slope products_before sums_after share_ties "
        "undiagonal undiff unpair unrepeat untile unquantile full_convolution"
    ).split()
)


def makes_array(library: Library, call: Apply) -> bool:
    """The call computes an array of its own; a mere copy does not count."""
    if call.fn.startswith("dpc."):
        return call.fn in _MAKERS
    return library[call.fn].memory == "fresh" and call.fn not in _NOT_MADE
