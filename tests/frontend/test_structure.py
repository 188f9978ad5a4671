"""Functions without exits compute what they computed before.

A function is rewritten, `break` is put back where a loop has a flag to leave it by, and
the text that this gives is run beside the original.
"""

import ast
import inspect
import itertools
import textwrap
from collections.abc import Callable
from typing import Any

import gast
import pytest

from dpc.frontend.structure import structured
from dpc.ir.nodes import UNDEFINED


def rewritten(function: Callable[..., Any]) -> tuple[str, Callable[..., Any]]:
    tree = gast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    body = list(structured(tree).body)
    for node in gast.walk(gast.Module(body, [])):
        assert not isinstance(node, gast.Return | gast.Break | gast.Continue)
    for node in list(gast.walk(gast.Module(body, []))):
        if isinstance(node, gast.For | gast.While):
            assert not node.orelse
            if node.leave is not None:
                flag = gast.Name(node.leave, gast.Load(), None, None)
                node.body.append(gast.If(flag, [gast.Break()], []))
        elif isinstance(node, gast.Constant) and node.value is UNDEFINED:
            node.value = "undefined"
    flags = gast.parse("returned = False").body
    done = gast.parse("done = result").body
    new = gast.FunctionDef(
        "f", tree.args, [*flags, *body, *done], [], None, None, tree.type_params
    )
    text = ast.unparse(gast.gast_to_ast(gast.fix_missing_locations(new)))
    text = text.replace("$", "").replace("done = result", "return result")
    scope: dict[str, Any] = dict(function.__globals__)
    exec(text, scope)
    return text, scope["f"]


def early(x):
    if x < 2:
        return "small"
    y = x * x
    if y > 9:
        return y
    return -y


def arms(x):
    if x == 0:
        return "zero"
    elif x == 1:
        y = 5
    elif x == 2:
        return "two"
    else:
        y = 7
    return y + x


def missing(x):
    if x > 3:
        return x
    x += 1


def nothing(x):
    pass


def raises_or_returns(x):
    if x == 1:
        raise ValueError(x)
    elif x == 2:
        return 5
    if x == 3:
        raise KeyError(x)
    else:
        return 8


def deep_exit(x):
    out = []
    if x > 1:
        out.append("a")
        if x > 2:
            out.append("b")
            if x > 3:
                return out
        out.append("c")
    out.append("d")
    return out


def loops(x):
    out = []
    for i in range(6):
        if i == x:
            continue
        out.append(i)
        if i == 2 * x:
            break
        out.append("end")
    else:
        out.append("else")
    return out


def nested_continue(x):
    out = []
    for i in range(6):
        if i > x:
            if i % 2:
                continue
            out.append(i)
        elif i == 1:
            break
        out.append("rest")
    return out


def return_from_a_loop_in_the_last_arm(x):
    for i in range(4):
        if i == x:
            i += 1
        elif i > 2 * x:
            i += 2
        else:
            for j in range(x):
                return i + j
    return "after"


def return_from_nested_loops(x):
    out = []
    for i in range(3):
        for j in range(4):
            if i * j == x:
                return "found", i, j, out
            if j > x:
                break
            out.append((i, j))
        else:
            out.append("inner else")
            continue
        out.append("after inner")
    else:
        out.append("outer else")
    out.append("end")
    return out


def return_in_else(x):
    for i in range(3):
        if i == x:
            break
    else:
        return "not found"
    return "found", i


def while_true(x):
    out = []
    while True:
        x += 1
        if x > 5:
            return out
        if x == 3:
            continue
        out.append(x)


def while_true_with_both(x):
    k = 0
    while True:
        k += 1
        if k == x:
            break
        if k == 3:
            return "three"
    return "broke", k


def walrus(x):
    out, i = [], 0
    while (i := i + 1) < 5:
        if i == x:
            continue
        if i == x + 2:
            break
        out.append(i)
    else:
        out.append("else")
    return out, i


def exits_of_the_outer_loop_in_an_else(x):
    out = []
    for i in range(4):
        j = 0
        while (j := j + 1) < 3:
            if j == x:
                break
        else:
            if i == 2:
                break
            continue
        out.append((i, j))
    return out, i, j


def else_that_breaks_the_outer_loop(x):
    out = []
    for i in range(4):
        for j in range(2):
            if i + j == x:
                out.append("inner")
                break
        else:
            out.append("none")
            break
        out.append(i)
    else:
        out.append("all")
    return out


def inside_with(x):
    import contextlib

    out = []
    for i in range(4):
        with contextlib.nullcontext():
            if i == x:
                break
            out.append(i)
            if i == x + 1:
                return "returned", out
        out.append("after")
    with contextlib.nullcontext():
        return out


def unreachable(x):
    return x
    x += 1
    return -x


def many_arms(x):
    if x == 0:
        return 0
    elif x == 1:
        return 1
    elif x == 2:
        return 2
    elif x == 3:
        return 3
    elif x == 4:
        return 4
    elif x == 5:
        x += 1
    elif x == 6:
        return 6
    return -x


FUNCTIONS = [
    value
    for value in list(globals().values())
    if inspect.isfunction(value)
    and value.__module__ == __name__
    and value is not rewritten
]


def outcome(function: Callable[..., Any], x: int) -> Any:
    try:
        return function(x)
    except (ValueError, KeyError) as error:
        return type(error), error.args


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_same_result_without_exits(function):
    text, new = rewritten(function)
    for x in range(8):
        assert outcome(new, x) == outcome(function, x), text


def test_no_flag_is_tested_after_a_branch_that_always_exits():
    text, _ = rewritten(early)
    assert "if not" not in text


STATEMENTS = {
    "break": "if x == {n}: break",
    "continue": "if x != {n}: continue",
    "return": "if x == {n} + i: return {n}",
    "raise": "if x == {n} + 2: raise ValueError({n})",
    "note": "out.append({n})",
    "last": "if i == {n}: break\nelse: continue",
    "done": "return out",
}
HEADS = ["for i in range(3):", "while i < 3:\n    i += 1", "while (i := i + 1) < 3:"]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize(
    "words", list(itertools.permutations(STATEMENTS, 3)), ids=lambda w: "-".join(w)
)
def test_every_order_of_exits(head, words, tmp_path):
    lines = [STATEMENTS[w].format(n=n) for n, w in enumerate(words)]
    inner = textwrap.indent("\n".join(lines), "    ")
    loop = f"{head}\n{inner}\nelse:\n    out.append('else')"
    nested = f"for k in range(2):\n{textwrap.indent(loop, '    ')}\n    out.append(k)"
    body = f"out, i = [], 0\n{nested}\nreturn out, i"
    text = "def f(x):\n" + textwrap.indent(body, "    ")
    function = load(text, tmp_path)
    new_text, new = rewritten(function)
    for x in range(5):
        assert outcome(new, x) == outcome(function, x), new_text


def load(text: str, folder: Any) -> Callable[..., Any]:
    path = folder / "subject.py"
    path.write_text(text)
    scope: dict[str, Any] = {}
    exec(compile(text, str(path), "exec"), scope)
    function: Callable[..., Any] = scope["f"]
    return function
