"""Real functions of complex arguments."""

import numpy as np


def energy(z):
    return np.sum(np.abs(z) ** 2)


def size_of_number(c):
    return abs(c)


def modulus(z):
    return np.sum(np.abs(z) * np.array([1.0, 2.0, 3.0]))


def parts(z):
    return np.sum(z.real * np.imag(z) ** 2) + np.sum(np.angle(z))


def analytic(z):
    return np.sum(np.real(np.exp(z) * np.sin(z) / (1.5 + z) + z**3))


def scaled(z, x, c):
    return np.sum(np.real(c * z * x + np.conj(z) * c))


def product(w, z):
    return np.sum(np.abs(w @ z))


def hermitian_form(w, z):
    return np.real(np.vdot(z, (w + np.conj(w).T) @ z))


def solution(w, z):
    return np.sum(np.real(np.linalg.solve(w, z)) ** 2)


def inverse(w):
    return np.linalg.norm(np.linalg.inv(w)) + np.abs(np.linalg.det(w))


def values_of_hermitian(w):
    return np.sum(np.linalg.eigvalsh(w @ np.conj(w).T) ** 1.5)


def vectors_of_hermitian(w):
    values, vectors = np.linalg.eigh(w @ np.conj(w).T)
    return np.sum(np.abs((vectors * np.exp(-values)) @ np.conj(vectors).T) ** 2)


def singular_values(w):
    return np.sum(np.linalg.svd(w, compute_uv=False) ** 3)


def low_rank(w):
    u, s, vh = np.linalg.svd(w)
    return np.sum(np.abs((u * np.tanh(s)) @ vh) ** 2 * np.arange(9.0).reshape(3, 3))


def orthogonal_factor(w):
    q, r = np.linalg.qr(w)
    return np.sum(np.abs(q @ np.diag([1.0, 2.0, 3.0]) @ np.conj(q).T) ** 4) + np.abs(
        r[0, 2]
    )


def cholesky_factor(w):
    return np.sum(np.real(np.linalg.cholesky(w @ np.conj(w).T + np.eye(3))) ** 2)


def pseudoinverse(w):
    return np.sum(np.abs(np.linalg.pinv(w[:, :2])) ** 2)


def log_determinant(w):
    sign, log = np.linalg.slogdet(w)
    return log + np.real(sign) * np.imag(sign)


def spectrum(z):
    return np.sum(np.abs(np.fft.fft(z)) ** 3) + np.sum(np.real(np.fft.ifft(z * z)))


def half_spectrum(z):
    return np.sum(np.fft.irfft(z, 4) ** 2) + np.sum(np.abs(np.fft.rfft(z.real)) ** 2)


def selected(z):
    return np.sum(np.abs(np.where(z.real > 0, z * z, 1 / z)))


def joined(z, x):
    both = np.concatenate([z, x, np.conj(z)])
    return np.sum(np.real(np.cumsum(both) * both[::-1]))


def spread(z):
    return np.std(z) + np.var(z[1:]) + np.abs(np.mean(z) * np.prod(z))


def sums(w, z):
    return np.abs(np.einsum("ij,j,i->", w, z, np.conj(z))) + np.real(np.trace(w))


def iterated(z):
    out = np.zeros(3, complex)
    point = 0.0 * z
    for k in range(3):
        point = point * point * 0.3 + z
        out[k] = point[k] * 1j
    return np.sum(np.abs(out) ** 2)


def directions(z, c):
    return np.sum(np.real(np.sign(z) * (0.3 + 0.7j) * np.sign(c)))


def taken_apart(z):
    again = z.real + 1j * z.imag
    return np.sum(np.real(again * again * (0.3 + 0.7j)))


def number_taken_apart(c):
    return np.real((c.real + c.imag * c) * (0.2 + 0.5j))


def inverse_hyperbolic(z):
    both = np.arccosh(z) * np.arctanh(z) + np.arcsinh(z) * np.arccos(z)
    return np.sum(np.real(both * (0.3 + 0.7j)))


def convolved(z, x, c):
    rows = np.convolve(z, c * z), np.correlate(z, c * z, "full"), np.convolve(x, z)
    return sum([np.sum(np.real(row * (0.3 + 0.7j)) * np.imag(row)) for row in rows])


def between_values(z, x):
    return np.sum(np.abs(np.interp(x, np.array([-1.0, 0.3, 2.0]), z)) ** 2)


def spread_without_nan(z):
    return np.nanvar(z) + np.nanstd(z[1:])


def sizes_times_phases(z):
    # What is real meets complex numbers: its cotangent is real again.
    r = np.ptp(np.abs(z)) * (0.3 + 0.7j) + np.median(np.abs(z)) * z
    return np.sum(np.real(r) * np.imag(r))


def total(z):
    return np.sum(z)


def squares(z):
    return z * z


PROGRAMS = (
    *(energy, size_of_number, modulus, parts, analytic, scaled, product),
    *(hermitian_form, solution, inverse, values_of_hermitian, vectors_of_hermitian),
    *(singular_values, low_rank, orthogonal_factor, cholesky_factor, pseudoinverse),
    *(log_determinant, spectrum, half_spectrum, selected, joined, spread, sums),
    *(iterated, directions, taken_apart, number_taken_apart, inverse_hyperbolic),
    *(convolved, between_values, spread_without_nan, sizes_times_phases),
)
