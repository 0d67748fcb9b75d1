"""Small discrete laws with independent solvers: an assignment for equal masses, a linear program for any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, linprog
from scipy.spatial.distance import cdist


def assignment(cost, first, second):
    """Cost and plan of optimal transport between equal masses."""
    rows, columns = linear_sum_assignment(cost)
    plan = np.zeros_like(cost)
    plan[rows, columns] = 1 / len(cost)
    return float((plan * cost).sum()), plan


def program(cost, first, second):
    """Cost and plan of optimal transport between any masses, by linear programming."""
    n, m = cost.shape
    constraints = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    solved = linprog(cost.ravel(), A_eq=constraints, b_eq=np.concatenate([first, second]), method="highs")
    assert solved.success
    return float(solved.fun), solved.x.reshape(n, m)


def modulus(images, other_images, points, other_points, *, where=True):
    """Largest ratio of image distances to distances over the pairs in `where` that are apart."""
    distances = cdist(points, other_points)
    apart = (distances > 0) & where
    return float((cdist(images, other_images)[apart] / distances[apart]).max(initial=0.0))


@dataclass
class Law:
    """Generated (X', G) and true (X, Y) with masses, and the two maps; metrics' names for what is measured of them."""

    x_generated: np.ndarray
    latents: np.ndarray
    x: np.ndarray
    y: np.ndarray
    encode: object
    decode: object
    solve: object = assignment
    generated_masses: np.ndarray | None = None
    masses: np.ndarray | None = None

    def __post_init__(self):
        if self.generated_masses is None:
            self.generated_masses = np.full(len(self.latents), 1 / len(self.latents))
        if self.masses is None:
            self.masses = np.full(len(self.y), 1 / len(self.y))
        self.generated, self.encoded = self.decode(self.latents), self.encode(self.y)
        self.rebuilt = self.decode(self.encoded)

    def w1(self, first, second, *, joint=True, power=1):
        """Transport of the sum metric on (X, ·), or of · alone; with power 2 the squared W2 of the Euclidean metric."""
        cost = cdist(first, second) ** power
        if joint:
            cost = cost + cdist(self.x_generated, self.x) ** power
        return self.solve(cost, self.generated_masses, self.masses)

    def numbers(self):
        z, g = self.encoded, self.latents
        latent, plan = self.w1(g, z)
        used = plan > 1e-12
        between_x, between_z = cdist(self.x_generated, self.x), cdist(g, z)
        plan_modulus = modulus(self.generated, self.rebuilt, g, z, where=used)
        cross = modulus(self.generated, self.rebuilt, g, z)
        return {
            "joint_w1": self.w1(self.generated, self.y)[0],
            "reconstructed_joint_w1": self.w1(self.generated, self.rebuilt)[0],
            "latent_w1": latent,
            "pushed_cost": float((plan * (between_x + cdist(self.generated, self.rebuilt))).sum()),
            "plan_modulus": plan_modulus,
            "cross_modulus": cross,
            "weighted_plan_cost": float((plan * (between_x + plan_modulus * between_z)).sum()),
            "weighted_latent_w1": self.w1(cross * g, cross * z)[0],
            "reconstruction": float(self.masses @ np.linalg.norm(self.y - self.rebuilt, axis=1)),
            "encoder_modulus": modulus(self.encode(self.generated), z, self.generated, self.y),
            "cycle_error": float(self.generated_masses @ np.linalg.norm(self.encode(self.generated) - g, axis=1)),
        }

    def geometry(self, project):
        """What is measured against a manifold, given the nearest point on it."""
        errors, rebuilt = self.generated - project(self.generated), self.rebuilt - project(self.rebuilt)
        return {
            "distance_to_manifold": float(self.generated_masses @ length(errors)),
            "distance_to_manifold.response": float(self.masses @ length(self.y - project(self.y))),
            "distance_to_manifold.reconstruction": float(self.masses @ length(rebuilt)),
            "distance_modulus": modulus(length(errors)[:, None], length(rebuilt)[:, None], self.latents, self.encoded),
            "error_modulus": modulus(errors, rebuilt, self.latents, self.encoded),
            "response_w1": self.w1(self.generated, self.y, joint=False)[0],
            "marginal_latent_w1": self.w1(self.latents, self.encoded, joint=False)[0],
        }


def length(vectors):
    return np.linalg.norm(vectors, axis=1)


def network(rng, inputs, outputs):
    """A random smooth map of one hidden layer."""
    inner, offset = rng.normal(size=(inputs, 6)) * rng.uniform(0.2, 2), rng.normal(size=6)
    outer = rng.normal(size=(6, outputs)) * rng.uniform(0.2, 1.5)
    return lambda points: np.tanh(points @ inner + offset) @ outer


def random_law(rng, *, masses=False):
    """Random sizes and dimensions, random nonlinear maps, atoms partly shared and partly repeated."""
    p, k, q = rng.integers(1, 3), rng.integers(1, 4), rng.integers(1, 6)
    n = int(rng.integers(2, 9))
    n_generated = int(rng.integers(2, 9)) if masses else n
    x = rng.normal(size=(n, p)) * rng.uniform(0.01, 2)
    shared = n_generated == n and rng.random() < 0.5
    x_generated = x if shared else rng.normal(size=(n_generated, p))
    y = rng.normal(size=(n, q)) * rng.uniform(0.1, 2)
    latents = rng.normal(size=(n_generated, k)) * rng.uniform(0.1, 2)
    y[-1] = y[0]
    encode, decode = network(rng, q, k), network(rng, k, q)
    latents[0] = encode(y[:1])[0]
    if not masses:
        return Law(x_generated, latents, x, y, encode, decode)
    return Law(x_generated, latents, x, y, encode, decode, program,
               rng.dirichlet(np.ones(n_generated)), rng.dirichlet(np.ones(n)))


def orthonormal_law(rng, *, rank=None):
    """An affine isometric decoder and its encoder, as principal components have them."""
    p, q, n = 1, int(rng.integers(2, 6)), int(rng.integers(2, 9))
    k = int(rng.integers(1, q)) if rank is None else rank
    basis, centre = np.linalg.qr(rng.normal(size=(q, k)))[0], rng.normal(size=q)
    y = rng.normal(size=(n, q)) @ rng.normal(size=(q, q))
    return Law(rng.normal(size=(n, p)), rng.normal(size=(n, k)), rng.normal(size=(n, p)), y,
               lambda points: (points - centre) @ basis, lambda latents: centre + latents @ basis.T)


class Net:
    """tanh(points A + noise B + c) V, with the Lipschitz constants that the norms of its matrices give."""

    def __init__(self, rng, inputs, outputs, noise=0, scale=1.0):
        self.first, self.second = rng.normal(size=(inputs, 5)) * scale, rng.normal(size=(noise, 5)) * scale
        self.offset, self.last = rng.normal(size=5), rng.normal(size=(5, outputs)) * 0.6
        norm = np.linalg.norm(self.last, 2)
        self.lipschitz = np.linalg.norm(self.first, 2) * norm
        self.noise_lipschitz = np.linalg.norm(self.second, 2) * norm if noise else 0.0

    def __call__(self, points, noise=None):
        shift = 0.0 if noise is None else noise @ self.second
        return np.tanh(points @ self.first + shift + self.offset) @ self.last


def transport(first, second):
    """W1 of two discrete laws (points per block, masses) in the sum metric, by linear programming."""
    blocks = zip(first[0], second[0], strict=True)
    return program(sum(cdist(a, b) for a, b in blocks), first[1], second[1])[0]


@dataclass
class World:
    """A discrete population, a sample of it, both stages and a class of generators: everything of section D exactly."""

    x: np.ndarray
    y: np.ndarray
    masses: np.ndarray
    pairs: np.ndarray
    unpaired: np.ndarray
    noise: np.ndarray
    drawn: np.ndarray
    encode: Net
    decode: Net
    generators: list
    fitted: int

    def training(self, index):
        return np.full(len(index), 1 / len(index))

    def law(self, generator):
        """Q_G: every condition with every noise."""
        x, noise = np.repeat(self.x, len(self.noise), axis=0), np.tile(self.noise, (len(self.x), 1))
        return (x, generator(x, noise)), np.repeat(self.masses / len(self.noise), len(self.noise)), noise

    def training_law(self, generator):
        """The conditions of the pairs, each with noise that was drawn once."""
        x, noise = np.repeat(self.x[self.pairs], self.drawn.shape[1], axis=0), self.noise[self.drawn.ravel()]
        return (x, generator(x, noise)), np.full(len(x), 1 / len(x)), noise

    def residual(self, index=slice(None)):
        return length(self.y[index] - self.decode(self.encode(self.y[index])))

    def numbers(self):
        z = self.encode(self.y)
        truth, sample = ((self.x, z), self.masses), ((self.x[self.pairs], z[self.pairs]), self.training(self.pairs))
        laws, trained = [self.law(g) for g in self.generators], [self.training_law(g) for g in self.generators]
        distances, losses = [transport(law, truth) for law in laws], [transport(law, sample) for law in trained]
        gaps = [transport(*both) for both in zip(trained, laws, strict=True)]
        responses = np.concatenate([self.pairs, self.unpaired])
        (x, latents), masses, _ = laws[self.fitted]
        return {
            "latent_w1": distances[self.fitted],
            "joint_w1": transport(((x, self.decode(latents)), masses), ((self.x, self.y), self.masses)),
            "reconstruction": float(self.masses @ self.residual()),
            "approximation": min(distances),
            "optimisation_error": losses[self.fitted] - min(losses),
            "training_loss": losses[self.fitted],
            "encoder_lipschitz": self.encode.lipschitz,
            "decoder_lipschitz": self.decode.lipschitz,
            "residual_lipschitz": 1 + self.encode.lipschitz * self.decode.lipschitz,
            "pairs_error": transport(((self.x[self.pairs], self.y[self.pairs]), self.training(self.pairs)),
                                     ((self.x, self.y), self.masses)),
            "generator_error": max(gaps),
            "own_generator_error": gaps[self.fitted],
            "training_reconstruction": float(self.residual(responses).mean()),
            "responses_error": transport(((self.y[responses],), self.training(responses)), ((self.y,), self.masses)),
        }


def random_world(rng):
    """Atoms drawn with replacement as a sample, maps and class at random, the fitted generator not always the best."""
    p, q, k, atoms = rng.integers(1, 3), rng.integers(1, 4), rng.integers(1, 3), int(rng.integers(3, 7))
    n, scale = int(rng.integers(2, 7)), rng.uniform(0.1, 1)
    masses = rng.dirichlet(np.ones(atoms))
    return World(rng.normal(size=(atoms, p)), rng.normal(size=(atoms, q)), masses,
                 rng.choice(atoms, size=n, p=masses), rng.choice(atoms, size=int(rng.integers(0, 6)), p=masses),
                 rng.normal(size=(3, 1)), rng.integers(3, size=(n, int(rng.integers(1, 3)))),
                 Net(rng, q, k, scale=scale), Net(rng, k, q, scale=scale),
                 [Net(rng, p, k, noise=1, scale=scale) for _ in range(3)], int(rng.integers(3)))


@pytest.fixture(scope="session")
def worlds():
    """120 random worlds with their numbers."""
    rng = np.random.default_rng(20261123)
    found = [random_world(rng) for _ in range(120)]
    return [(world, world.numbers()) for world in found]


@pytest.fixture(scope="session")
def distance_between():
    """W1 of two discrete laws, each (points per block, masses), by linear programming."""
    return transport


@pytest.fixture(scope="session")
def laws():
    """1,200 random laws of equal masses and 80 of any masses."""
    rng = np.random.default_rng(20261121)
    return [random_law(rng) for _ in range(1200)] + [random_law(rng, masses=True) for _ in range(80)]


@pytest.fixture(scope="session")
def orthonormal_laws():
    """300 random laws with orthonormal linear stages."""
    rng = np.random.default_rng(20261122)
    return [orthonormal_law(rng) for _ in range(300)]


@pytest.fixture(scope="session")
def make_law():
    """The class itself, for laws written out by hand."""
    return Law
