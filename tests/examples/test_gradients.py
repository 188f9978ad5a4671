"""Every example's loss on a small instance against central differences."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import adding
import billiards
import bounce
import branching
import citeseer_models
import citeseer_reach
import copy_task
import da_rnn_model
import date_pairs
import digits
import elephant
import encoder_decoder
import facts
import lorenz
import lynx_hare
import mackey_glass
import mechanisms_model
import memory_forecast
import memory_network_model
import message_passing
import neural_computer
import neural_computer_stories
import particles
import pendulum
import planner_model
import plant
import plasticity
import program_graphs
import projectile
import quantum
import raytracer
import recurrent
import sir
import stack_model
import sunspots
import tree
import turing_machine
import universal_ode
import walker
from optimisers import tree_map
from tests.examples.differences import relative_error

Case = tuple[Any, tuple, tuple[int, ...]]  # the derivative, arguments, places of wrt


def elephant_case(rng: np.random.Generator) -> Case:
    outline = elephant.Outline(rng.normal(size=4), rng.normal(size=4))
    t, x, y = rng.normal(size=(3, 30))
    return elephant.loss, (outline, t, x, y), (0,)


def sir_case(rng: np.random.Generator) -> Case:
    return sir.loss, (1.5, 0.5, rng.uniform(1, 300, 3)), (0, 1)


def lynx_hare_case(rng: np.random.Generator) -> Case:
    start = lynx_hare.Ecology(0.5, 0.02, 1.0, 0.02, 30.0, 4.0)
    hares, lynxes = rng.uniform(5, 60, (2, 4))
    return lynx_hare.loss, (start, hares, lynxes), (0,)


def universal_case(rng: np.random.Generator) -> Case:
    model = universal_ode.initial(rng)
    seen = rng.uniform(5, 60, (3, 2))
    return universal_ode.loss, (model, seen, 0.01), (0,)


def lorenz_case(rng: np.random.Generator) -> Case:
    points = lorenz.trajectory(lorenz.TRUE, 20)
    return lorenz.loss, (9.0, 25.0, 2.0, points), (0, 1, 2)


def adding_case(name: str, rng: np.random.Generator) -> Case:
    _, loss, gates = adding.NETWORKS[name]
    x, target = adding.sequences(rng, 3, 6)
    return loss, (recurrent.initial(rng, gates, 4), x, target), (0,)


def digits_case(rng: np.random.Generator) -> Case:
    images, labels = rng.random((3, 8, 8, 1)), rng.integers(0, 10, 3)
    return digits.loss, (digits.initial(rng), images, labels), (0,)


def mackey_glass_case(rng: np.random.Generator) -> Case:
    net = mackey_glass.initial(rng, 4, 8)
    return mackey_glass.loss, (net, rng.normal(size=(9, 4)), rng.normal(size=9)), (0,)


def plant_case(rng: np.random.Generator) -> Case:
    return plant.loss, (plant.initial(rng), *rng.normal(size=(4, 9))), (0,)


def neural_computer_case(rng: np.random.Generator) -> Case:
    words = copy_task.sequences(rng, 2, 2)
    return neural_computer.loss, (neural_computer.initial(rng), *words), (0,)


def stories_case(rng: np.random.Generator) -> Case:
    reader = neural_computer_stories.initial(rng, 9)
    told, asked = rng.integers(1, 9, (2, 3, 4)), rng.integers(1, 9, (2, 3))
    told[0, 2:] = 0
    arguments = reader, told, asked, np.array([1, 8])
    return neural_computer_stories.loss, arguments, (0,)


def planner_case(rng: np.random.Generator) -> Case:
    plans = [planner_model.reliable(*world) for world in planner_model.worlds(rng, 2)]
    return planner_model.loss, (planner_model.initial(rng), plans), (0,)


def plasticity_case(rng: np.random.Generator) -> Case:
    synapses = plasticity.Synapses(*rng.normal(size=(2, 6, 6)))
    inputs, pattern = 0.03 * rng.normal(size=(9, 6)), rng.normal(size=6)
    return plasticity.loss, (synapses, inputs, pattern, 0.1), (0,)


def program_case(name: str, rng: np.random.Generator) -> Case:
    weights, words = list(rng.normal(size=(3, 8, 8))), list(rng.normal(size=(5, 8)))
    return program_graphs.SIZES[name], (weights, words), (0, 1)


def raytracer_case(rng: np.random.Generator) -> Case:
    x, y = raytracer.rays(12)
    picture = raytracer.render(raytracer.LIGHT, raytracer.CENTRE, 1.0, x, y)
    arguments = raytracer.START, raytracer.CENTRE, 1.0, x, y, picture
    return raytracer.loss, arguments, (0, 1)


def sunspots_case(rng: np.random.Generator) -> Case:
    net = mackey_glass.initial(rng, sunspots.LAGS, 8)
    lags, target = rng.normal(size=(9, sunspots.LAGS)), rng.normal(size=9)
    return sunspots.loss, (net, lags, target, 0.1), (0,)


def citeseer_case(network, hidden: tuple[int, ...], rng: np.random.Generator) -> Case:
    nodes = 9
    words = scipy.sparse.random(nodes, 7, 0.5, format="csr", random_state=3)
    links = scipy.sparse.random(nodes, nodes, 0.4, format="csr", random_state=4)
    neighbours: Any = links
    if network in citeseer_models.ATTENTIVE:
        hidden = (citeseer_models.WIDTH,) * 2
        ends = [np.concatenate([end, np.arange(nodes)]) for end in links.nonzero()]
        neighbours = citeseer_reach.edges_of(*ends, nodes)
    if network is citeseer_models.everywhere:
        neighbours = np.arange(nodes)
    params = citeseer_models.initial(network, rng, 7, hidden, 3)
    # A node without neighbours would stand at the kink of ReLU.
    params = tree_map(lambda p: p + 0.1 * rng.normal(size=p.shape), params)
    keeps = [2.0 * (rng.random((nodes, width)) < 0.5) for width in hidden]
    rows, labels = np.array([0, 3, 4, 7]), rng.integers(0, 3, nodes)
    arguments = params, words, neighbours, keeps, rows, labels
    return citeseer_models.LOSSES[network], arguments, (0,)


def da_rnn_case(rng: np.random.Generator) -> Case:
    drivers, past = rng.normal(size=(3, 10, 5)), rng.normal(size=(3, 9))
    arguments = da_rnn_model.initial(rng, 5), drivers, past, rng.normal(size=3)
    return da_rnn_model.loss, arguments, (0,)


def dates_case(kind: str, rng: np.random.Generator) -> Case:
    codes, used, iso = date_pairs.pairs(rng, 3)
    used[:, 5:] = 0.0
    used[1, 3:] = 0.0
    cut = codes[:, :7], used[:, :7], iso[:, :3]
    return encoder_decoder.LOSSES[kind], (encoder_decoder.initial(rng), *cut), (0,)


def facts_case(rng: np.random.Generator) -> Case:
    return facts.loss, (facts.initial(rng), *facts.games(rng, 3), 2, True), (0,)


def mechanisms_case(rng: np.random.Generator) -> Case:
    words = mechanisms_model.sequences(rng, 2, 2)
    return mechanisms_model.loss, (mechanisms_model.initial(rng), *words, 2), (0,)


def memory_forecast_case(rng: np.random.Generator) -> Case:
    net, past = memory_forecast.initial(rng, 20), rng.normal(size=(3, 9))
    arguments = net, rng.normal(size=(3, 9, 20)), past, rng.normal(size=3), 0.1
    return memory_forecast.loss, arguments, (0,)


def memory_network_case(linear: bool, rng: np.random.Generator) -> Case:
    net = memory_network_model.Net(
        rng.normal(size=(4, 9, 20)), rng.normal(size=(4, 50, 20))
    )
    told, asked = rng.integers(0, 9, (3, 50, 4)), rng.integers(0, 9, (3, 4))
    told[:, 6:] = 0
    return (
        memory_network_model.loss,
        (net, told, asked, np.array([1, 2, 8]), linear),
        (0,),
    )


def message_case(derivative: Any, rng: np.random.Generator) -> Case:
    model, (graph, force) = message_passing.initial(rng), particles.particles(rng, 8)
    return derivative, (model, graph, force), (0,)


def stack_case(rng: np.random.Generator) -> Case:
    return (
        stack_model.loss,
        (stack_model.initial(rng), stack_model.sequences(rng, 3, 9, 3)),
        (0,),
    )


def tree_case(rng: np.random.Generator) -> Case:
    return tree.loss, (tree.initial(rng), *tree.examples(rng, 3, (1, 2, 3))), (0,)


def turing_machine_case(rng: np.random.Generator) -> Case:
    machine, words = turing_machine.initial(rng), turing_machine.sequences(rng, 2, 2)
    return turing_machine.loss, (machine, *words), (0,)


CASES: dict[str, Callable[[np.random.Generator], Case]] = {
    "elephant": elephant_case,
    "sir": sir_case,
    "lynx_hare": lynx_hare_case,
    "universal_ode": universal_case,
    "lorenz": lorenz_case,
    "bounce": lambda rng: (bounce.with_impact, (1.0, 2.0, 30), (0, 1)),
    "bounce, naive": lambda rng: (bounce.naive, (1.03, 2.0, 30), (0, 1)),
    "projectile": lambda rng: (projectile.throw, (0.7,), (0,)),
    "billiards": lambda rng: (billiards.loss, (billiards.START, 60), (0,)),
    "planner": planner_case,
    "digits": digits_case,
    "mackey_glass": mackey_glass_case,
    "plant": plant_case,
    "plasticity": plasticity_case,
    **{
        f"program_graphs, {name}": partial(program_case, name)
        for name in program_graphs.PROGRAMS
    },
    "quantum": lambda rng: (quantum.loss, (rng.normal(size=(3, 3, 2)),), (0,)),
    "raytracer": raytracer_case,
    "sunspots": sunspots_case,
    "tanh": partial(adding_case, "tanh"),
    "LSTM": partial(adding_case, "LSTM"),
    "GRU": partial(adding_case, "GRU"),
    "da_rnn": da_rnn_case,
    "dates, additive": partial(dates_case, "additive"),
    "dates, cosine": partial(dates_case, "cosine"),
    "dates, none": partial(dates_case, "none"),
    "facts": facts_case,
    "memory_network": partial(memory_network_case, False),
    "memory_network, linear": partial(memory_network_case, True),
    "memory_forecast": memory_forecast_case,
    "mechanisms": mechanisms_case,
    "neural_computer": neural_computer_case,
    "neural_computer_stories": stories_case,
    "message_passing": partial(message_case, message_passing.loss),
    "message_passing, loop": partial(message_case, message_passing.edge_loss),
    "mlp": partial(citeseer_case, citeseer_models.mlp, (5, 4)),
    "gcn": partial(citeseer_case, citeseer_models.gcn, (5, 4)),
    "attention": partial(citeseer_case, citeseer_models.attention, ()),
    "average": partial(citeseer_case, citeseer_models.average, ()),
    "everywhere": partial(citeseer_case, citeseer_models.everywhere, ()),
    "repaired": partial(citeseer_case, citeseer_models.repaired, ()),
    "stack": stack_case,
    "tree": tree_case,
    "turing_machine": turing_machine_case,
    "walker": lambda rng: (walker.loss, (walker.initial(rng), 30), (0,)),
    "pendulum": lambda rng: (pendulum.period, (1.0, 1.2), (0, 1)),
}


# Memory that hardly holds anything yet bends sharply within the usual step of 1e-5.
STEPS = {"neural_computer_stories": 1e-7}


@pytest.mark.parametrize("name", CASES)
def test_gradient_agrees_with_differences(name: str) -> None:
    derived, arguments, wrt = CASES[name](np.random.default_rng(7))
    step = STEPS.get(name, 1e-5)
    assert relative_error(derived, *arguments, wrt=wrt, step=step) < 1e-7


def test_gradient_of_the_relaxed_if_agrees_with_differences() -> None:
    rng = np.random.default_rng(7)
    program = branching.Program(*rng.normal(size=5).tolist(), 3.0)
    xs, ys = rng.normal(size=(2, 9)).tolist()
    _, gradient = branching.soft_loss(program, xs, ys)
    for name, found in gradient._asdict().items():
        # Of the relaxed program, which is the one that the derivative evaluates.
        ends = [
            branching.soft_loss(program._replace(**{name: moved}), xs, ys)[0]
            for moved in (getattr(program, name) + 1e-5, getattr(program, name) - 1e-5)
        ]
        assert found == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6, abs=1e-9)
