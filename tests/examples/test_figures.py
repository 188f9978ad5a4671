"""Every example as a program: its figures lie where no wrong gradient would put them.

The quick runs need no data; the long ones reach the published figures.
"""

import importlib
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("DPC_DATA", ROOT.parent / "shared" / "data"))

needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="data is not distributed with dpc; DPC_DATA names it"
)

Ranges = dict[str, tuple[float, float]]  # from and to, of a figure that main returns

QUICK: dict[str, Ranges] = {
    # An untrained answer costs ln 11 = 2.40 a character.
    "dates": {"additive loss": (1.5, 2.1), "none loss": (1.5, 2.1)},
    "citeseer_paper": {"3 GCN 16": (50, 80), "11 attention, neighbours": (40, 80)},
    "memory_forecast": {"error": (0.0, 0.5)},
    "mechanisms": {"last": (0.5, 1.75), "first": (1.75, 3.0)},
    "neural_computer": {"first": (13, 22), "bits": (5, 12)},
    "da_rnn": {"last": (0.0, 0.9)},
    "branching": {"c 20": (0.1, 0.8), "hard": (0.0, 0.0)},
    "billiards": {"first": (0.1, 1.0), "best": (0, 0.3)},
    "neural_computer_stories": {"first": (2.5, 6.0), "last": (1.0, 2.2)},
    "planner": {"after": (10.0, 20.5), "safe": (0, 1), "worst": (-1e-12, 1)},
    "facts": {"one step": (0.2, 0.4), "two steps": (0.28, 1.0)},
    "memory_network": {"task 1": (0.4, 1.0)},
    "message_passing": {"difference": (0, 1e-12), "explained": (0.3, 1.0)},
    "stack": {"first": (0.65, 0.8), "last": (0.4, 0.65)},
    "tree": {"ratio": (0.0, 0.5)},
    "thermostat": {"2 to 0.3": (1, 3), "exact": (0, 0), "error": (0, 0.1)},
    "interpreter": {"2 steps": (0.5, 1.0), "exact": (0, 0)},
    "loop_length": {"from 1.5": (6.8, 7.2), "from 15.5": (6.8, 7.2), "exact": (0, 0)},
    "commodities": {"gain": (1, 6), "test gain": (1, 6), "exact": (0, 0)},
    "sorting": {"before": (0, 0.04), "after": (0.3, 1.0), "exact": (0, 0)},
    "terrain": {"before": (0, 0.06), "after": (0.5, 1.0), "exact": (0, 0)},
    "turing_machine": {"first": (13, 16), "bits": (5, 12)},
    "walker": {"first": (-0.5, 0.5), "best": (0.3, 3.0)},
    "adding": {"tanh": (0.05, 0.155), "LSTM": (0.05, 0.155)},
    "digits": {"random": (0.85, 1.0)},
    "mackey_glass": {"x118": (1.149121, 1.149123), "network": (0.005, 0.04)},
    "plant": {"y100": (4.383533, 4.383535), "error": (0, 0.3)},
    "plasticity": {"last": (0.02, 0.22), "fixed": (0.20, 0.30)},
    "program_graphs": {
        "recurrent growth": (3, 3),
        "attention growth": (0, 0),
        "convolution growth": (0, 0),
        "attention permuted": (0, 1e-12),
        "convolution permuted": (1e-2, 10),
        "convolution shifted": (0, 1e-12),
        "attention shifted": (1e-2, 10),
        "recurrent shifted": (1e-2, 10),
    },
    "quantum": {"end": (-1e-9, 1e-2), "norm": (1 - 1e-9, 1 + 1e-9)},
    "raytracer": {
        "loss": (9.791615e-4, 9.791617e-4),
        "slope": (-5.062333e-4, -5.062331e-4),
        "end": (0, 0.5),
        "missing": (0.4, 0.6),
    },
    "sunspots": {"network train": (0, 0.3)},
    "bounce": {"by_height": (-1.000001, -0.999999), "naive": (0.999999, 1.000001)},
    "elephant": {"residual": (0, 1e-3), "error": (0, 1e-2)},
    "lorenz": {"error": (0, 1e-4), "end": (0, 1e-6)},
    "lynx_hare": {"alpha": (0.3, 0.8), "error": (0.5, 5.0)},
    "pendulum": {"worst": (0, 1e-6), "length": (0.873, 0.876)},
    "projectile": {"slope": (-11.7475, -11.7473), "best": (40.5, 43.0)},
    "sir": {"beta": (1.6, 1.75), "gamma": (0.40, 0.48)},
    "universal_ode": {"start": (10, 1000), "error": (0, 9)},
}

FULL: dict[str, Ranges] = {
    "mechanisms": {"near": (0.6, 1), "farther": (0.4, 1), "all farther": (0.1, 0.35)},
    "neural_computer": {"bits": (0, 0.5), "ten": (0, 0), "twenty": (0, 0.01)},
    "neural_computer_stories": {"last": (0.0, 0.05), "right": (0.95, 1.0)},
    "memory_forecast": {"last": (0.1232, 0.1234), "error": (0.0, 0.030)},
    "da_rnn": {"linear": (0.0204, 0.0206), "error": (0.0, 0.030)},
    "branching": {
        "c 20": (0.29, 0.31),
        "c 5": (0.29, 0.31),
        "above": (1.9, 2.1),
        "below": (-1.1, -0.9),
        "hard": (0.0, 0.0),
    },
    "billiards": {"best": (0, 0.015)},
    "planner": {"after": (10, 13), "safe": (0, 1), "worst": (-1e-12, 1)},
    "dates": {"additive": (0.99, 1.0), "cosine": (0.99, 1.0), "none": (0, 0.3)},
    "facts": {
        "one step": (0.15, 0.4),
        "two steps": (0.99, 1.0),
        "among the facts, one step": (0.99, 1.0),
    },
    "memory_network": {"task 1": (0.99, 1), "task 2": (0.8, 1), "task 15": (0.999, 1)},
    "message_passing": {"explained": (0.98, 1.0)},
    "stack": {"seen": (1.0, 1.0), "longer": (1.0, 1.0)},
    "tree": {"seen": (0.99, 1.0), "deep": (0.95, 1.0)},
    "thermostat": {"2 to 0.3": (18, 20), "0.1": (0, 4), "exact": (0, 0)},
    "loop_length": {
        "from 1.5": (6.999, 7.001),
        "from 3": (6.999, 7.001),
        "from 15.5": (6.999, 7.001),
    },
    "commodities": {"gain": (3, 6), "test gain": (3, 6), "exact": (0, 0)},
    "sorting": {"before": (0, 0.04), "after": (0.9, 1.0), "exact": (0, 0)},
    "terrain": {"before": (0, 0.06), "after": (0.93, 1.0), "exact": (0, 0)},
    "interpreter": {"2 steps": (0.85, 1.0), "3 steps": (0.8, 1.0), "exact": (0, 0)},
    "turing_machine": {"bits": (0, 0.5), "ten": (0, 0), "twenty": (0, 0.01)},
    "walker": {"best": (3.0, 30.0)},
    "adding": {"tanh": (0.15, 0.18), "LSTM": (0, 0.03), "GRU": (0, 0.03)},
    "digits": {"random": (0.96, 1.0), "last rows": (0.92, 1.0)},
    "mackey_glass": {"linear": (0.43, 0.435), "network": (0.01, 0.02)},
    "plant": {"error": (0, 0.05)},
    "plasticity": {
        "first": (0.15, 0.22),
        "last": (0.0, 0.015),
        "fixed": (0.24, 0.26),
    },
    "quantum": {"end": (-1e-9, 1e-6)},
    "raytracer": {"middle": (0, 1e-3), "end": (0, 2e-6), "sphere": (0, 0.01)},
    "sunspots": {
        "linear train": (0.1315, 0.1325),
        "linear test 1": (0.1295, 0.1305),
        "linear test 2": (0.3675, 0.3685),
        "network test 1": (0.08, 0.11),
    },
    "elephant": {"residual": (0, 1e-10)},
    "lorenz": {"error": (0, 1e-6)},
    "lynx_hare": {
        "alpha": (0.54015, 0.54025),
        "beta": (0.027165, 0.027175),
        "gamma": (0.79635, 0.79645),
        "delta": (0.023685, 0.023695),
        "hares": (34.59, 34.61),
        "lynxes": (5.83, 5.85),
        "error": (2.0186, 2.0188),
    },
    "pendulum": {"worst": (0, 1e-7)},
    "projectile": {
        "range": (55.781852, 55.781854),
        "best": (41.21296, 41.21298),
        "farthest": (56.171858, 56.171860),
    },
    "sir": {
        "beta": (1.66915, 1.66925),
        "gamma": (0.44345, 0.44355),
        "error": (4121.8, 4122.0),
    },
    "universal_ode": {"error": (0, 2.0187)},
}


def check(name: str, arguments: list[str], expected: Ranges) -> None:
    found = importlib.import_module(name).main(arguments)
    print(name, found)
    for figure, (low, high) in expected.items():
        assert low <= found[figure] <= high, (figure, found[figure])


# The short run takes some that train for seconds only.
SHORT = ("branching", "digits", "raytracer", "sunspots")


@pytest.mark.parametrize(
    "name",
    [
        name if name in SHORT else pytest.param(name, marks=pytest.mark.slow)
        for name in QUICK
    ],
)
def test_quick_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DPC_DATA", raising=False)
    picture = tmp_path / "new" / "picture.png"
    check(name, ["--quick", "--out", str(picture)], QUICK[name])
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", QUICK)
def test_source_is_a_module(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    importlib.import_module(name).main(["--source"])
    printed = capsys.readouterr().out
    start = printed.index('"""Generated by dpc')
    compile(printed[start:], name, "exec")
    assert "bar" in printed


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("name", FULL)
def test_published_figure(name: str, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    check(name, ["--data", str(DATA), "--out", str(picture)], FULL[name])
