"""Shadows: memory that mirrors memory which the program writes, and holds its adjoint.

What shares memory in the primal shares it in the shadows. Where that is a fact of the
run, it is asked of the primal's arrays: a shadow is laid out in memory as its array is,
so that a view of the array has its shadow at the same distance from the start.
"""

from __future__ import annotations

import types
from typing import Any

import numpy as np

from dpc.runtime.adjoints import accumulate, added, address, assembled
from dpc.runtime.arrays import array_module, is_complex, unbroadcast
from dpc.runtime.attributes import refuse_computed
from dpc.runtime.refused import RefusedError, require_elements
from dpc.runtime.trees import is_array, zeros

MISSING = "missing"  # what a dict held where it held nothing


def shadow(x: Any) -> Any:
    """A zero shadow of `x`; of an array, laid out with the same strides."""
    if not is_array(x) or x.flags.forc or not x.size:
        return zeros(x)
    below = sum(s * (n - 1) for s, n in zip(x.strides, x.shape, strict=True) if s < 0)
    above = sum(s * (n - 1) for s, n in zip(x.strides, x.shape, strict=True) if s > 0)
    if any(s % x.itemsize for s in x.strides):
        return zeros(x)
    memory = array_module(x).zeros((above - below) // x.itemsize + 1, x.dtype)
    return placed(memory, -below, x.shape, x.strides)


def placed(memory: Any, offset: int, shape: Any, strides: Any) -> Any:
    """The array that lies in flat memory at a distance of `offset` bytes."""
    if isinstance(memory, np.ndarray):
        return np.ndarray(shape, memory.dtype, memory.data, offset, strides)
    start = memory[offset // memory.itemsize :]
    return array_module(memory).lib.stride_tricks.as_strided(start, shape, strides)


def shadow_view(view: Any, base: Any, base_bar: Any) -> Any:
    """The shadow of `view`: that part of `base_bar` where `view` lies in `base`.

    What does not lie in `base` is a copy, and has a shadow of its own.
    """
    if view is base:
        return base_bar
    xp = array_module(base)
    if not is_array(view) or not is_array(base) or not xp.shares_memory(view, base):
        return shadow(view)
    same = zip(base.strides, base_bar.strides, base.shape, strict=True)
    if any(a != b for a, b, n in same if n > 1):
        raise RuntimeError("a shadow is not laid out as its array; please report it")
    memory = memory_of(base_bar)
    if is_complex(base) and not is_complex(view):
        memory = memory.view(view.dtype)  # the real part
    distance = address(base_bar) - address(memory) + address(view) - address(base)
    return placed(memory, distance, view.shape, view.strides)


def memory_of(x: Any) -> Any:
    """The flat array that owns the memory of `x`."""
    root = x
    while root.base is not None:
        # `placed` puts a memoryview between an array and its memory.
        root = root.base.obj if isinstance(root.base, memoryview) else root.base
    return root.ravel(order="K")


def shadow_item(item: Any, base: Any, base_bar: Any, index: Any) -> Any:
    """The shadow of `item`, which is `base[index]`."""
    if is_array(base):
        return shadow_view(item, base, base_bar) if is_array(item) else 0.0
    if isinstance(base_bar, float):
        what = "what is neither an array nor a container is read by an index"
        raise RefusedError(what, "write np.asarray(x)[index]")
    part = base_bar[index]
    return shadow_copy(item, part, part) if isinstance(index, slice) else part


def shadow_attr(value: Any, base: Any, base_bar: Any, name: str) -> Any:
    """The shadow of `value`, which is `base.name`."""
    if is_array(base):
        return getattr(base_bar, name) if is_array(value) else 0.0
    refuse_computed(base, name)
    return getattr(base_bar, name, 0.0)


def shadow_imag(part: Any, z: Any) -> Any:
    """The shadow of the imaginary part of `z`, where one of them is written later."""
    if is_complex(z):
        raise RefusedError(
            "the imaginary part is read, and one of both written later",
            "write both parts as arrays of their own: re + 1j * im",
        )
    return zeros(part)


def shadow_sequence(base: Any, base_bar: Any) -> Any:
    """The shadow of the elements of `base` in order; of a dict, of its keys."""
    if is_array(base) or isinstance(base_bar, list):
        return base_bar
    require_elements(base)
    return zeros(list(base) if isinstance(base, dict) else base)


def shadow_copy(copy: Any, base: Any, base_bar: Any) -> Any:
    """The shadow of a copy of `base`, or of a list of its elements.

    Of a container: new cells for the numbers, the same shadows for the rest. The rows
    of an array are parts of it.
    """
    if isinstance(base_bar, dict) and isinstance(copy, dict):
        return {k: 0.0 if _is_number(v) else v for k, v in base_bar.items()}
    if isinstance(base_bar, list):
        return [0.0 if _is_number(v) else v for v in base_bar]
    rows = isinstance(copy, list | tuple) and is_array(base_bar) and base_bar.ndim > 1
    return list(base_bar) if rows else zeros(copy)


def shadow_parts(parts: Any, base: Any, base_bar: Any) -> list[Any]:
    """The shadows of a list of arrays, each of which is a part of `base` or a copy."""
    return [shadow_view(part, base, base_bar) for part in parts]


def shadow_joined(made: Any, a: Any, a_bar: Any, b: Any, b_bar: Any) -> Any:
    """The shadow of `made`, which is `a + b`: of lists, the elements of both."""
    if not isinstance(made, list | tuple):
        return zeros(made)
    return [*shadow_copy(a, a, a_bar), *shadow_copy(b, b, b_bar)]


def shadow_repeated(made: Any, items: Any, items_bar: Any) -> Any:
    """The shadow of `made`, which is `items * n`."""
    if not isinstance(made, list | tuple):
        return zeros(made)
    cells = shadow_copy(items, items, items_bar)
    return cells * (len(made) // len(items)) if cells else []


def shadow_new(made: Any, names: Any, *parts: Any) -> Any:
    """The shadow of a new object: what has a shadow among its fields keeps it."""
    made_bar = zeros(made)
    for name, part in zip(names, parts, strict=True):
        if not _is_number(part):
            if isinstance(name, int):
                made_bar[name] = part
            else:
                setattr(made_bar, name, part)
    return made_bar


def add_cells(x_bar: Any, copy_bar: Any) -> None:
    """Add the adjoint of a copy: of a container, the cells of its numbers."""
    if is_array(x_bar):
        if is_array(copy_bar):
            x_bar += copy_bar
        elif x_bar.ndim == 1:
            x_bar += array_module(x_bar).asarray(copy_bar)
        return
    keys = copy_bar if isinstance(copy_bar, dict) else range(len(copy_bar))
    for key in keys:
        if _is_number(x_bar[key]):
            x_bar[key] = x_bar[key] + copy_bar[key]


def _is_number(x: Any) -> bool:
    return isinstance(x, float | int | complex | np.generic)


def cells(items: Any, items_bar: Any) -> list[Any]:
    """Zero cells for the elements that a list is extended by, or their shadows."""
    rows = is_array(items_bar) and items_bar.ndim > 1
    if isinstance(items_bar, list) or rows:
        return list(items_bar)
    return [zeros(item) for item in items]


def pop_cells(items_bar: list[Any], count: int) -> list[Any]:
    """Take as many cells from the end of a list's shadow."""
    taken = items_bar[len(items_bar) - count :]
    del items_bar[len(items_bar) - count :]
    return taken


def unpop(items_bar: Any, index: Any, cell: Any) -> None:
    """Undo `items_bar.pop(index)`."""
    if isinstance(items_bar, dict):
        items_bar[index] = cell
    else:
        count = len(items_bar) + 1
        items_bar.insert(index if index >= 0 else count + index, cell)


def unshared(part_bar: Any, base_bar: Any) -> Any:
    """`part_bar` if it is not a part of `base_bar`, which else holds it already."""
    if isinstance(part_bar, list) and is_array(base_bar):
        return [unshared(part, base_bar) for part in part_bar]
    if not is_array(part_bar) or not is_array(base_bar):
        return part_bar  # a number, or what is known by identity
    if array_module(base_bar).shares_memory(part_bar, base_bar):
        return array_module(base_bar).zeros_like(part_bar)
    return part_bar.copy()


def unless_shared(bar: Any, part_bar: Any, base_bar: Any) -> Any:
    """The cotangent of `part_bar`, given that of `unshared(part_bar, base_bar)`."""
    if isinstance(part_bar, list) and is_array(base_bar):
        pairs = zip(bar, part_bar, strict=True)
        return [unless_shared(each, part, base_bar) for each, part in pairs]
    if not is_array(part_bar) or not is_array(base_bar):
        return bar
    xp = array_module(base_bar)
    return xp.zeros_like(bar) if xp.shares_memory(part_bar, base_bar) else bar


def unjoined(made_bar: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """The adjoints of `a` and `b`, given that of `a + b`; lists are joined."""
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return made_bar[: len(a)], made_bar[len(a) :]
    return unbroadcast(made_bar, a), unbroadcast(made_bar, b)


def unrepeated(made_bar: Any, items: Any) -> list[Any]:
    """The adjoint of the list `items`, given that of `items * n`."""
    if not made_bar:
        return zeros(items)  # type: ignore[no-any-return]
    count = len(items)
    total = list(made_bar[:count])
    for begin in range(count, len(made_bar), count):
        for i in range(count):
            # One shadow stands in all places, or each place has its own adjoint.
            if made_bar[begin + i] is not made_bar[i] or _is_number(made_bar[i]):
                total[i] = added(total[i], made_bar[begin + i])
    return total


def uninsert(items_bar: list[Any], index: int) -> Any:
    """Undo `items_bar.insert(index, cell)`; the cell."""
    count = len(items_bar) - 1
    return items_bar.pop(min(index, count) if index >= 0 else max(count + index, 0))


def exchange(base: Any, base_bar: Any, index: Any, cell: Any) -> Any:
    """Put a cell in a container's shadow and return the one it replaces.

    An array has no cells: its elements are stored, not the object. Of a list, part of
    which is replaced, all cells are returned.
    """
    if is_array(base):
        return None
    if isinstance(base_bar, dict):
        old = base_bar.get(index, MISSING)
    elif isinstance(index, slice):
        old, cell = list(base_bar), list(cell)
    else:
        old = base_bar[index]
    base_bar[index] = cell
    return old


def restore(base: Any, base_bar: Any, index: Any, old: Any, value: Any) -> Any:
    """Undo `exchange`; return what the place has gathered, for the `value` stored."""
    if is_array(base):
        gathered = unbroadcast(take_last(base_bar, index), value)
        base_bar[index] = 0
        return gathered
    if isinstance(index, slice) and isinstance(base_bar, list):
        taken = old[index]
        start, _, step = index.indices(len(old))
        if step == 1:
            index = slice(start, start + len(base_bar) - len(old) + len(taken))
        gathered = assembled(base_bar[index], value)
        base_bar[index] = taken
        return gathered
    gathered = base_bar[index]
    if isinstance(old, str):
        del base_bar[index]
    else:
        base_bar[index] = old
    return gathered


def exchange_attr(base: Any, base_bar: Any, name: str, cell: Any) -> Any:
    """Put a cell in an object's shadow and return the one it replaces."""
    refuse_computed(base, name, writes=True)
    old = getattr(base_bar, name, MISSING)
    setattr(base_bar, name, cell)
    return old


def restore_attr(base: Any, base_bar: Any, name: str, old: Any) -> Any:
    """Undo `exchange_attr`; return what the attribute has gathered."""
    gathered = getattr(base_bar, name)
    if isinstance(old, str):
        delattr(base_bar, name)
    else:
        setattr(base_bar, name, old)
    return gathered


def take_last(x_bar: Any, index: Any) -> Any:
    """A copy of `x_bar[index]`, 0 at all but the last of elements named repeatedly.

    `x[index] = v` with an index that repeats keeps the last of the values.
    """
    part = x_bar[index]
    if not is_array(part):
        return part
    xp = array_module(x_bar)
    order = xp.arange(part.size).reshape(part.shape)
    last = xp.full(x_bar.shape, -1)
    last[index] = order
    return xp.where(last[index] == order, part, 0)


def give_last(part_bar: Any, x_bar: Any, index: Any) -> Any:
    """The cotangent of `x_bar`, given that of `take_last(x_bar, index)`."""
    given = zeros(x_bar)
    if not is_array(x_bar[index]):
        given[index] = part_bar
        return given
    xp = array_module(x_bar)
    order = xp.arange(x_bar[index].size).reshape(x_bar[index].shape)
    last = xp.full(x_bar.shape, -1)
    last[index] = order
    xp.add.at(given, index, xp.where(last[index] == order, part_bar, 0))
    return given


def replace(x_bar: Any, written_bar: Any, amount: Any) -> Any:
    """The adjoint of `x` before `x op= y`, given the one after and its pullback."""
    return put(x_bar, amount) if x_bar is written_bar else accumulate(x_bar, amount)


def put(x_bar: Any, amount: Any) -> Any:
    """`amount`, in the memory of `x_bar` where that is memory."""
    if is_array(x_bar) and x_bar.flags.writeable:
        x_bar[...] = amount
    elif isinstance(x_bar, list):
        x_bar[:] = [put(x, part) for x, part in zip(x_bar, amount, strict=True)]
    elif isinstance(x_bar, dict):
        x_bar.update({key: put(x, amount[key]) for key, x in x_bar.items()})
    elif isinstance(x_bar, types.SimpleNamespace):
        for name, x in vars(x_bar).items():
            setattr(x_bar, name, put(x, getattr(amount, name)))
    else:
        return amount
    return x_bar
