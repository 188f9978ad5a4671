"""Constants and functions that `globals_read` takes from another module."""

GRAVITY = 9.81
TABLE = [0.5, 1.5]
RATE = 2.0


def kinetic(velocity, mass):
    return 0.5 * mass * velocity**2


def decayed(x):
    return x - RATE * x**2
