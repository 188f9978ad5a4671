"""Lists, tuples and dicts of differentiated values: literals, index, append, pop."""

from collections import namedtuple

import numpy as np

from tests.programs.case import case, normal


def list_literal(x: float, y: float):
    parts = [x, x * y, [y, 2.0]]
    parts[0] = parts[1] * parts[2][0]
    return parts[0] * parts[-1][1] + parts[1]


def list_slices(x):
    parts = [x[0], x[1], x[2], x[0] * x[1]]
    tail = parts[1:]
    tail[0] = x[2] ** 2
    both = tail[::-1] + parts[:2] + [1.0] * 2
    return sum(both) * both[0] + parts[1] * tail[0] + both[-3]


def list_aliases(x):
    a = [x[0], x[1]]
    b = a
    b.append(a[0] * x[2])
    c = list(a)
    c[0] = 1.0
    return a[2] * a[0] + len(a) * c[0] * c[1]


def append_in_a_loop(x: float):
    history = []
    for k in range(4):
        x = np.sin(x) * (k + 1)
        history.append(x)
    total = 0.0
    for k, value in enumerate(history):
        total += value * 0.5 ** (len(history) - k)
    return total * history[1]


def append_some(x):
    kept = []
    for value in x:
        if value > 0:
            kept.append(value * value)
    return sum(kept) * len(kept)


def extend_and_pop(x):
    parts = [x[0]]
    parts.extend([x[1] * x[0], x[2]])
    parts.extend(x)
    last = parts.pop()
    first = parts.pop(0)
    return last * first + parts[0] * parts[-1] + len(parts)


def extended_by_itself(x):
    rows = [x * 2]
    for k in range(2):
        rows.extend(row * x[k] for row in rows[:])
    rows.extend(rows[:1])
    return sum(np.sum(row) for row in rows) * rows[-1][0]


def insert_and_reverse(x):
    parts = [x[0], x[1]]
    parts.insert(1, x[2] * x[0])
    parts.reverse()
    return parts[0] * 2 + parts[1] ** 2 - parts[2]


def stack_machine(x):
    """A reverse Polish calculator: a list as a stack."""
    stack = []
    for symbol in ["x", "y", "*", "z", "+", "x", "*"]:
        if symbol == "*":
            stack.append(stack.pop() * stack.pop())
        elif symbol == "+":
            right = stack.pop()
            stack[-1] += right
        else:
            stack.append(x["xyz".index(symbol)])
    return stack[0] + len(stack)


def queue_of_arrays(x):
    queue = [x * 1.0]
    total = 0.0
    while queue:
        y = queue.pop(0)
        total += np.sum(y * y) * 0.5
        if len(y) > 1:
            queue.append(y[1:] * y[0])
            queue.append(y[: len(y) // 2])
    return total


def tuple_literal(x: float, y: float):
    pair = (x * y, (x, y))
    swapped = pair[::-1]
    return swapped[1] * swapped[0][0] + (*pair[1], 2.0)[1]


def tuple_state(x: float):
    state = (x, 1.0)
    for _ in range(4):
        state = (state[1] * x, state[0] + state[1])
    return state[0] * state[1]


def dict_literal(x):
    params = {"w": x[:2], "b": x[2], 3: [x[0]]}
    params["w"] = params["w"] * params["b"]
    params["new"] = params[3][0] * 2
    return np.sum(params["w"]) * params["new"] + len(params)


def dict_methods(x):
    d = dict(a=x[0], b=x[1] * x[2])
    d.update({"c": d["a"] * 2})
    total = sum(d.values()) * d.get("a") + d.get("missing", 2.0)
    for key, value in d.items():
        total += value * len(key) * x[0]
    return total * d.pop("b") + len(d) + d.setdefault("a", 1.0)


def dict_grows_in_a_loop(x):
    memo = {0: x[0], 1: x[1]}
    for k in range(2, 6):
        memo[k] = memo[k - 1] * memo[k - 2] + x[2]
    return memo[5] + memo[3]


def dict_of_counts(x, words):
    totals = {}
    for word, value in zip(words, x):
        if word not in totals:
            totals[word] = 0.0
        totals[word] += value * value
    return totals["a"] * totals["b"]


def merged(x: float, y: float):
    base = {"p": x, "q": 1.0}
    both = {**base, "q": y * x}
    base["p"] = 5.0
    parts = [*both.values(), y]
    return both["p"] * both["q"] + parts[0] * parts[2] + base["p"]


def parameters_in_a_list(layers, x):
    for w, b in layers:
        x = np.tanh(w @ x + b)
    return np.sum(x)


def parameters_in_a_dict(params, x):
    h = np.tanh(params["first"]["w"] @ x + params["first"]["b"])
    return params["scale"] * (params["w"] @ h) + len(params["name"])


def parameters_in_tuples(params):
    (a, b), c = params
    return np.sum(a * b) * c[0] + c[1]


Bounds = namedtuple("Bounds", "low high")


def constants_in_containers(x, bounds, names):
    y = np.clip(x, bounds.low, bounds.high) * len(names[0])
    for name in names:
        if name == "double":
            y = y * 2
    return np.sum(y * x)


def array_from_list(x: float, y: float):
    rows = []
    for k in range(3):
        rows.append([x * k, y**k])
    m = np.array(rows)
    return np.sum(m * m) + m[1, 1] * m[2, 0]


def stack_from_list(x):
    states = [x]
    for _ in range(3):
        states.append(np.sin(states[-1] + x))
    m = np.stack(states)
    return np.sum(m[1:] * m[:-1]) + np.concatenate(states)[2]


def last_elements(x):
    window = [0.0, 0.0]
    total = 0.0
    for value in x:
        window = window[1:] + [value]
        total += window[0] * window[1]
    return total


def read_before_it_is_replaced(x):
    """What has been read stays what it was, and keeps its own adjoint."""
    items = [x * x, x * 2.0]
    items[1][0] = 1.0

    def put(value):
        items[0] = value
        return value * value

    total = items[0] * put(np.sin(x))
    return np.sum(total * items[0] * items[1])


def copied_containers(x):
    a = [x[0], x[1]]
    b = a.copy()
    b[0] = x[1] * 2
    d = {"a": a}
    e = d.copy()
    e["a"][1] = x[2] * b[0]
    return a[1] * b[1] + d["a"][0]


def index_and_count(x):
    order = [3, 1, 2]
    parts = [v * v for v in x]
    return parts[order.index(1)] * order.count(2) + parts[max(order) - 1] * parts[0]


LAYERS = [(normal(2, 2), normal(2)), (normal(2, 2, seed=1), normal(2, seed=2))]
TREE = {
    "first": {"w": normal(2, 3), "b": normal(2, seed=1)},
    "w": normal(2, seed=2),
    "scale": 0.7,
    "name": "net",
    "none": None,
    "steps": 3,
}
PAIRS = ((normal(2), normal(2, seed=1)), [0.5, 1.5])

CASES = [
    case(list_literal, 0.7, 1.3, rows="container list; container index", wrt=(0, 1)),
    case(list_slices, normal(3), rows="container list; container index"),
    case(list_aliases, normal(3), rows="container list; container append"),
    case(append_in_a_loop, 0.7, rows="container append; for enumerate"),
    case(append_some, normal(5), rows="container append; test if"),
    case(extended_by_itself, normal(2), rows="container extend"),
    case(extend_and_pop, normal(3), rows="container extend; container pop"),
    case(insert_and_reverse, normal(3), rows="container list"),
    case(stack_machine, normal(3), rows="container pop; container append"),
    case(queue_of_arrays, normal(4), rows="container pop; while test"),
    case(tuple_literal, 0.7, 1.3, rows="container tuple", wrt=(0, 1)),
    case(tuple_state, 0.7, rows="container tuple; for range"),
    case(dict_literal, normal(3), rows="container dict; container index"),
    case(dict_methods, normal(3), rows="container dict; for items"),
    case(dict_grows_in_a_loop, normal(3), rows="container dict; store container"),
    case(dict_of_counts, normal(4), "abba", rows="container dict; test in"),
    case(merged, 0.7, 1.3, rows="container dict; container list", wrt=(0, 1)),
    case(
        parameters_in_a_list,
        LAYERS,
        normal(2, seed=3),
        rows="container list; for list",
        wrt=(0, "x"),
    ),
    case(parameters_in_a_dict, TREE, normal(3), rows="container dict", wrt=(0, 1)),
    case(parameters_in_tuples, PAIRS, rows="container tuple"),
    case(
        constants_in_containers,
        normal(3),
        Bounds(-0.5, 0.4),
        ["a", "double"],
        rows="object NamedTuple; for list",
        wrt=(0, 1),
    ),
    case(array_from_list, 0.7, 1.3, rows="container append", wrt=(0, 1)),
    case(stack_from_list, normal(2), rows="container append; call numpy"),
    case(last_elements, normal(4), rows="container list; for array"),
    case(
        read_before_it_is_replaced,
        normal(3),
        rows="container list; store container; nested def",
    ),
    case(copied_containers, normal(3), rows="container list; array copy"),
    case(index_and_count, normal(3), rows="container list; container index"),
    case(extend_and_pop, normal(5), rows="container extend"),
]
