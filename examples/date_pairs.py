"""Dates as people write them, and as ISO 8601 does: the pairs that dates.py learns."""

import datetime

import numpy as np

INPUTS = " ,./0123456789abcdefghijklmnopqrstuvwxyz"  # code 0 is the blank, and padding
OUTPUTS = "0123456789-"
LONGEST = 31  # wednesday, september 11th, 1957


def written(day: datetime.date, form: int) -> str:
    """One of ten ways to write a day."""
    month = day.strftime("%B").lower()
    ending = (
        "th"
        if 10 <= day.day % 100 <= 20
        else "th st nd rd".split()[day.day % 10 if day.day % 10 < 4 else 0]
    )
    weekday = day.strftime("%A").lower()
    return (
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        f"{day.day} {month[:3]} {day.year}",
        f"{month[:3]} {day.day} {day.year}",
        f"{day.day:02}/{day.month:02}/{day.year}",
        f"{day.day}.{day.month}.{day.year}",
        f"{weekday} {day.day} {month} {day.year}",
        f"{weekday}, {month} {day.day}{ending}, {day.year}",
        f"{day.year} {month} {day.day}",
        f"{day.day}{ending} of {month} {day.year}",
    )[form]


def pairs(rng: np.random.Generator, count: int) -> tuple[np.ndarray, ...]:
    """Codes (count, LONGEST), which of them are no padding, and ISO codes (count, 10).

    Days are uniform from 1950 to 2049, and so are the ten ways to write one.
    """
    first = datetime.date(1950, 1, 1).toordinal()
    last = datetime.date(2049, 12, 31).toordinal()
    codes = np.zeros((count, LONGEST), dtype=int)
    used = np.zeros((count, LONGEST))
    iso = np.zeros((count, 10), dtype=int)
    for row in range(count):
        day = datetime.date.fromordinal(int(rng.integers(first, last + 1)))
        text = written(day, int(rng.integers(10)))
        codes[row, : len(text)] = [INPUTS.index(letter) for letter in text]
        used[row, : len(text)] = 1.0
        iso[row] = [OUTPUTS.index(letter) for letter in day.isoformat()]
    return codes, used, iso


def text_of(codes: np.ndarray, used: np.ndarray) -> str:
    return "".join(INPUTS[code] for code in codes[used > 0])
