"""The examples' losses written for PyTorch, operation by operation the same.

Each takes what the example's loss takes, as tensors of double precision.
"""

import torch
from torch import Tensor


def linear_recurrence(cell, x):  # type: ignore[no-untyped-def]
    h = x.new_zeros(x.shape[0], cell.u.shape[0])
    for t in range(x.shape[1]):
        h = torch.tanh(x[:, t] @ cell.w + h @ cell.u + cell.b)
    return h


def lstm(cell, x):  # type: ignore[no-untyped-def]
    units = cell.u.shape[0]
    h = x.new_zeros(x.shape[0], units)
    c = torch.zeros_like(h)
    for t in range(x.shape[1]):
        z = x[:, t] @ cell.w + h @ cell.u + cell.b
        i, f, o = torch.sigmoid(z[:, : 3 * units]).chunk(3, 1)
        c = f * c + i * torch.tanh(z[:, 3 * units :])
        h = o * torch.tanh(c)
    return h


def gru(cell, x):  # type: ignore[no-untyped-def]
    units = cell.u.shape[0]
    h = x.new_zeros(x.shape[0], units)
    for t in range(x.shape[1]):
        a = x[:, t] @ cell.w + cell.b
        b = h @ cell.u
        r, z = torch.sigmoid(a[:, : 2 * units] + b[:, : 2 * units]).chunk(2, 1)
        candidate = torch.tanh(a[:, 2 * units :] + r * b[:, 2 * units :])
        h = (1 - z) * candidate + z * h
    return h


def adding(network):  # type: ignore[no-untyped-def]
    def loss(cell, x, target):  # type: ignore[no-untyped-def]
        answer = network(cell, x) @ cell.out + cell.shift
        return torch.mean((answer - target) ** 2)

    return loss


# CiteSeer


def mlp(layers, words, neighbours, keeps):  # type: ignore[no-untyped-def]
    w, b = layers[0]
    h = torch.sparse.mm(words, w) + b
    for (w, b), keep in zip(layers[1:], keeps, strict=True):
        h = (torch.relu(h) * keep) @ w + b
    return h


def gcn(layers, words, adjacency, keeps):  # type: ignore[no-untyped-def]
    w, b = layers[0]
    h = torch.sparse.mm(adjacency, torch.sparse.mm(words, w)) + b
    for (w, b), keep in zip(layers[1:], keeps, strict=True):
        h = torch.sparse.mm(adjacency, (torch.relu(h) * keep) @ w) + b
    return h


def attention(p, words, ends, keeps):  # type: ignore[no-untyped-def]
    """Ends are the numbers of the nodes at the targets and the sources of the edges."""
    target, source = ends
    heads, width = 6, p.w_out.shape[0]
    h = (torch.sparse.mm(words, p.w1) + p.b1) * keeps[0]
    q, k, v = (h @ p.w_in + p.b_in).chunk(3, 1)
    q = q[target].reshape(-1, heads, width // heads)
    k = k[source].reshape(-1, heads, width // heads)
    weight = torch.exp(torch.linalg.vecdot(q, k) / (width // heads) ** 0.5)
    total = weight.new_zeros(len(h), heads).index_add(0, target, weight)
    weight = weight / total[target]
    v = v[source].reshape(-1, heads, width // heads)
    found = torch.zeros_like(h).index_add(
        0, target, (weight[:, :, None] * v).reshape(-1, width)
    )
    found = found @ p.w_out + p.b_out
    return (torch.relu(found) * keeps[1]) @ p.w2 + p.b2


def cross_entropy(network):  # type: ignore[no-untyped-def]
    def loss(params, words, neighbours, keeps, rows, labels):  # type: ignore[no-untyped-def]
        scores = network(params, words, neighbours, keeps)[rows]
        chosen = scores[torch.arange(len(rows)), labels[rows]]
        return torch.mean(torch.logsumexp(scores, dim=1) - chosen)

    return loss


# Encoder and decoder


def gru_step(gru, x, h):  # type: ignore[no-untyped-def]
    units = h.shape[1]
    a, b = x @ gru.w + gru.b, h @ gru.u
    gates = torch.sigmoid(a[:, : 2 * units] + b[:, : 2 * units])
    r, z = gates[:, :units], gates[:, units:]
    return (1 - z) * torch.tanh(a[:, 2 * units :] + r * b[:, 2 * units :]) + z * h


def read(gru, x, used, order):  # type: ignore[no-untyped-def]
    h = x.new_zeros(x.shape[0], gru.u.shape[0])
    states = []
    for t in order:
        seen = used[:, t : t + 1]
        h = seen * gru_step(gru, x[:, t], h) + (1 - seen) * h
        states.append(h)
    return states


def dates(model, codes, used, iso):  # type: ignore[no-untyped-def]
    x = model.letters[codes]
    last = codes.shape[1] - 1
    ahead = read(model.forward, x, used, range(last + 1))
    back = read(model.backward, x, used, range(last, -1, -1))
    states = torch.cat([torch.stack(ahead, 1), torch.stack(back[::-1], 1)], 2)
    s = torch.tanh(torch.cat([ahead[-1], back[-1]], 1) @ model.start)
    keys = states @ model.key
    rows = torch.arange(len(iso))
    mark = torch.full((len(iso),), model.marks.shape[0] - 1)
    total = x.new_zeros(())
    for place in range(iso.shape[1]):
        scores = torch.tanh((s @ model.query)[:, None] + keys) @ model.scale
        weights = torch.softmax(scores + 1e9 * (used - 1.0), 1)
        context = torch.sum(weights[:, :, None] * states, 1)
        s = gru_step(model.decoder, torch.cat([model.marks[mark], context], 1), s)
        scores = torch.cat([s, context], 1) @ model.out + model.bias
        mark = iso[:, place]
        total = total + torch.mean(torch.logsumexp(scores, 1) - scores[rows, mark])
    return total / iso.shape[1]


def plasticity(synapses, inputs, pattern, eta):  # type: ignore[no-untyped-def]
    neurons = inputs.shape[1]
    y = inputs.new_zeros(neurons)
    trace = inputs.new_zeros(neurons, neurons)
    for shown in inputs:
        before = y
        y = torch.tanh(
            before @ (synapses.weight + synapses.alpha * trace) + 20.0 * shown
        )
        trace = (1 - eta) * trace + eta * torch.outer(before, y)
    return torch.sum((y - pattern) ** 2)


# Differential equations


def runge_kutta(slope, state: Tensor, h: float) -> Tensor:  # type: ignore[no-untyped-def]
    """One step of the method of order four for a whole state, a tensor."""
    k1 = slope(state)
    k2 = slope(state + h / 2 * k1)
    k3 = slope(state + h / 2 * k2)
    k4 = slope(state + h * k3)
    return state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def sir(beta, gamma, in_bed):  # type: ignore[no-untyped-def]
    def slope(state: Tensor) -> Tensor:
        caught = beta * state[0] * state[1] / 763.0
        return torch.stack([-caught, caught - gamma * state[1]])

    state, total = in_bed.new_tensor([762.0, 1.0]), in_bed.new_zeros(())
    for seen in in_bed:
        for _ in range(20):
            state = runge_kutta(slope, state, 1 / 20)
        total = total + (state[1] - seen) ** 2
    return total


def lynx_hare(w, hares, lynxes):  # type: ignore[no-untyped-def]
    def slope(state: Tensor) -> Tensor:
        u, v = state
        return torch.stack([(w.alpha - w.beta * v) * u, (w.delta * u - w.gamma) * v])

    state, total = torch.stack([w.hares, w.lynxes]), hares.new_zeros(())
    for year in range(len(hares)):
        for _ in range(20 if year else 0):
            state = runge_kutta(slope, state, 1 / 20)
        seen = torch.stack([hares[year], lynxes[year]])
        total = total + torch.sum((torch.log(state) - torch.log(seen)) ** 2)
    return total


def universal(model, seen, decay):  # type: ignore[no-untyped-def]
    alpha, gamma, delta, *start = torch.exp(model.known)

    def slope(state: Tensor) -> Tensor:
        hidden = torch.tanh(model.w1 @ (torch.log(state) - 3.0) + model.b1)
        eaten = torch.exp(model.w2 @ hidden + model.b2)
        u, v = state
        return torch.stack([alpha * u - eaten, delta * eaten - gamma * v])

    state = torch.stack(start)
    total = decay * (torch.sum(model.w1**2) + torch.sum(model.w2**2))
    for year in range(len(seen)):
        for _ in range(8 if year else 0):
            state = runge_kutta(slope, state, 1 / 8)
        total = total + torch.sum((torch.log(state) - torch.log(seen[year])) ** 2)
    return total


def lorenz(sigma, rho, beta, points):  # type: ignore[no-untyped-def]
    def slope(state: Tensor) -> Tensor:
        x, y, z = state
        return torch.stack([sigma * (y - x), x * (rho - z) - y, x * y - beta * z])

    state, total = points[0], points.new_zeros(())
    for k in range(1, len(points)):
        for _ in range(4):
            state = runge_kutta(slope, state, 0.01 / 4)
        total = total + torch.sum((state - points[k]) ** 2)
    return total / len(points)
