"""The device setting: what it refuses, what it leaves alone, and that no loss mixes devices."""

import contextlib
import threading
from itertools import pairwise

import numpy as np
import pytest
import torch

from lsdm_stats import Autoencoder, EnergyScore, Training
from lsdm_stats.latents import Identity
from lsdm_stats.matchers import FlowMatching, MixtureDensity
from lsdm_stats.matchers.generator import GeneratorNetwork
from lsdm_stats.matchers.velocity import VelocityNetwork
from lsdm_stats.nets.critics import CriticTraining, GroupSortCritic, PenalisedCritic, dual_value
from lsdm_stats.nets.device import current_device, device
from lsdm_stats.nets.entropic import sinkhorn_divergence
from lsdm_stats.nets.losses import energy_score
from lsdm_stats.nets.mixtures import MixtureShape
from lsdm_stats.nets.neighbours import gather_nearest
from lsdm_stats.nets.networks import Layers, evaluate, to_tensor
from lsdm_stats.nets.optimiser import Adam
from lsdm_stats.nets.priors import kl_to_normal, mmd_to_normal
from lsdm_stats.nets.velocities import velocity_error
from lsdm_stats.samples import LatentPairs

RULE = Training(max_steps=60, patience=40, check_every=20)
NO_CUDA = not torch.cuda.is_available()


def rngs(count=2, seed=0):
    return [np.random.default_rng([seed, r]) for r in range(count)]


def test_the_processor_is_the_default_and_is_restored():
    assert current_device() == "cpu"
    with device("cpu"):
        assert current_device() == "cpu"
    assert current_device() == "cpu"


def test_the_device_is_restored_after_an_error(monkeypatch):
    monkeypatch.setattr("lsdm_stats.nets.device._check_cuda", lambda: None)
    with contextlib.suppress(RuntimeError), device("cuda"):
        raise RuntimeError
    assert current_device() == "cpu"


def test_an_unknown_device_is_refused():
    with pytest.raises(ValueError, match=r"device must be one of \('cpu', 'cuda'\); got 'tpu'"), device("tpu"):
        pass


@pytest.mark.skipif(not NO_CUDA, reason="there is a CUDA device")
def test_an_absent_device_is_refused():
    with pytest.raises(ValueError, match='device "cuda" must be at hand'), device("cuda"):
        pass
    assert current_device() == "cpu"


def test_the_setting_changes_no_digest_and_no_number():
    data = np.random.default_rng(0).normal(size=(2, 40, 3))
    method = Autoencoder(dim=2, training=RULE)
    outside, digest = method.fit(data, rngs=rngs()).encode(data), method.digest
    with device("cpu"):
        assert method.digest == digest
        np.testing.assert_array_equal(method.fit(data, rngs=rngs()).encode(data), outside)


def test_the_setting_holds_in_its_own_thread(monkeypatch):
    monkeypatch.setattr("lsdm_stats.nets.device._check_cuda", lambda: None)
    seen = []
    with device("cuda"):
        thread = threading.Thread(target=lambda: seen.append(current_device()))
        thread.start()
        thread.join()
        assert current_device() == "cuda"
    assert seen == ["cpu"]


# What follows runs on torch's "meta" device: tensors have shapes but no values, and are not mixed with those of the
# processor, as on an accelerator.


def normal(*shape):
    return torch.empty(shape, device="meta")


def networks(*widths):
    pairs = list(pairwise(widths))
    return Layers(tuple(normal(2, i, o) for i, o in pairs), tuple(normal(2, 1, o) for _, o in pairs))


def losses():
    shape = MixtureShape(3, 2, True, 1e-3)
    groupsort, penalised = GroupSortCritic(networks(3, 4, 1), 1), PenalisedCritic(networks(3, 4, 1), 1, 10.0)
    return {
        "energy score": lambda: energy_score(normal(2, 5, 4, 2), normal(2, 5, 2)),
        "velocity": lambda: velocity_error(networks(4, 3, 2), normal(2, 5, 1), normal(2, 5, 2), normal(2, 5, 8, 7)),
        "mixture": lambda: shape.log_density(normal(2, 5, shape.n_outputs), normal(2, 5, 2)),
        "kl": lambda: kl_to_normal(normal(2, 5, 2), normal(2, 5, 2)),
        "mmd": lambda: mmd_to_normal(normal(2, 5, 2)),
        "sinkhorn": lambda: sinkhorn_divergence(
            normal(2, 5, 1), normal(2, 5, 2), normal(2, 5, 2), regularization=0.1, iterations=2
        ),
        "groupsort": lambda: dual_value(groupsort, normal(2, 5, 3), normal(2, 5, 3)),
        "penalty": lambda: penalised.penalty(normal(2, 5, 3), normal(2, 5, 3)),
        "neighbours": lambda: gather_nearest([normal(2, 5, 1), normal(2, 5, 2)], 3)[1],
    }


NAMES = ("energy score", "velocity", "mixture", "kl", "mmd", "sinkhorn", "groupsort", "penalty", "neighbours")


@pytest.mark.parametrize("name", NAMES)
def test_a_loss_stays_on_its_device(name):
    assert losses()[name]().device.type == "meta"


def test_a_critic_and_an_optimiser_stay_on_their_device():
    critic = GroupSortCritic(networks(3, 4, 1), 1)
    CriticTraining(critic, 0.01).step(normal(2, 5, 3), normal(2, 5, 3))
    Adam(critic.layers.tensors).step([torch.empty_like(t) for t in critic.layers.tensors], normal(2, 1, 1))


def test_devices_that_are_mixed_are_noticed():
    with pytest.raises(RuntimeError, match="device"):
        energy_score(normal(2, 5, 4, 2), torch.zeros(2, 5, 2))


def test_arrays_go_where_they_are_told():
    assert to_tensor(np.zeros((2, 3))).device.type == "cpu"
    assert to_tensor(np.zeros((2, 3)), torch.device("meta")).device.type == "meta"


FITS = {
    "autoencoder": lambda x, z: Autoencoder(dim=2, training=RULE).fit(z, rngs=rngs()).encode(z),
    "energy score": lambda x, z: sampled(EnergyScore(network=GeneratorNetwork(training=RULE)), x, z),
    "flow": lambda x, z: sampled(FlowMatching(network=VelocityNetwork(training=RULE)), x, z),
    "mixture": lambda x, z: sampled(MixtureDensity(training=RULE), x, z),
}


def sampled(matcher, x, z):
    pairs = LatentPairs(x, z, Identity().fit(z, rngs=rngs()))
    return matcher.fit(pairs, rngs=rngs()).sample(x, rngs=rngs(seed=1))


@pytest.mark.skipif(NO_CUDA, reason="no CUDA device")
@pytest.mark.parametrize("name", FITS)
def test_a_fit_on_cuda_is_that_of_the_processor_up_to_rounding(name):
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(2, 60, 1)), rng.normal(size=(2, 60, 2))
    expected = FITS[name](x, z)
    with device("cuda"):
        found = FITS[name](x, z)
    np.testing.assert_allclose(found, expected, atol=0.02 * np.abs(expected).max())


@pytest.mark.skipif(NO_CUDA, reason="no CUDA device")
def test_networks_on_cuda_take_and_give_arrays_outside_the_context():
    with device("cuda"):
        layers = Layers((to_tensor(np.ones((1, 2, 1))),), (to_tensor(np.zeros((1, 1, 1))),))
    np.testing.assert_array_equal(evaluate(layers, np.ones((1, 3, 2))), np.full((1, 3, 1), 2.0))
