"""Whole algorithms, in which the constructs meet: numerics as it is written by hand."""

import numpy as np

from tests.programs.case import case, normal, positive


def cholesky(a):
    """In place, on the lower triangle."""
    n = a.shape[0]
    low = a @ a.T + 2 * np.eye(n)
    for j in range(n):
        for k in range(j):
            low[j:, j] -= low[j:, k] * low[j, k]
        low[j, j] = np.sqrt(low[j, j])
        low[j + 1 :, j] /= low[j, j]
        low[j, j + 1 :] = 0.0
    return np.sum(np.log(np.diag(low))) + np.sum(low * low * low)


def gaussian_elimination(a, b):
    """With partial pivoting: rows are swapped by integer arrays."""
    a, b = a.copy(), b.copy()
    n = len(b)
    for k in range(n):
        p = k + int(np.argmax(np.abs(a[k:, k])))
        if p != k:
            a[[k, p]] = a[[p, k]]
            b[[k, p]] = b[[p, k]]
        for i in range(k + 1, n):
            factor = a[i, k] / a[k, k]
            a[i, k:] -= factor * a[k, k:]
            b[i] -= factor * b[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return np.sum(x * x)


def tridiagonal(lower, main, upper, b):
    main, b = main.copy(), b.copy()
    n = len(main)
    for i in range(1, n):
        w = lower[i - 1] / main[i - 1]
        main[i] -= w * upper[i - 1]
        b[i] -= w * b[i - 1]
    x = b
    x[-1] /= main[-1]
    for i in reversed(range(n - 1)):
        x[i] = (b[i] - upper[i] * x[i + 1]) / main[i]
    return np.sum(np.sin(x))


def gram_schmidt(m):
    basis = []
    for v in m:
        w = v.copy()
        for b in basis:
            w -= (w @ b) * b
        size = np.linalg.norm(w)
        if size < 1e-8:
            continue
        basis.append(w / size)
    return sum(np.sum(b * np.arange(3.0)) for b in basis) + basis[0][1]


def runge_kutta(state, rate: float):
    def slope(s):
        return np.array([s[1], -rate * np.sin(s[0])])

    h, steps = 0.1, 0
    while steps < 4:
        k1 = slope(state)
        k2 = slope(state + h / 2 * k1)
        k3 = slope(state + h / 2 * k2)
        k4 = slope(state + h * k3)
        state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        steps += 1
    return np.sum(state * state)


def leapfrog(x, v, masses):
    """Three bodies on a line, pair forces written into both of them."""
    x, v = x.copy(), v.copy()
    for _ in range(3):
        force = np.zeros_like(x)
        for i in range(len(x)):
            for j in range(i + 1, len(x)):
                r = x[j] - x[i]
                pull = masses[i] * masses[j] * r / (r * r + 0.1) ** 1.5
                force[i] += pull
                force[j] -= pull
        v += 0.1 * force / masses
        x += 0.1 * v
    return 0.5 * np.sum(masses * v * v)


def edit_distance(costs, a: str, b: str):
    """A table filled by the smallest of three neighbours."""
    table = np.zeros((len(a) + 1, len(b) + 1))
    for i in range(1, len(a) + 1):
        table[i, 0] = table[i - 1, 0] + costs[0]
    for j in range(1, len(b) + 1):
        table[0, j] = table[0, j - 1] + costs[1]
    for i, u in enumerate(a, 1):
        for j, v in enumerate(b, 1):
            change = 0.0 if u == v else costs[2]
            table[i, j] = min(
                table[i - 1, j] + costs[0],
                table[i, j - 1] + costs[1],
                table[i - 1, j - 1] + change,
            )
    return table[-1, -1] ** 2


def viterbi(scores, moves):
    best = scores[0]
    paths = []
    for row in scores[1:]:
        options = best[:, None] + moves
        paths.append(np.argmax(options, axis=0))
        best = np.max(options, axis=0) + row
    k = int(np.argmax(best))
    total = best[k]
    for back in reversed(paths):
        k = int(back[k])
        total = total * 0.9 + scores[0, k]
    return total


def forward_algorithm(start, moves, emissions, observed):
    alpha = start * emissions[:, observed[0]]
    likelihood = 0.0
    for symbol in observed[1:]:
        scale = alpha.sum()
        likelihood += np.log(scale)
        alpha = (alpha / scale) @ moves * emissions[:, symbol]
    return likelihood + np.log(alpha.sum())


def kalman(z, q: float, r: float):
    mean, variance, loss = 0.0, 1.0, 0.0
    for value in z:
        variance += q
        error = value - mean
        total = variance + r
        loss += np.log(total) + error * error / total
        gain = variance / total
        mean += gain * error
        variance *= 1 - gain
    return loss + mean


def lstm_cell(params, xs):
    h, c = np.zeros(2), np.zeros(2)
    for x in xs:
        z = params["w"] @ np.concatenate([x, h]) + params["b"]
        i, f, o, g = np.split(z, 4)
        c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        h = np.tanh(c) / (1 + np.exp(-o))
    return np.sum(h * c)


def attention(x, wq, wk):
    scores = (x @ wq) @ (x @ wk).T / np.sqrt(x.shape[1])
    scores[np.triu_indices(len(x), 1)] = -np.inf
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return np.sum((weights @ x) ** 2)


def convolution(image, kernel):
    rows, columns = image.shape[0] - 1, image.shape[1] - 1
    out = np.zeros((rows, columns))
    for i in range(2):
        for j in range(2):
            out += kernel[i, j] * image[i : i + rows, j : j + columns]
    return np.sum(np.maximum(out, 0) ** 2)


def pooling(image):
    total = 0.0
    for i in range(0, 4, 2):
        for j in range(0, 4, 2):
            total += image[i : i + 2, j : j + 2].max() * (i + 1)
    return total


def power_iteration(m):
    s = m @ m.T
    v = np.ones(len(s))
    value = 0.0
    for _ in range(50):
        w = s @ v
        new = np.linalg.norm(w)
        v = w / new
        if abs(new - value) < 1e-2:
            value = new
            break
        value = new
    else:
        raise ArithmeticError("no convergence")
    return value + v[0]


def secant(a: float):
    def f(x):
        return x**3 - a

    x0, x1 = 1.0, 1.0 + 0.5 * a
    while abs(x1 - x0) > 1e-3:
        f0, f1 = f(x0), f(x1)
        if f1 == f0:
            break
        x0, x1 = x1, x1 - f1 * (x1 - x0) / (f1 - f0)
    return x1


def k_means(points, centres):
    centres = centres.copy()
    for _ in range(2):
        total, count = np.zeros_like(centres), np.zeros(len(centres))
        for p in points:
            k = int(np.argmin(np.sum((centres - p) ** 2, axis=1)))
            total[k] += p
            count[k] += 1
        mask = count > 0
        centres[mask] = total[mask] / count[mask][:, None]
    return np.sum(centres * np.arange(1.0, 5.0).reshape(2, 2))


def game_of_rates(grid):
    """Old and new grid change places every step."""
    old, new = grid.copy(), np.zeros_like(grid)
    for _ in range(3):
        for i in range(1, grid.shape[0] - 1):
            for j in range(1, grid.shape[1] - 1):
                near = old[i - 1 : i + 2, j - 1 : j + 2]
                new[i, j] = 0.1 * np.sum(near) + 0.2 * old[i, j] ** 2
        old, new = new, old
    return np.sum(old * old) + new[1, 1]


def interpolation(x: float, knots, values):
    k = 0
    while k < len(knots) - 2 and x > knots[k + 1]:
        k += 1
    t = (x - knots[k]) / (knots[k + 1] - knots[k])
    return (1 - t) * values[k] + t * t * values[k + 1]


def american_option(s: float, sigma: float):
    n, rate, strike = 4, 0.02, 1.1
    up = np.exp(sigma * np.sqrt(1 / n))
    p = (np.exp(rate / n) - 1 / up) / (up - 1 / up)
    k = np.arange(n + 1)
    values = np.maximum(strike - s * up ** (2.0 * k - n), 0.0)
    for step in range(n - 1, -1, -1):
        held = p * values[1 : step + 2] + (1 - p) * values[: step + 1]
        exercised = strike - s * up ** (2.0 * np.arange(step + 1) - step)
        values[: step + 1] = np.maximum(np.exp(-rate / n) * held, exercised)
    return values[0]


BAND = 3 + positive(4)
STOCHASTIC = np.array([[0.7, 0.3], [0.2, 0.8]])
LSTM = {"w": normal(8, 4) * 0.5, "b": normal(8, seed=1)}
ALL = dict(wrt=(0, 1, 2))
PAIR = dict(wrt=(0, 1))

CASES = [
    case(cholesky, normal(3, 3), rows="store slice; augmented subscript"),
    case(gaussian_elimination, normal(3, 3), normal(3), rows="store integers", **PAIR),
    case(
        tridiagonal,
        normal(3),
        BAND,
        normal(3, seed=1),
        normal(4, seed=2),
        rows="store int; for reversed",
        wrt=(0, 1, 2, 3),
    ),
    case(gram_schmidt, normal(3, 3), rows="augmented array; while continue"),
    case(runge_kutta, normal(2), 1.3, rows="nested closure; while test", **PAIR),
    case(
        leapfrog,
        np.array([0.1, 1.2, 2.9]),
        normal(3),
        positive(3),
        rows="augmented subscript; augmented array",
        **ALL,
    ),
    case(edit_distance, positive(3), "abcb", "bdab", rows="store int"),
    case(viterbi, normal(3, 2), normal(2, 2, seed=1), rows="for reversed", **PAIR),
    case(
        forward_algorithm,
        np.array([0.4, 0.6]),
        STOCHASTIC,
        positive(2, 3),
        [0, 2, 1, 2],
        rows="for list; store integers",
        **ALL,
    ),
    case(kalman, normal(4), 0.2, 0.5, rows="augmented scalar; for array", **ALL),
    case(lstm_cell, LSTM, normal(3, 2), rows="container dict; for array", **PAIR),
    case(
        attention,
        normal(3, 2),
        normal(2, 2, seed=1),
        normal(2, 2, seed=2),
        rows="store integers; augmented array",
        **ALL,
    ),
    case(convolution, normal(3, 4), normal(2, 2, seed=1), rows="store slice", **PAIR),
    case(pooling, normal(4, 4), rows="for step; array method"),
    case(power_iteration, normal(3, 3), rows="for else; effect raise", float32=False),
    case(secant, 2.0, rows="while test; nested closure", float32=False),
    case(k_means, normal(5, 2), normal(2, 2, seed=1), rows="store mask", **PAIR),
    case(game_of_rates, normal(4, 4), rows="store int; assignment nested"),
    case(
        interpolation,
        1.7,
        np.array([0.0, 1.0, 2.5, 3.0]),
        normal(4),
        rows="while test; test and or not",
        **ALL,
    ),
    case(american_option, 1.0, 0.3, rows="store slice; for step", **PAIR),
]
