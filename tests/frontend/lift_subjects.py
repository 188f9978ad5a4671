"""Programs that are hard to lift: functions as values, arguments of all kinds."""

import functools
import operator

import numpy as np

from tests.programs.case import normal

SUBJECTS = []


def subject(*args):
    def keep(function):
        SUBJECTS.append((function, args))
        return function

    return keep


# Functions as values.


def scaled(w):
    return lambda v: v * w


@subject(1.5, True)
@subject(1.5, False)
def closures_of_two_branches(x, flag):
    if flag:
        f = scaled(x * 2)
    else:
        y = x + 1

        def f(v):
            return v - y

    return f(x) + f(2.0)


@subject(1.5, True)
@subject(1.5, False)
def one_of_two_functions(x, flag):
    f = np.sin if flag else scaled(x)
    return f(x) * f(f(x))


@subject(1.5, 0)
@subject(1.5, 2)
def function_by_a_number(x, k):
    return [np.sin, scaled(x), lambda v: v - x][k](x)


@subject(1.5, None)
@subject(1.5, np.cos)
def function_or_none(x, f):
    g = f if f is not None else scaled(3.0)
    return g(x)


@subject(normal(3))
def closures_made_in_a_loop_and_kept(x):
    kept = []
    for value in x:
        kept.append(scaled(value * 2))
    return sum(f(x[0]) for f in kept)


@subject(normal(3))
def defaults_of_kept_functions(x):
    kept = [lambda v, k=k, w=w: v * k + w for k, w in enumerate(x)]
    return kept[2](x[1]) * kept[0](2.0)


@subject(normal(3))
def sees_what_is_bound_later(x):
    def f():
        return y * 2

    y = x[0]
    first = f()
    y = x[1]
    return first + f()


@subject(2.0)
def decorators(x):
    def twice(f):
        @functools.wraps(f)
        def inner(*args, **kwargs):
            return 2 * f(*args, **kwargs)

        return inner

    def plus(n):
        return lambda f: lambda *args: f(*args) + n

    @twice
    @plus(x)
    def g(v, w=1.0):
        return v * w

    return g(x) * g(x, x)


@subject(2.0, 3.0)
def partial_of_partial(x, y):
    def f(a, b, c, *, d=1.0):
        return a + 10 * b + 100 * c + 1000 * d

    g = functools.partial(functools.partial(f, x, d=y), y)
    return g(1.0) + g(2.0, d=x)


@subject(normal(4))
def functional_style(x):
    total = functools.reduce(lambda a, b: a * 0.5 + b, x)
    start = functools.reduce(operator.add, map(np.sin, x), 1.0)
    kept = list(filter(lambda v: v > 0, x))
    return total + start + len(kept) + sum(filter(None, kept))


@subject(3.0, 4)
def nested_function_that_calls_itself(x, n):
    def power(v, k):
        return v if k == 0 else v * power(v, k - 1)

    return power(x, 3) + n


# Arguments.


def many(a, b=2.0, *rest, c=3.0, **more):
    total = a + 10 * b + 100 * c
    for k, value in enumerate(rest):
        total = total + value * (k + 1) * 1000
    for name, value in more.items():
        total = total + value * len(name) * 7
    return total + 5 * len(rest)


@subject(normal(3))
def all_kinds_of_arguments(x):
    values = [x[0], x[1]]
    options = {"c": x[2], "other": 2.0}
    total = many(*values) + many(x[0], *values, **options) + many(1.0, b=x[1])
    return total + many(*values, *values, c=1.0, **{"z": x[0]})


@subject(normal(5))
def stars_of_unknown_length(x):
    return many(*x) + many(*x[:2], c=x[0]) + max(*x)


def pair(a, b):
    return a - b


@subject(normal(2))
def star_that_fills_parameters(x):
    return pair(*x) + pair(x[0], *x[1:]) + pair(*(v * 2 for v in x))


def shared_default(v, seen=[0.5, 2.0]):  # noqa: B006
    return v * seen[0] + seen[1]


@subject(1.2)
def defaults_are_live(x):
    return shared_default(x) + shared_default(x, [x, x])


def handed_on(*args, **kwargs):
    return many(*args, **kwargs)


@subject(1.2)
def keyword_dictionaries(x):
    return handed_on(x, q=x) + handed_on(b=x, a=2.0, **dict(w=x))


@subject(normal(3), {"c": 2.0, "other": 1.5})
@subject(normal(3), {})
def keywords_that_are_not_known(x, options):
    def plain(a, b=2.0, *, c=3.0, other=0.0):
        return a + b * c - other

    return (
        many(x[0], **options) + plain(x[1], **options) + plain(1.0, b=x[2], **options)
    )


@subject((1.0, 2.0))
@subject([3.0])
@subject([1.0, 2.0, 3.0, 4.0])
def arguments_that_are_not_known(values):
    def plain(a, b=2.0, c=3.0, d=4.0):
        return a + b * 10 + c * 100 + d * 1000

    return plain(*values) + many(*values) + many(5.0, *values)


@subject(normal(4), True)
@subject(normal(4), False)
def sorted_either_way(x, down):
    return sorted(x, key=lambda v: v * v, reverse=down)[0]
