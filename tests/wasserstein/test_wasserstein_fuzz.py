"""Some hundred of the problems of benchmarks/fuzz.py, and proof that their referees would object."""

from dataclasses import replace

import fuzz
import pytest

N_PROBLEMS = 450  # every kind of points with every kind of weights, twice


@pytest.mark.parametrize("part", range(3))
def test_exact_against_whole_numbers_and_highs(part):
    for index in range(part, N_PROBLEMS, 3):
        given = fuzz.problem(20261121, index)
        assert not fuzz.judge(given).faults, (index, str(given))


@pytest.mark.parametrize("coarsest", [2, 12])
def test_the_large_route_against_whole_numbers_and_highs(coarsest):
    with fuzz.large_route(coarsest) as solve:
        for index in range(coarsest, N_PROBLEMS, 2):
            given = fuzz.problem(20261122, index)
            assert not fuzz.judge(given, solve).faults, (index, str(given))


@pytest.mark.parametrize("spoil", [
    lambda found: {"lower": found.upper * 1.001, "value": found.upper * 1.001, "upper": found.upper * 1.002},
    lambda found: {"upper": found.lower * 0.999, "value": found.lower * 0.999, "lower": found.lower * 0.998},
    lambda found: {"value": found.value * 1.001, "upper": found.upper * 1.001},
    lambda found: {"lower": found.lower * 0.5},
    lambda found: {"potentials": (found.potentials[0] + 1e-3, found.potentials[1])},
    lambda found: {"plan": replace(found.plan, masses=found.plan.masses * 1.001)},
])
def test_a_spoiled_answer_is_found(spoil):
    given = fuzz.problem(1, 0)  # one law, no weights

    def solve(*arguments, **options):
        found = fuzz.exact(*arguments, **options)
        return replace(found, **spoil(found))

    assert not fuzz.judge(given).faults
    assert fuzz.judge(given, solve).faults


def test_an_exception_is_a_fault():
    def solve(*_, **__):
        raise RuntimeError("no optimum")

    assert fuzz.judge(fuzz.problem(1, 0), solve).faults == ["RuntimeError: no optimum"]
