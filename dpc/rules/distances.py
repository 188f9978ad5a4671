"""`scipy.spatial.distance`: distances of points, at 0 with the derivative 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.rules import domains as D
from dpc.rules.composed import composition
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import applied, as_array

rules = RuleSet("distances")


def distance(metric: Any, a: Any, b: Any, **given: Any) -> Any:
    """Distances along the last axis."""
    known = {name: value for name, value in given.items() if value is not None}
    formula = METRICS.get(metric) if isinstance(metric, str) else None
    if formula is None or not set(known) <= set(OPTIONS.get(str(metric), ())):
        raise Refused(f"the distance {metric!r} with these options has no rule")
    return formula(a, b, **known)


def _length(x: Any, ord: Any = 2) -> Any:
    return np.linalg.norm(x, ord, axis=-1)


def _cosine(a: Any, b: Any) -> Any:
    return 1 - np.sum(a * b, axis=-1) / (_length(a) * _length(b))


def _centered(x: Any) -> Any:
    return x - np.mean(x, axis=-1, keepdims=True)


def _minkowski(a: Any, b: Any, p: Any = 2) -> Any:
    return _length(a - b, p)


def _standardised(a: Any, b: Any, V: Any = None) -> Any:
    if V is None:
        raise Refused("the distance 'seuclidean' has a rule where V is given")
    return _length((a - b) / np.sqrt(V))


def _mahalanobis(a: Any, b: Any, VI: Any = None) -> Any:
    if VI is None:
        raise Refused("the distance 'mahalanobis' has a rule where VI is given")
    away = a - b
    square = np.sum((away @ VI) * away, axis=-1)
    # Where two points are one the root has no slope, and the distance counts as flat.
    apart = square != 0
    return np.where(apart, np.sqrt(np.where(apart, square, 1.0)), square)


def _canberra(a: Any, b: Any) -> Any:
    return np.sum(np.abs(a - b) / (np.abs(a) + np.abs(b)), axis=-1)


def _bray_curtis(a: Any, b: Any) -> Any:
    return np.sum(np.abs(a - b), axis=-1) / np.sum(np.abs(a + b), axis=-1)


METRICS: dict[str, Any] = {
    "euclidean": lambda a, b: _length(a - b),
    "sqeuclidean": lambda a, b: np.sum((a - b) * (a - b), axis=-1),
    "cityblock": lambda a, b: np.sum(np.abs(a - b), axis=-1),
    "chebyshev": lambda a, b: np.max(np.abs(a - b), axis=-1),
    "minkowski": _minkowski,
    "cosine": _cosine,
    "correlation": lambda a, b: _cosine(_centered(a), _centered(b)),
    "seuclidean": _standardised,
    "mahalanobis": _mahalanobis,
    "canberra": _canberra,
    "braycurtis": _bray_curtis,
}
OPTIONS = {"minkowski": ("p",), "seuclidean": ("V",), "mahalanobis": ("VI",)}


def _clouds(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 2 or not all(shape) or shape[1] < 2:
        return []
    a = b = drawn(rng, shape)
    while np.min(np.abs(a[:, None] - b)) < 0.03 or np.min(np.abs(a)) < 0.03:
        a, b = drawn(rng, shape), rng.uniform(-2, 2, (4, shape[1]))
    spread, inverse = np.arange(1.0, shape[1] + 1), 2 * np.eye(shape[1]) + 0.3
    plain = [m for m in METRICS if m not in OPTIONS]
    calls = [D.call(a, b, metric) for metric in plain]
    calls += [D.call(a, b, "minkowski", p=3), D.call(a, b, "seuclidean", V=spread)]
    return [*calls, D.call(a, b), D.call(a, b, metric="mahalanobis", VI=inverse)]


@composition(rules, "scipy.spatial.distance.cdist", domain=_clouds)
def cdist(
    XA: Any,
    XB: Any,
    metric: Any = "euclidean",
    *,
    p: Any = None,
    V: Any = None,
    VI: Any = None,
) -> Any:
    a, b = as_array(XA)[:, None, :], as_array(XB)[None, :, :]
    return distance(metric, a, b, p=p, V=V, VI=VI)


def _one_cloud(rng: Any, shape: Any) -> list[D.Call]:
    metrics = ("euclidean", "sqeuclidean", "cosine")
    return [D.call(c.args[1], m) for c in _clouds(rng, shape)[:1] for m in metrics]


@composition(rules, "scipy.spatial.distance.pdist", domain=_one_cloud)
def pdist(
    X: Any,
    metric: Any = "euclidean",
    *,
    p: Any = None,
    V: Any = None,
    VI: Any = None,
) -> Any:
    points = as_array(X)
    pairs = applied("np.triu_indices", points.shape[0], 1)
    a, b = points[pairs[0]], points[pairs[1]]
    return distance(metric, a, b, p=p, V=V, VI=VI)


def _vectors(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 1 or shape[0] < 2:
        return []
    return [D.call(drawn(rng, shape), drawn(rng, shape) + 0.07)]


def _of_two(name: str) -> None:
    @composition(rules, f"scipy.spatial.distance.{name}", domain=_vectors)
    def of_two(u: Any, v: Any) -> Any:
        return distance(name, as_array(u), as_array(v))


for _name in METRICS:
    if _name not in OPTIONS:
        _of_two(_name)
