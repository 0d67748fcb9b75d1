"""What `training.py` compares blocks with: fits of one replicate after another, as a good user of PyTorch writes them.

`nn.Sequential`, `torch.optim.Adam`, gradient clipping, batches indexed from a tensor, noise drawn on the device of the
data, a hold-out score every 50 steps. Steps, widths, draws and batches are those of the block. Losses that are more
than a few lines (assignments, entropic plans, the discrepancy of latents) are the package's own, called for one
replicate: there both sides do the same work, and only what is around it differs.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lsdm_stats import Training
from lsdm_stats.matchers import Windows
from lsdm_stats.nets.entropic import sinkhorn_divergence
from lsdm_stats.nets.losses import matched_distance
from lsdm_stats.nets.neighbours import gather_nearest
from lsdm_stats.nets.priors import mmd_to_normal

WIDTH = 16  # of responses
WINDOWS = Windows()
PENALTY, CONDITION_WEIGHT, ITERATIONS = 0.1, 3.0, 50  # defaults of the package
CRITIC_STEPS, CRITIC_RATE = 2, 3e-3
HORIZON = 5.0

Arrays = tuple[Tensor, ...]
Step = Callable[[nn.Module, Arrays, bool], Tensor]
"""The loss of a batch; the last argument says that it is a hold-out score."""


def one_by_one(fit: str, data: tuple[np.ndarray, ...], rule: Training, on: str) -> None:
    """A loop over replicates."""
    for replicate in zip(*(torch.tensor(array, dtype=torch.float32, device=on) for array in data), strict=True):
        standard = tuple((array - array.mean(0)) / array.std(0) for array in replicate)
        network, step = loop_parts(fit, on)
        windows = WINDOWS if fit == "local transport" else None
        train_module(network, step, standard, rule, windows)


def train_module(network: nn.Module, step: Step, arrays: Arrays, rule: Training, windows: Windows | None) -> None:
    """Adam with clipping; best weights kept, learning rate cut when patience runs out."""
    optimiser = torch.optim.Adam(network.parameters(), lr=rule.learning_rate)
    n = len(arrays[0])
    order = torch.randperm(n, device=arrays[0].device)
    held = rule.holdout_size(n)
    holdout, kept = (tuple(array[rows] for array in arrays) for rows in (order[:held], order[held:]))
    batch_size = rule.batch_size
    if windows is not None:
        kept = tuple(array[0] for array in gather_nearest([array[None] for array in kept], windows.size))
        batch_size = windows.per_step
    best, best_state, waited, decays = float("inf"), copy.deepcopy(network.state_dict()), 0, 0
    for count in range(1, rule.max_steps + 1):
        if (position := (count - 1) * batch_size % (n - held)) < batch_size:
            order = torch.randperm(n - held, device=order.device).repeat(2)
        rows = order[position : position + batch_size]
        loss = step(network, tuple(array[rows] for array in kept), False)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 10.0)
        optimiser.step()
        if count % rule.check_every:
            continue
        with torch.no_grad():
            score = float(step(network, holdout, True))
        waited += rule.check_every
        if score < best:
            waited = 0 if score < best - 1e-4 * abs(best) or best == float("inf") else waited
            best, best_state = score, copy.deepcopy(network.state_dict())
        if waited >= rule.patience:
            network.load_state_dict(best_state)
            waited, decays = 0, decays + 1
            for group in optimiser.param_groups:
                group["lr"] *= rule.decay
            if decays > rule.n_decays:
                break
    network.load_state_dict(best_state)


def loop_parts(fit: str, on: str) -> tuple[nn.Module, Step]:
    """A module and the loss of a batch."""
    match fit:
        case "autoencoder":
            return coders(2, on), lambda net, batch, _: (net[1](net[0](batch[0])) - batch[0]).square().mean()
        case "variational autoencoder":
            return coders(4, on), variational_loss
        case "Wasserstein autoencoder":
            return coders(2, on), penalised_loss
        case "flow matching":
            return perceptron((1 + 2 + 1, 64, 64, 2), on), flow_loss
        case "score matching":
            return perceptron((1 + 2 + 1, 64, 64, 2), on), diffusion_loss
        case "mixture density":
            return perceptron((1, 64, 64, 8 * 6), on), mixture_loss
        case "energy score, 1 hidden layer":
            return perceptron((1 + 6, 64, 2), on), energy_loss
    losses = {"energy score": energy_loss, "exact transport": transport_loss, "Sinkhorn": sinkhorn_loss,
              "local transport": local_loss}
    return perceptron((1 + 6, 64, 64, 2), on), Game(on) if fit == "critic" else losses[fit]


def perceptron(widths: tuple[int, ...], on: str) -> nn.Sequential:
    """Linear layers and SiLU between them."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.SiLU()]
    return nn.Sequential(*layers[:-1]).to(on)


def coders(outputs: int, on: str) -> nn.ModuleList:
    """An encoder and a decoder of two latent variables."""
    return nn.ModuleList([perceptron((WIDTH, 64, 64, outputs), on), perceptron((2, 64, 64, WIDTH), on)])


def variational_loss(network: nn.Module, batch: Arrays, is_score: bool) -> Tensor:
    """Negative bound with a learnt variance, by one posterior draw or 8."""
    encoder, decoder = network
    means, logs = encoder(batch[0]).chunk(2, dim=1)
    noise = torch.randn((len(means), 8 if is_score else 1, 2), device=means.device)
    draws = means[:, None] + (0.5 * logs).exp()[:, None] * noise
    mean_square = (decoder(draws) - batch[0][:, None]).square().mean()
    divergence = 0.5 * (means.square() + logs.exp() - logs - 1).sum(dim=1).mean()
    return 0.5 * mean_square.log() + 0.5 + divergence / WIDTH


def penalised_loss(network: nn.Module, batch: Arrays, is_score: bool) -> Tensor:
    """Squared error and discrepancy of the latents from a normal law."""
    encoder, decoder = network
    latents = encoder(batch[0])
    return (decoder(latents) - batch[0]).square().mean() + PENALTY * mmd_to_normal(latents[None])[0]


def drawn(network: nn.Module, rows: Tensor, count: int) -> Tensor:
    """Draws ``(n, count, 2)`` of a generator with three normal variables and three signs."""
    shape = (len(rows), count, 3)
    normal = torch.randn(shape, device=rows.device)
    signs = torch.randint(0, 2, shape, device=rows.device) * 2.0 - 1.0
    return network(torch.cat([rows[:, None].expand(-1, count, -1), normal, signs], dim=2))


def energy_loss(network: nn.Module, batch: Arrays, is_score: bool) -> Tensor:
    """Energy score of 4 draws, or of 32."""
    rows, targets = batch
    draws = drawn(network, rows, 32 if is_score else 4)
    count = draws.shape[1]
    between = torch.cdist(draws, draws).sum(dim=(1, 2)).mean() / (2 * count * (count - 1)) if is_score else (
        sum((draws[:, i] - draws[:, j]).norm(dim=1).mean() for i in range(4) for j in range(i)) / 12
    )
    return (draws - targets[:, None]).norm(dim=2).mean() - between


def transport_loss(network: nn.Module, batch: Arrays, is_score: bool) -> Tensor:
    """Mean distance to the partners of an exact assignment; held out, the energy score."""
    if is_score:
        return energy_loss(network, batch, True)
    rows, targets = batch
    return matched_distance(rows[None], drawn(network, rows, 1)[None, :, 0], targets[None])[0]


def local_loss(network: nn.Module, batch: Arrays, is_score: bool) -> Tensor:
    """Half the distances of two draws to the observed points, less that between the draws, within windows."""
    if is_score:
        return energy_loss(network, batch, True)
    rows, targets = batch
    draws = drawn(network, rows.flatten(0, 1), 2).unflatten(0, rows.shape[:2])
    first, second, x = draws[:, :, 0], draws[:, :, 1], CONDITION_WEIGHT * rows
    to_observed = matched_distance(x, first, targets) + matched_distance(x, second, targets)
    return 0.5 * (to_observed - matched_distance(x, first, second)).mean()


def sinkhorn_loss(network: nn.Module, batch: Arrays, is_score: bool) -> Tensor:
    """Debiased entropic distance of the batch; held out, the energy score."""
    if is_score:
        return energy_loss(network, batch, True)
    rows, targets = batch
    draws = drawn(network, rows, 1)[None, :, 0]
    return sinkhorn_divergence(rows[None], draws, targets[None], regularization=0.05, iterations=ITERATIONS)[0]


def flow_loss(network: nn.Module, batch: Arrays, is_score: bool) -> Tensor:
    """Squared error of velocities on straight paths."""
    times = stratified(batch[0], is_score)
    return velocity_loss(network, batch, times, (times, 1 - times), (torch.ones_like(times), -torch.ones_like(times)))


def diffusion_loss(network: nn.Module, batch: Arrays, is_score: bool) -> Tensor:
    """The same on a quarter circle."""
    times = stratified(batch[0], is_score)
    rate = -math.acos(math.exp(-HORIZON))
    angles = (1 - times) * -rate
    cosines, sines = angles.cos(), angles.sin()
    return velocity_loss(network, batch, times, (cosines, sines), (-rate * sines, rate * cosines))


def stratified(rows: Tensor, is_score: bool) -> Tensor:
    """8 stratified times ``(n, J, 1)``, or 32."""
    count = 32 if is_score else 8
    noise = torch.rand((len(rows), count), device=rows.device)
    return ((torch.arange(count, device=rows.device) + noise) / count)[..., None]


def velocity_loss(network: nn.Module, batch: Arrays, times: Tensor, weights: Arrays, rates: Arrays) -> Tensor:
    """Squared error of velocities on paths from noise to targets."""
    rows, targets = batch
    ends, noise = targets[:, None], torch.randn((*times.shape[:2], 2), device=rows.device)
    place = weights[0] * ends + weights[1] * noise
    found = network(torch.cat([rows[:, None].expand(-1, times.shape[1], -1), place, times], dim=2))
    return (found - rates[0] * ends - rates[1] * noise).square().mean()


def mixture_loss(network: nn.Module, batch: Arrays, is_score: bool) -> Tensor:
    """Negative log-likelihood of eight normal components in two dimensions, up to a constant."""
    rows, targets = batch
    logits, means, logs, coupling = network(rows).split((8, 16, 16, 8), dim=1)
    scales = logs.clamp(max=5).exp().unflatten(1, (8, 2)) + 1e-3
    apart = targets[:, None] - means.unflatten(1, (8, 2))
    shifted = torch.stack([apart[..., 0], apart[..., 1] + coupling * apart[..., 0]], dim=2)
    parts = logits.log_softmax(1) - 0.5 * (shifted / scales).square().sum(2) - scales.log().sum(2)
    return -parts.logsumexp(1).mean()


class GroupSort(nn.Module):
    """1-Lipschitz critic of (x, z): norm-constrained weights between sorted pairs of units."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(inputs, outputs) for inputs, outputs in pairwise((3, 64, 64, 1))])

    def forward(self, points: Tensor) -> Tensor:
        """Values ``(n, 1)``."""
        first, *others = self.layers
        size = torch.maximum(first.weight[:, :1].norm(dim=1), first.weight[:, 1:].norm(dim=1))
        hidden = functional.linear(points, first.weight / size[:, None], first.bias)
        for layer in others:
            pairs = hidden.unflatten(1, (-1, 2))
            hidden = torch.cat([pairs.amax(2), pairs.amin(2)], dim=1)
            hidden = functional.linear(hidden, layer.weight / layer.weight.abs().sum(1, keepdim=True), layer.bias)
        return hidden


class Game:
    """The dual value of a critic that takes two steps before each of the generator."""

    def __init__(self, on: str) -> None:
        self.critic = GroupSort().to(on)
        self.optimiser = torch.optim.Adam(self.critic.parameters(), lr=CRITIC_RATE)

    def __call__(self, network: nn.Module, batch: Arrays, is_score: bool) -> Tensor:
        """The loss of the generator; held out, the energy score."""
        if is_score:
            return energy_loss(network, batch, True)
        rows, targets = batch
        observed = torch.cat([rows, targets], dim=1)
        generated = torch.cat([rows.repeat_interleave(4, dim=0), drawn(network, rows, 4).flatten(0, 1)], dim=1)
        for _ in range(CRITIC_STEPS):
            self.optimiser.zero_grad()
            loss = self.critic(generated.detach()).mean() - self.critic(observed).mean()
            loss.backward()
            self.optimiser.step()
        return self.critic(observed).mean() - self.critic(generated).mean()
