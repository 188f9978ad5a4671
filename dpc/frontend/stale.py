"""Is the code that runs the code that the file shows?

`inspect` reads a file as it is now. If it was edited after the import, a derivative
of its present text would be that of another program, so the text is compiled and
compared with the live code object: by what each instruction names, by its operator
and by its place. The sequence of instructions is not compared, because tools may
rewrite it, and assertions are left out, because pytest and `python -O` change them.
"""

from __future__ import annotations

import ast
import dis
import re
import sys
from collections.abc import Iterator
from types import CodeType
from typing import Any

Place = tuple[int | None, int | None, int | None, int | None]

_JUMPS = frozenset(dis.hasjrel) | frozenset(dis.hasjabs)
# Bookkeeping of the interpreter, which depends on what stands next to it.
_SILENT = frozenset({"CACHE", "EXTENDED_ARG", "NOP", "NOT_TAKEN", "RESUME"}) | {
    # A call of `module.f` differs by whether the import stands in the same text.
    "KW_NAMES",
    "PUSH_NULL",
}
# Names of one and the same operation, chosen by what stands around it.
_SAME = {"LOAD_METHOD": "LOAD_ATTR"}


def code_objects(code: CodeType) -> Iterator[CodeType]:
    """`code` and all code objects nested in it, in source order."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from code_objects(constant)


def same_program(live: CodeType, present: CodeType, node: ast.AST) -> bool:
    """Whether `live` was compiled from the text that `present` was compiled from.

    node: the definition in the present text, whose assertions are not compared.
    """
    if _identical(live, present):
        return True
    if _header(live) != _header(present):
        return False
    asserts = [_range(n) for n in ast.walk(node) if isinstance(n, ast.Assert)]
    with_columns = has_columns(live) and has_columns(present)
    return _facts(live, asserts, with_columns) == _facts(present, asserts, with_columns)


def has_columns(code: CodeType) -> bool:
    """Whether `code` knows columns; without debug ranges it only knows lines."""
    return any(place[2] is not None for place in code.co_positions())


def _identical(live: CodeType, present: CodeType) -> bool:
    if live != present or live.co_linetable != present.co_linetable:
        return False
    pairs = zip(live.co_consts, present.co_consts, strict=True)
    return all(_identical(a, b) for a, b in pairs if isinstance(a, CodeType))


def _header(code: CodeType) -> tuple[Any, ...]:
    """Everything about a code object that assertions in its body do not change."""
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & 0x04) + bool(code.co_flags & 0x08)  # *args, **kwargs
    return (
        code.co_name,
        code.co_qualname,
        code.co_firstlineno,
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_varnames[:count],
        frozenset(code.co_freevars),
        _docstring(code),
    )


def _docstring(code: CodeType) -> str | None:
    if sys.version_info >= (3, 14) and not code.co_flags & 0x4000000:
        return None  # There, the first constant is a docstring only with this flag.
    first = code.co_consts[0] if code.co_consts else None
    return first if isinstance(first, str) else None


def _facts(
    code: CodeType, asserts: list[Place], with_columns: bool
) -> frozenset[tuple[Any, ...]]:
    """What each instruction outside assertions does, and at which place.

    A set, because the compiler copies short blocks, and how often it does so depends
    on the code around them.
    """
    facts: set[tuple[Any, ...]] = set()
    run: list[str] = []  # What the instructions on locals since `start` do.
    start: tuple[int | None, ...] = ()
    for instruction in dis.get_instructions(code):
        place, name = instruction.positions, instruction.opname
        if name in _SILENT or place is None or place.lineno is None:
            continue
        if any(_inside(place, found) for found in asserts):
            continue
        where = tuple(place) if with_columns else (place.lineno,)
        # Newer Pythons fuse neighbours, if the numbers of their locals are small.
        if run and (not _is_local(name) or where[0] != start[0]):
            facts.add((tuple(run), start, None))
            run = []
        if _is_local(name):
            start = start if run else where
            run += _local_accesses(name, instruction.argval)
        elif instruction.opcode not in _JUMPS:
            name = _SAME.get(name, name)
            facts.add((name, where, _value(instruction, asserts, with_columns)))
    facts.add((tuple(run), start, None))
    return frozenset(facts)


def _is_local(name: str) -> bool:
    return "_FAST" in name


def _local_accesses(name: str, variables: str | tuple[str, ...]) -> list[str]:
    """What one instruction does to locals: `load x`, `store x`, in order."""
    kinds = re.findall(r"(LOAD|STORE|DELETE)_FAST", name)
    names = (variables,) if isinstance(variables, str) else variables
    return [f"{kind} {name}" for kind, name in zip(kinds, names, strict=True)]


def _value(
    instruction: dis.Instruction, asserts: list[Place], with_columns: bool
) -> object:
    value = instruction.argval
    if isinstance(value, CodeType):
        return _header(value), _facts(value, asserts, with_columns)
    # The text, because 1, 1.0 and True are equal, and nan is not equal to itself.
    if isinstance(value, frozenset):
        return "frozenset", tuple(sorted(map(repr, value)))
    return type(value).__name__, repr(value)


def _range(node: ast.stmt) -> Place:
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset


def _inside(inner: Place, outer: Place) -> bool:
    line, end_line, col, end_col = inner
    first, last, start, stop = outer
    assert line is not None and first is not None and last is not None
    assert start is not None and stop is not None
    if col is None or end_col is None:
        return first <= line <= last
    end = (end_line if end_line is not None else line, end_col)
    return (first, start) <= (line, col) and end <= (last, stop)
