"""The same programs for autograd: the reference file with `np` rebound to its own."""

from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp

from tests.bench import reference


def jacobi_2d(a, b, steps):  # type: ignore[no-untyped-def]
    """The stencil without stores, which autograd has not: interiors are padded."""
    inside = anp.pad(anp.ones((a.shape[0] - 2, a.shape[1] - 2)), 1, "constant")

    def relaxed(a, border):  # type: ignore[no-untyped-def]
        middle = a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1]
        return anp.pad(0.2 * middle, 1, "constant") + border

    a_border, b_border = a * (1 - inside), b * (1 - inside)
    for _ in range(steps):
        b = relaxed(a, b_border)
        a = relaxed(b, a_border)
    return anp.sum(a * a)


def gradient(program: reference.Program) -> Callable[..., Any]:
    """The gradient as autograd computes it."""
    module = reference.load("reference_programs_for_autograd")
    module.np = anp  # type: ignore[attr-defined]
    own = {"jacobi_2d": jacobi_2d}
    primal = own.get(program.name) or getattr(module, program.name)
    return autograd.grad(primal, program.positions)  # type: ignore[no-any-return]
