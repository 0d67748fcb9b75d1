"""Methods by name: what they are made of, and fits to arrays with small budgets."""

import numpy as np
import pytest

from lsdm_stats import (
    LSDM,
    Autoencoder,
    Critic,
    EnergyScore,
    ExactTransport,
    FlowMatching,
    HoldoutDim,
    Identity,
    NearestNeighbours,
    PairedOnly,
    ScoreMatching,
    SemiSupervised,
    Spec,
    Training,
    VariationalAutoencoder,
    engression,
    latent_flow,
    ldm,
    wgcs,
)

RECIPES = {
    "lsdm": LSDM(),
    "wgcs": wgcs(),
    "wgcs_critic": wgcs(Critic()),
    "engression": engression(),
    "ldm": ldm(),
    "ldm_2": ldm(dim=2),
    "latent_flow": latent_flow(),
    "paired_only": PairedOnly(method=LSDM()),
}
BRIEF = {
    "training": Training(max_steps=40, patience=20, check_every=20, batch_size=16),
    "hidden": (8,),
    "n_steps": 4,
    "warm_start": 20,
    "critic_start": 20,
}
each = pytest.mark.parametrize("method", RECIPES.values(), ids=RECIPES.keys())


def brief(spec):
    """The same method with tiny networks and budgets, at every depth."""

    def changed(name, value):
        if isinstance(value, tuple) and value and isinstance(value[0], Spec):
            return tuple(brief(part) for part in value)
        if name in BRIEF:
            return BRIEF[name] if value != 0 else value
        return brief(value) if isinstance(value, Spec) else value

    return type(spec)(**{name: changed(name, getattr(spec, name)) for name in type(spec).model_fields})


def arrays(n=30, m=20, q=3):
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(n + m, 1))
    y = np.column_stack([np.cos(6 * x), np.sin(6 * x), *[x] * (q - 2)])[:, :q] + 0.05 * rng.normal(size=(n + m, q))
    return x[:n], y[:n], y[n:]


def test_recipes_are_the_cells_that_they_name():
    dims = (1, 2, 4, 8)
    assert LSDM().matcher == wgcs().matcher == ExactTransport()
    assert LSDM().latent == HoldoutDim(candidates=tuple(Autoencoder(dim=k) for k in dims))
    assert ldm().latent == HoldoutDim(candidates=tuple(VariationalAutoencoder(dim=k) for k in dims))
    assert latent_flow().latent == ldm().latent
    assert ldm(dim=2).latent == latent_flow(dim=2).latent == VariationalAutoencoder(dim=2)
    assert (ldm().matcher, latent_flow().matcher) == (ScoreMatching(), FlowMatching())
    assert wgcs().latent == engression().latent == Identity()
    assert wgcs(Critic()).matcher == Critic()
    assert engression().matcher == EnergyScore()
    assert [method.uses_unpaired for method in RECIPES.values()] == [True, False, False, False, True, True, True, False]
    assert len({method.digest for method in RECIPES.values()}) == len(RECIPES)


@each
def test_every_recipe_fits_arrays_with_vectors_and_labels(method):
    x, y, more = arrays()
    rng = np.random.default_rng(1)
    fitted = brief(method).fit_arrays(x, y, unpaired=more, rng=rng)
    assert fitted.sample([[0.1], [0.5]], rng=rng).shape == (2, 3)
    assert fitted.sample([[0.1], [0.5]], n_draws=4, rng=rng).shape == (4, 2, 3)
    by_label = brief(method).fit_arrays((4 * x[:, 0]).astype(int), y, unpaired=more, rng=rng)
    assert by_label.sample([0, 2], n_draws=1, rng=rng).shape == (1, 2, 3)
    with pytest.raises(ValueError, match="at least one row"):
        fitted.sample(np.empty((0, 1)), rng=rng)
    with pytest.raises(ValueError, match="at least one label"):
        by_label.sample(np.empty(0, dtype=int), rng=rng)


@pytest.mark.parametrize("label", sorted(set(RECIPES) - {"ldm_2"}))
def test_every_recipe_fits_responses_of_one_dimension(label):
    method = RECIPES[label]
    x, y, more = arrays(q=2)
    fitted = brief(method).fit_arrays(x, y[:, 0], unpaired=more[:, 0], rng=np.random.default_rng(1))
    assert fitted.sample(x, rng=np.random.default_rng(2)).shape == (30,)


def test_without_unpaired_responses_a_method_is_what_it_is_with_pairs_alone():
    x, y, more = arrays()
    method = brief(LSDM(latent=Autoencoder(dim=2)))
    with_more, pairs = SemiSupervised(x[None], y[None], more[None]), SemiSupervised(x[None], y[None])

    def drawn(of, data):
        return of.fit(data, rngs=[np.random.default_rng(1)]).sample(x[None], rngs=[np.random.default_rng(2)])

    alone = drawn(PairedOnly(method=method), with_more)
    np.testing.assert_array_equal(alone, drawn(method, pairs))
    assert not np.array_equal(alone, drawn(method, with_more))


def test_pairs_alone_keep_replicates_and_their_failures():
    x, y, more = arrays()
    data = SemiSupervised(np.stack([x] * 2), np.stack([y] * 2), np.stack([more] * 2))
    method = LSDM(latent=Identity(), matcher=NearestNeighbours())
    fitted = PairedOnly(method=method).fit(data, rngs=[np.random.default_rng(r) for r in range(2)])
    assert fitted.failures == (None, None)
    assert fitted.training_responses.shape == (2, 30, 3)


@pytest.mark.parametrize("bad", [Autoencoder(dim=2), EnergyScore(), Training()], ids=lambda bad: type(bad).__name__)
def test_only_methods_can_be_had_with_pairs_alone(bad):
    with pytest.raises(ValueError, match=f"must be a method such as LSDM\\(\\); got {type(bad).__name__}"):
        PairedOnly(method=bad)


def test_declaring_recipes_loads_nothing_heavy():
    import subprocess
    import sys

    code = (
        "import sys; from lsdm_stats import LSDM, PairedOnly, engression, latent_flow, ldm, wgcs\n"
        "PairedOnly(method=LSDM()); engression(); latent_flow(); ldm(); wgcs()\n"
        "print([name for name in ('torch', 'ot', 'pandas', 'matplotlib', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
