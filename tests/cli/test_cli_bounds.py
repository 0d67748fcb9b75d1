"""``lsdm bounds``: every number it prints within 1 % of an evaluation of its own, its words, and what it refuses."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pytest
from scipy import integrate, stats

from lsdm_stats.bounds import CATALOGUE, RATES
from lsdm_stats.cli import main

Call = Callable[..., tuple[int, str, str]]
SPACES = ("cube:1", "cube:2", "cube:3", "cube:5", "sphere:2", "torus:1", "torus:2", "torus:3")
SIZES = (100, 1000, 10000)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Run the command; returns exit code, stdout and stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(["bounds", *arguments])
        out, err = capsys.readouterr()
        return int(caught.value.code or 0), out, err

    return run


# B0: the uniform law of the unit interval


def binomial_deviation(n, p):
    """E|X - np| = 2 E(np - X)_+ from two distribution functions."""
    below = np.floor(n * p)
    return 2 * n * p * (stats.binom.cdf(below, n, p) - stats.binom.cdf(below - 1, n - 1, p))


def line_exact(dim, n):
    p = (np.arange(40_000) + 0.5) / 40_000
    return binomial_deviation(n, p).mean() / n


def line_upper(dim, n):
    return math.pi / 8 / math.sqrt(n)


def line_lower(dim, n):
    inside = integrate.quad(lambda p: math.sqrt(p * (1 - p)), 1 / n, 1 - 1 / n)[0]
    return inside / math.sqrt(2 * n)


# B1: cubes


def dyadic(dim, n):
    best = math.inf
    for b in range(2, 6):
        chained = 0.0
        for level in range(1, 40):
            chained += (b - 1) / 2 * b**-level * min(2, math.sqrt((b ** (dim * level) - 1) / n))
            best = min(best, math.sqrt(dim) * (b**-level + chained))
    return best


# B2: sums over eigenvalues, truncated, and the best of many times


def wave_sums(step, first, times):
    """For each time the sum over wave numbers from `first` (0 or minus infinity) of exp(-(step k)^2 t)."""
    waves = [np.arange(1, 2 + math.ceil(math.sqrt(40 / t) / step)) for t in times]
    half = np.array([np.exp(-((step * k) ** 2) * t).sum() for k, t in zip(waves, times, strict=True)])
    return 1 + (half if first == 0 else 2 * half)


@lru_cache
def spectral_sums(kind, dim, law):
    """Times, and S there: twice the integral of the trace less 1 from twice the time on, by the trapezoidal rule."""
    later = np.exp(np.linspace(math.log(4e-7 if kind == "sphere" else 2e-8), math.log(40), 2501))
    if kind == "sphere":
        degrees = np.arange(1, 10_000)
        excess = np.array([((2 * degrees + 1) * np.exp(-degrees * (degrees + 1) * t)).sum() for t in later])
    else:
        step = math.pi if kind == "cube" else 2 * math.pi
        first = 0 if kind == "cube" and law == "uniform" else -math.inf
        excess = wave_sums(step, first, later) ** dim - 1
    pieces = (later[1:] - later[:-1]) * (excess[1:] + excess[:-1]) / 2
    return later[:-1] / 2, pieces[::-1].cumsum()[::-1]


def spectral(kind, dim, n, law):
    times, sums = spectral_sums(kind, dim, law)
    mean_chi = math.sqrt(2) * math.gamma((dim + 1) / 2) / math.gamma(dim / 2)
    bounds = (1 if law == "uniform" else 2) * np.sqrt(2 * times) * mean_chi + np.sqrt(sums / n)
    if dim == 1:
        zeta = {"cube": 1 / 6 if law == "uniform" else 1 / 3, "torus": 1 / 12}[kind]
        return min(bounds.min(), math.sqrt(zeta / n))
    return bounds.min()


def spectral_uniform(kind, dim, n):
    return spectral(kind, dim, n, "uniform")


def spectral_any(kind, dim, n):
    return spectral(kind, dim, n, "any")


# B3: covering numbers by cells, or by volumes of caps


def cover(kind, dim):
    """c and the largest radius."""
    if kind == "sphere":
        return 2 ** (1 / dim) * math.pi, math.pi
    return math.sqrt(dim), math.sqrt(dim) / 2


def entropy_closed(kind, dim, n):
    c, largest = cover(kind, dim)
    if dim == 1:
        found = 4 * math.sqrt(c * largest / n)
    elif dim == 2:  # J scales in the ratio b
        ratios = np.exp(np.linspace(1e-3, 8, 4000))
        found = min((2 * largest * ratios ** -float(scales) + scales * ratios * c / math.sqrt(n)).min()
                    for scales in range(1, 60))
    else:
        found = 2 * dim / (dim - 2) * (dim / 2) ** (2 / (dim - 2)) * c * (4 * n) ** (-1 / dim) * 4 ** (1 / dim)
        found *= 2 ** (-2 / dim)
    return min(found, 2 * largest)


def entropy_chained(kind, dim, n):
    c, largest = cover(kind, dim)
    best = entropy_closed(kind, dim, n)
    for ratio in (2 ** (k / 8) for k in range(1, 33)):
        chained, radius = 0.0, largest
        for _ in range(400):
            balls = math.floor((c * ratio / radius) ** dim + 1e-9)
            chained += radius * min(2.0, math.sqrt((balls - 1) / n))
            radius /= ratio
            best = min(best, 2 * radius + chained)
            if chained > best:
                break
    return best


# B4 and B5


def fournier(kind, dim, n):
    if dim == 1:
        return 2**-0.5 / (1 - 2**-0.5) / math.sqrt(n)
    if dim == 2:
        return math.sqrt(2) * (max(0, math.log2(math.sqrt(n) / 2)) + 2) / math.sqrt(n)
    power = 1 - 2 / dim
    return math.sqrt(dim) * 2**power * (1 - 2 ** (-dim / 2)) ** power / (1 - 2 ** (1 - dim / 2)) * n ** (-1 / dim)


def quantisation(kind, dim, n):
    """The mean distance to the nearest of n points can not be below that of n disjoint balls of all the mass."""
    volume = {"sphere": 4 * math.pi}.get(kind, 1.0)
    ball = {1: 2.0, 2: math.pi, 3: 4 / 3 * math.pi, 5: 8 / 15 * math.pi**2}[dim]
    radius = (volume / (n * ball)) ** (1 / dim)
    return integrate.quad(lambda s: 1 - (s / radius) ** dim, 0, radius)[0]


REFERENCES = {
    "B0.exact": lambda kind, dim, n: line_exact(dim, n),
    "B0.upper": lambda kind, dim, n: line_upper(dim, n),
    "B0.lower": lambda kind, dim, n: line_lower(dim, n),
    "B1": lambda kind, dim, n: dyadic(dim, n),
    "B2.uniform": spectral_uniform,
    "B2.any": spectral_any,
    "B3.chained": entropy_chained,
    "B3.closed": entropy_closed,
    "B4": fournier,
    "B5": quantisation,
}
EXPECTED = {
    "cube": {"B1", "B2.uniform", "B2.any", "B3.chained", "B3.closed", "B4", "B5"},
    "torus": {"B1", "B2.uniform", "B2.any", "B3.chained", "B3.closed", "B5"},
    "sphere": {"B2.uniform", "B2.any", "B3.chained", "B3.closed", "B5"},
}


@pytest.fixture(scope="module")
def printed():
    """The table of all spaces and sizes."""
    import contextlib
    import io

    out = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit):
        main(["bounds", "--json"])
    return json.loads(out.getvalue())


@pytest.mark.parametrize("space", SPACES)
def test_every_number_is_within_one_percent_of_its_own_evaluation(printed, space):
    kind, dim = space.split(":")
    rows = [row for row in printed if row["space"] == space]
    line = {"B0.exact", "B0.upper", "B0.lower"} if space == "cube:1" else set()
    assert {row["label"] for row in rows} == EXPECTED[kind] | line
    for row in rows:
        assert row["n"] == list(SIZES)
        own = [REFERENCES[row["label"]](kind, int(dim), n) for n in SIZES]
        assert row["values"] == pytest.approx(own, rel=0.01), row["label"]


def test_all_lower_bounds_are_below_all_upper_ones(printed):
    for space in SPACES:
        rows = [row for row in printed if row["space"] == space]
        sides = {side: np.array([row["values"] for row in rows if row["side"] == side]) for side in ("lower", "upper")}
        assert np.all(sides["lower"].max(axis=0) <= sides["upper"].min(axis=0) * (1 + 1e-9))


def test_the_known_numbers_of_the_cube(call):
    _, out, _ = call("--space", "cube:3", "--n", "1000", "--json")
    found = {row["label"]: row["values"][0] for row in json.loads(out)}
    assert found["B2.uniform"] == pytest.approx(0.0852, abs=5e-5)
    assert found["B2.any"] == pytest.approx(0.194, abs=5e-4)
    assert found["B1"] == pytest.approx(0.384, abs=5e-4)
    assert found["B4"] == pytest.approx(0.644, abs=5e-4)
    assert found["B5"] == pytest.approx(0.0465, abs=5e-5)


def test_the_table_is_aligned_and_shows_what_json_has(call):
    arguments = ("--space", "sphere:2", "--space", "cube:1", "--n", "50, 20000")
    code, out, _ = call(*arguments)
    rows = json.loads(call(*arguments, "--json")[1])
    assert code == 0
    head, *lines = out.splitlines()
    assert head.split() == ["space", "theorem", "bound", "side", "n", "=", "50", "n", "=", "20,000"]
    assert len(lines) == len(rows) + 1
    for line, row in zip(lines, rows, strict=False):
        assert line[head.index("theorem"):].startswith(row["label"])
        assert line.split()[-2:] == [f"{value:.4f}" if value >= 1e-3 else f"{value:.1e}" for value in row["values"]]
        assert len(line.rstrip()) == len(head.rstrip())
    assert [line.split()[0] for line in lines if not line.startswith("  ")][:2] == ["sphere:2", "cube:1"]


def test_spaces_and_sizes_are_taken_once_and_in_order(call):
    rows = json.loads(call("--space", "torus:2", "--space", "torus:2", "--n", "7,7,5", "--json")[1])
    assert {row["space"] for row in rows} == {"torus:2"}
    assert len(rows) == len({row["label"] for row in rows})
    assert all(row["n"] == [7, 5] for row in rows)


def test_the_largest_requests_are_answered(call):
    for space in ("cube:20", "torus:20", "sphere:20", "sphere:1"):
        rows = json.loads(call("--space", space, "--n", "1,1000000000", "--json")[1])
        assert {"B2.uniform", "B5"} <= {row["label"] for row in rows}
        assert all(math.isfinite(value) for row in rows for value in row["values"])


def test_every_theorem_is_listed(call):
    code, out, _ = call("--list")
    assert code == 0
    listed = json.loads(call("--list", "--json")[1])
    assert {(one["label"], one["tag"]) for one in listed} >= {(one.label, one.tag) for one in (*CATALOGUE, *RATES)}
    assert "C7.cells" in {one["label"] for one in listed}
    for one in listed:
        assert set(one) == {"label", "title", "statement", "assumptions", "tag"}
        assert f"{one['label']}  {one['statement']}" in out
        assert f"    {one['tag']}" in out


@pytest.mark.parametrize(("arguments", "message"), [
    (("--space", "ball:3"), "--space must be cube:D, torus:D or sphere:D with a dimension D from 1 to 20; got"),
    (("--space", "cube"), "got 'cube'"),
    (("--space", "cube:0"), "got 'cube:0'"),
    (("--space", "cube:21"), "got 'cube:21'"),
    (("--space", "cube:2.5"), "got 'cube:2.5'"),
    (("--space", "sphere:²"), "got 'sphere:²'"),
    (("--n", "100,"), "--n must be numbers of points from 1 to 1,000,000,000 such as 100,1000,10000; got '100,'"),
    (("--n", "0"), "got '0'"),
    (("--n", "1e3"), "got '1e3'"),
    (("--n", "9999999999999999999"), "got '9999999999999999999'"),
    (("--list", "--n", "5"), "--list must be used without --space and --n"),
])
def test_refusals_are_one_line_and_exit_code_two(call, arguments, message):
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
