"""Columns in, arrays out: what every formula does first with what a loader gives it.

A frame is anything with named columns of equal length: a dict of lists or numpy arrays, or a DataFrame.
Names become small integer codes here, once, so that the arithmetic behind never meets a Python object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Frame = Mapping[str, Any] | pd.DataFrame

EMPTY: Mapping[str, Any] = {}
SMALL = 2000  # below this many rows a Python dict beats a hash table built by pandas


class BadFrame(ValueError):
    """A frame lacks a column, or its columns do not fit together."""


def column(frame: Frame, name: str, default: Any = None) -> Any:
    """The raw column, or `default` where the frame has none."""
    values = frame.get(name)
    return default if values is None else values


def floats(frame: Frame, name: str, size: int, default: float = np.nan) -> Floats:
    """A float column; None becomes NaN; a column that is absent is `default` throughout."""
    values = column(frame, name)
    if values is None:
        return np.full(size, default)
    return _checked(np.asarray(values, dtype=np.float64), name, size)


def bools(frame: Frame, name: str, size: int, default: bool = False) -> Bools:
    """A yes/no column; a column that is absent is `default` throughout."""
    values = column(frame, name)
    if values is None:
        return np.full(size, default)
    return _checked(np.asarray(values, dtype=np.bool_), name, size)


def codes(frame: Frame, name: str, names: Sequence[str], size: int, default: int = -1) -> Ints:
    """A column of names, or of their positions in `names`, as positions; an unknown name is -1."""
    values = column(frame, name)
    if values is None:
        return np.full(size, default)
    array = _checked(np.asarray(values), name, size)
    if array.dtype.kind in "iu":
        return array.astype(np.int64, copy=False)
    if array.dtype.kind == "f":  # positions with gaps, as a DataFrame keeps them
        return np.where(np.isnan(array), -1, np.nan_to_num(array)).astype(np.int64)
    index = {key: position for position, key in enumerate(names)}
    if size <= SMALL:
        return np.array([index.get(value, -1) for value in array.tolist()], dtype=np.int64)
    labels, found = pd.factorize(array)
    known: Ints = np.array([index.get(value, -1) for value in found] + [-1], dtype=np.int64)
    picked: Ints = known[labels]
    return picked


def cases(frame: Frame, n: int) -> Ints:
    """The `case` column; refuses a case outside 0..n-1. An empty frame has no rows."""
    case = np.asarray(column(frame, "case", ()), dtype=np.int64)
    if case.size and not 0 <= int(case.min()) <= int(case.max()) < n:
        raise BadFrame(f"case must lie in 0..{n - 1}")
    return case


def persona_numbers(personas: NDArray[Any]) -> Ints:
    """Personas as integers that sort as the personas do: integers as they are, UUIDs or strings by rank."""
    if personas.dtype.kind in "iu" or not personas.size:
        return personas.astype(np.int64)
    if personas.size <= SMALL:
        listed = personas.tolist()
        rank = {key: position for position, key in enumerate(sorted(set(listed)))}
        return np.array([rank[key] for key in listed], dtype=np.int64)
    return np.asarray(pd.factorize(personas, sort=True)[0], dtype=np.int64)


def newest(key: Ints, age: Floats, rank: Floats | Ints | None, size: int) -> Ints:
    """The rows that are the latest of their key: lowest age, then highest rank, then last in the frame.

    key: (r,) in 0..size-1; age: (r,) days; rank: (r,) order of (recorded_at, id). Returns row numbers.
    """
    if not key.size or int(np.bincount(key, minlength=size).max()) <= 1:
        return np.arange(key.size)
    order = np.lexsort((-age, key)) if rank is None else np.lexsort((rank, -age, key))
    ordered = key[order]
    last = np.append(ordered[1:] != ordered[:-1], True)
    rows: Ints = order[last]
    return rows


def ranks(frame: Frame, size: int) -> Floats | None:
    """The optional `rank` column: the order of (recorded_at, id), higher is later."""
    return floats(frame, "rank", size) if column(frame, "rank") is not None else None


def stack_frames(*frames: Frame) -> dict[str, Any]:
    """Frames with the same columns, one below the other; where `rank` is absent it is the row's place.

    An empty frame adds nothing; at least one must have rows or columns.
    """
    frames = tuple(frame for frame in frames if column(frame, "case") is not None)
    names = {str(name): None for frame in frames for name in frame if name != "rank"}
    stacked = {name: np.concatenate([np.asarray(frame[name]) for frame in frames]) for name in names}
    sizes = [np.asarray(frame["case"]).size for frame in frames]
    places = [np.arange(size, dtype=np.float64) for size in sizes]
    stacked["rank"] = np.concatenate(
        [
            floats(frame, "rank", size) if column(frame, "rank") is not None else place
            for frame, size, place in zip(frames, sizes, places, strict=True)
        ]
    )
    return stacked


def segment_sum(case: Ints, weights: Floats, n: int) -> Floats:
    """Sums per case, (n,), taken in row order so that one account and a million give the same digits."""
    sums: Floats = np.bincount(case, weights=weights, minlength=n).astype(np.float64, copy=False)
    return sums


def over(part: Floats | Ints, whole: Floats | Ints, empty: float = 0.0) -> Floats:
    """part / whole, and `empty` where the whole is not above 0."""
    share: Floats = np.divide(part, whole, out=np.full(np.shape(part), empty), where=np.asarray(whole) > 0)
    return share


def _checked(array: NDArray[Any], name: str, size: int) -> NDArray[Any]:
    if array.shape != (size,):
        raise BadFrame(f"column {name} has shape {array.shape}, expected ({size},)")
    return array
