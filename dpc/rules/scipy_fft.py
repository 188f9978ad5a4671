"""`scipy.fft`: the transforms of `np.fft`, by the rules of these."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.rules.composed import composition
from dpc.rules.fft import calls, frequencies, grids, shifts, swapped
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import applied

rules = RuleSet("scipy_fft")


def _along_one(name: str, domain: Any) -> None:
    @composition(rules, f"scipy.fft.{name}", domain=domain)
    def transform(
        x: Any,
        n: Any = None,
        axis: Any = -1,
        norm: Any = None,
        overwrite_x: Any = False,
        workers: Any = None,
    ) -> Any:
        return applied(f"np.fft.{name}", x, n, axis=axis, norm=norm)


for _name in ("fft", "ifft"):
    _along_one(_name, calls())
for _name in ("rfft", "ihfft"):
    _along_one(_name, calls(real=True))
for _name in ("irfft", "hfft"):
    _along_one(_name, calls(least=2, lengths=(None, 3, 6)))


def _along_several(name: str, axes_: Any, domain: Any) -> None:
    @composition(rules, f"scipy.fft.{name}", domain=domain)
    def transform(
        x: Any,
        s: Any = None,
        axes: Any = axes_,
        norm: Any = None,
        overwrite_x: Any = False,
        workers: Any = None,
    ) -> Any:
        return applied(f"np.fft.{name}", x, s, axes=axes, norm=norm)


for _first in ("fft", "ifft", "rfft", "irfft"):
    _grids = grids(_first == "rfft", 2 if _first == "irfft" else 1)
    _along_several(f"{_first}2", (-2, -1), _grids)
    _along_several(f"{_first}n", None, _grids)


def _of_half(name: str, inner: str, axes_: Any, domain: Any) -> None:
    """Real numbers with a spectrum that is symmetric, or half of one with real numbers:
    transforms the other way, between conjugates."""

    @composition(rules, f"scipy.fft.{name}", domain=domain)
    def transform(
        x: Any,
        s: Any = None,
        axes: Any = axes_,
        norm: Any = None,
        overwrite_x: Any = False,
        workers: Any = None,
    ) -> Any:
        named = {"axes": axes, "norm": swapped(norm, name)}
        if inner[0] == "i":
            return applied(f"np.fft.{inner}", np.conj(x), s, **named)
        return np.conj(applied(f"np.fft.{inner}", x, s, **named))


for _last, _axes in (("2", (-2, -1)), ("n", None)):
    _of_half(f"hfft{_last}", f"irfft{_last}", _axes, grids(False, 2))
    _of_half(f"ihfft{_last}", f"rfft{_last}", _axes, grids(True))


def _shift(name: str) -> None:
    @composition(rules, f"scipy.fft.{name}", domain=shifts)
    def shift(x: Any, axes: Any = None) -> Any:
        return applied(f"np.fft.{name}", x, axes=axes)


_shift("fftshift")
_shift("ifftshift")


def _spaced(name: str) -> None:
    @composition(rules, f"scipy.fft.{name}", domain=frequencies)
    def spaced(n: Any, d: Any = 1.0) -> Any:
        return applied(f"np.fft.{name}", n, d=d)


_spaced("fftfreq")
_spaced("rfftfreq")
rules.constant("scipy.fft.next_fast_len", "scipy.fft.prev_fast_len")
