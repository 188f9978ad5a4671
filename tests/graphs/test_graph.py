"""What becomes a node, and how long the ways between nodes are."""

from dataclasses import dataclass
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
import pytest

import dpc

RATE = np.array([2.0, 3.0])


class Pair(NamedTuple):
    left: np.ndarray
    right: float


@dataclass
class Layer:
    w: np.ndarray
    b: np.ndarray

    def __call__(self, x):
        return np.tanh(x @ self.w + self.b)


def one_by_one(x, w):
    h = 0.0
    for i in range(len(x)):
        h = np.tanh(x[i] * w + h)
    return h


def cumulated(x):
    total = np.zeros(len(x))
    total[0] = x[0]
    for i in range(1, len(x)):
        total[i] = total[i - 1] + x[i]
    return total


def through_views(x):
    y = x.reshape(2, 2).T
    return y[0] * 2.0, y[1, 1]


def selected(a, b, c):
    return max(a, b) if a > c else c


def scaled(pair, factor):
    return pair.left * pair.right * factor * RATE


def factorial(x, n):
    return x if n == 1 else x * factorial(x - 1.0, n - 1)


def written(x):
    x[1:] *= 2.0
    y = x
    y += 1.0
    return np.sum(x)


def appended(x):
    parts = [x, 2.0 * x]
    parts.append(parts[1] * x)
    return parts


def functions(graph, name):
    """The functions and operands of the nodes of a name."""
    return [(graph[n].function, graph[n].inputs) for n in graph.names[name]]


def test_ways_of_a_recurrence_grow_with_the_distance():
    graph = dpc.graph(one_by_one)(np.arange(4.0), 0.5)
    lengths = [graph.path_lengths(f"x[{i}]") for i in range(4)]
    assert lengths == [(9, 9), (7, 7), (5, 5), (3, 3)]
    assert graph.path_lengths("x") == (4, 10)
    assert [node.name for node in graph.inputs] == ["x", "w"]
    assert graph.functions == ("getitem", "*", "+", "np.tanh")
    assert graph["h"].number == graph.outputs[0]
    assert graph.result == one_by_one(np.arange(4.0), 0.5)


def test_named_values_only():
    graph = dpc.graph(one_by_one)(np.arange(3.0), 0.5).named()
    assert [node.name for node in graph.nodes[2:]] == ["x[0]", "h", "x[1]", "h"] + [
        "x[2]",
        "h",
    ]
    assert graph["h"].function == "* + np.tanh"
    assert graph.path_lengths("x[0]") == (3, 3)


def test_edges_are_in_topological_order():
    graph = dpc.graph(one_by_one)(np.arange(4.0), 0.5)
    assert all(start < end for start, end in graph.edges)
    assert [end for _, end in graph.edges] == sorted(end for _, end in graph.edges)
    leaves = [node.function == "" for node in graph.nodes]
    assert leaves == sorted(leaves, reverse=True)


def test_elements_that_are_written_are_nodes():
    graph = dpc.graph(cumulated)(np.arange(4.0))
    assert graph.path_lengths("x[0]", "total[0]") == (0, 0)
    assert graph.path_lengths("x[0]", "total[3]") == (3, 3)
    assert graph.path_lengths("x[3]", "total[3]") == (1, 1)
    assert graph.path_lengths("x[3]", "total[2]") is None
    assert len(graph.outputs) == 4


def test_a_view_is_what_it_shows():
    graph = dpc.graph(through_views)(np.arange(4.0))
    assert [node.function for node in graph.nodes] == ["", "getitem", "*", "getitem"]
    assert functions(graph, "result[0]") == [("*", (1,))]


def test_what_is_written_in_place_is_a_new_value():
    graph = dpc.graph(written)(np.arange(3.0))
    assert [node.function for node in graph.nodes] == ["", "*", "+", "np.sum"]
    assert graph["y"].inputs == (0, 1)  # the first element was not written before


def test_a_function_that_returns_its_operand_is_a_node():
    graph = dpc.graph(selected)(2.0, 1.0, 0.0)
    assert functions(graph, "result") == [("max", (0, 1))]
    assert dpc.graph(selected)(0.0, 1.0, 2.0).path_lengths("c") == (0, 0)


def test_arguments_that_are_one_object_are_two_nodes():
    graph = dpc.graph(selected)(1.0, 1.0, 0.0)
    assert [node.name for node in graph.inputs] == ["a", "b", "c"]


def test_containers_are_what_is_in_them():
    graph = dpc.graph(scaled)(Pair(np.ones(2), 3.0), 1.5)
    names = [node.name for node in graph.nodes if not node.function]
    assert names == ["pair.left", "pair.right", "factor", "RATE"]
    assert graph["RATE"].kind == "constant"
    graph = dpc.graph(appended)(0.5)
    assert graph.path_lengths("x", "result[2]") == (1, 2)
    assert functions(graph, "parts[2]") == [("*", (1, 0))]


def test_methods_and_partials():
    layer = Layer(np.ones((2, 3)), np.zeros(3))
    graph = dpc.graph(layer)(np.ones(2))
    assert [node.name for node in graph.inputs] == ["self.w", "self.b", "x"]
    assert graph.path_lengths("x") == (3, 3)


def test_recursion_is_run_and_not_a_node():
    graph = dpc.graph(factorial)(5.0, 3)
    assert graph.functions == ("-", "*")
    assert graph.path_lengths("x") == (1, 4)


def test_a_function_without_source_is_one_node():
    def hidden(x):
        return hypotenuse(x, 2.0 * x)

    hypotenuse = eval("lambda a, b: (a * a + b * b) ** 0.5")
    graph = dpc.graph(hidden)(1.5)
    assert [node.function for node in graph.nodes] == ["", "*", "<lambda>"]


def test_the_caller_keeps_its_arguments():
    x = np.arange(3.0)
    dpc.graph(written)(x)
    assert np.array_equal(x, np.arange(3.0))


def test_the_relaxed_program_has_both_branches():
    hard = dpc.graph(selected)(2.0, 1.0, 0.0)
    soft = dpc.graph(dpc.soften(selected, wrt=("a", "b", "c")))(2.0, 1.0, 0.0)
    assert hard.path_lengths("c", hard.outputs[0]) is None
    assert soft.path_lengths("c", soft.outputs[0]) is not None


def test_the_graph_of_a_gradient_leads_back():
    graph = dpc.graph(dpc.grad(one_by_one, wrt="w", branches="hard"))(np.ones(3), 0.5)
    assert graph.result == pytest.approx(
        dpc.grad(one_by_one, wrt="w", branches="hard")(np.ones(3), 0.5)
    )
    lengths = graph.path_lengths("w")
    assert lengths is not None
    assert lengths.longest > 9


def test_what_is_compiled_when_it_runs_has_no_graph():
    derivative = dpc.grad(factorial, branches="hard")
    with pytest.raises(dpc.UnsupportedError, match="compiles a derivative"):
        dpc.graph(derivative)(5.0, 3)


def test_names_that_nothing_had():
    graph = dpc.graph(through_views)(np.arange(4.0))
    with pytest.raises(dpc.ArgumentError, match="no value of through_views"):
        graph.path_lengths("z")
    with pytest.raises(dpc.ArgumentError, match="returned 2 values"):
        graph.path_lengths("x")


def test_the_text_has_a_line_a_node():
    assert str(dpc.graph(selected)(2.0, 1.0, 0.0)).splitlines() == [
        "selected: 4 nodes, 2 edges",
        "   0  a  input, float",
        "   1  b  input, float",
        "   2  c  input, float",
        f"   3  result = max(0, 1)  float, line {selected.__code__.co_firstlineno + 1}",
        "outputs: 3",
    ]


def test_the_drawing_is_xml_with_every_node_and_edge():
    graph = dpc.graph(one_by_one)(np.arange(5.0), 0.5)
    drawing = ElementTree.fromstring(graph.svg())
    space = "{http://www.w3.org/2000/svg}"
    assert len(drawing.findall(f"{space}g")) == len(graph.nodes)
    assert len(drawing.findall(f"{space}path")) == len(graph.edges)
    boxes = drawing.findall(f"{space}g/{space}rect")
    places = {(box.get("x"), box.get("y")) for box in boxes}
    assert len(places) == len(graph.nodes)
    assert graph._repr_svg_() == graph.svg()


def test_drawings_lead_to_the_right():
    graph = dpc.graph(cumulated)(np.arange(4.0))
    drawing = ElementTree.fromstring(graph.svg())
    space = "{http://www.w3.org/2000/svg}"
    lefts = [
        float(box.get("x", "nan")) for box in drawing.findall(f"{space}g/{space}rect")
    ]
    assert all(lefts[start] < lefts[end] for start, end in graph.edges)
