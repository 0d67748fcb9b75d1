"""The convolutional autoencoder: shapes, the transposed convolution, translation, and what is refused."""

import numpy as np
import pytest
import torch

from lsdm_stats import ConvolutionalAutoencoder, Training
from lsdm_stats.nets.convolutions import ConvolutionalDecoder, ConvolutionalEncoder, initial_coders, levels

BRIEF = Training(max_steps=40, patience=20, check_every=10, batch_size=8)


def rngs(count):
    return [np.random.default_rng(100 + r) for r in range(count)]


@pytest.mark.parametrize("shape", [(8, 8), (25, 25), (7, 4), (1, 1), (28, 28)], ids=str)
@pytest.mark.parametrize("channels", [(3,), (2, 3), (2, 3, 4)], ids=len)
def test_images_of_any_shape_come_back_in_their_shape(shape, channels):
    encoder, decoder = initial_coders(shape, channels, 5, rngs=rngs(2))
    images = torch.rand(2, 6, shape[0] * shape[1])
    latents = encoder(images)
    assert latents.shape == (2, 6, 5)
    assert decoder(latents).shape == images.shape


def test_every_convolution_halves_the_sides_rounding_up():
    assert levels((25, 8), (4, 8)) == ((1, 25, 8), (4, 13, 4), (8, 7, 2))


def test_a_convolution_is_the_sum_over_its_window():
    """Written out pixel by pixel: stride 2, one pixel of zeros around."""
    encoder, _ = initial_coders((5, 4), (3,), 2, rngs=rngs(2))
    image = torch.rand(2, 1, 20)
    linear = torch.stack([part[0] for part in (encoder._features(r, image[r]) for r in range(2))])
    for r in range(2):
        (kernel, bias), = encoder.filters.of(r)
        padded = np.pad(image[r, 0].numpy().reshape(5, 4), 1)
        expected = np.array([
            [[(kernel[c, 0].numpy() * padded[2 * i : 2 * i + 3, 2 * j : 2 * j + 3]).sum() + float(bias[c])
              for j in range(2)] for i in range(3)] for c in range(3)
        ])
        expected = expected / (1 + np.exp(-expected))
        np.testing.assert_allclose(linear[r].numpy(), expected.ravel(), atol=1e-6)


@pytest.mark.parametrize("shape", [(8, 8), (7, 5)], ids=str)
def test_the_decoder_is_the_adjoint_of_the_encoder_with_the_same_filters(shape):
    """<conv(u), v> = <u, transposed conv(v)>; without biases, SiLU and linear layers."""
    encoder, _ = initial_coders(shape, (3,), 2, rngs=rngs(1))
    (kernel, bias), = encoder.filters.of(0)
    (_, *fine), (_, *coarse) = encoder.filters.levels
    u, v = torch.rand(1, 1, *fine, dtype=torch.float64), torch.rand(1, 3, *coarse, dtype=torch.float64)
    down = torch.nn.functional.conv2d(u, kernel.double(), stride=2, padding=1)
    lost = [f - (2 * (c - 1) + 1) for f, c in zip(fine, coarse, strict=True)]
    up = torch.nn.functional.conv_transpose2d(v, kernel.double(), stride=2, padding=1, output_padding=lost)
    assert float((down * v).sum()) == pytest.approx(float((u * up).sum()), rel=1e-12)
    assert up.shape == u.shape
    assert bias.shape == (3,)


def test_replicates_evaluated_together_and_alone_are_the_same_to_the_bit():
    encoder, decoder = initial_coders((8, 8), (5, 7), 4, rngs=rngs(3))
    images = torch.rand(3, 6, 64)
    for chosen in ([1], [0, 2]):
        some = encoder.select(chosen).filters, encoder.filters
        assert [t.shape[0] for t in some[0].tensors] == [len(chosen)] * 4
        features = [encoder._features(r, images[r]) for r in chosen]
        alone = [encoder.select([r])._features(0, images[r]) for r in chosen]
        assert all(bool((a == b).all()) for a, b in zip(features, alone, strict=True))
        latents = encoder(images)
        rebuilt = decoder(latents)[chosen]
        torch.testing.assert_close(decoder.select(chosen)(latents[chosen]), rebuilt)
    assert isinstance(encoder, ConvolutionalEncoder)
    assert isinstance(decoder, ConvolutionalDecoder)


def test_shifted_bumps_are_reconstructed():
    """Two-dimensional images of a bump at a random place: an eighth of the variance is left at most."""
    rng = np.random.default_rng(3)
    place = rng.uniform(1.5, 5.5, size=(1, 700, 2, 1))
    bumps = np.exp(-((np.arange(8) - place) ** 2) / 4)
    images = (bumps[:, :, 0, :, None] * bumps[:, :, 1, None, :]).reshape(1, 700, 64)
    method = ConvolutionalAutoencoder(
        dim=2, image_shape=(8, 8), channels=(8, 16), training=Training(max_steps=1_500, patience=400, batch_size=64)
    )
    space = method.fit(images[:, :500], rngs=rngs(1))
    fresh = images[:, 500:]
    assert ((space.decode(space.encode(fresh)) - fresh) ** 2).mean() < fresh.var(axis=1).mean() / 8
    assert space.failures == (None,)


def test_few_or_equal_responses_do_not_fail():
    method = ConvolutionalAutoencoder(dim=1, image_shape=(3, 1), channels=(2,), training=BRIEF)
    for y in (np.random.default_rng(0).normal(size=(1, 2, 3)), np.ones((1, 10, 3))):
        space = method.fit(y, rngs=rngs(1))
        assert space.failures == (None,)
        assert np.isfinite(space.decode(space.encode(y))).all()


def test_images_of_another_size_are_refused():
    method = ConvolutionalAutoencoder(dim=2, image_shape=(8, 8), training=BRIEF)
    with pytest.raises(ValueError, match=r"coordinates \(49\); got 8 x 8; give the shape of the images"):
        method.fit(np.zeros((1, 5, 49)), rngs=rngs(1))


def test_no_channels_and_no_pixels_are_refused():
    with pytest.raises(ValueError, match="ConvolutionalAutoencoder: channels"):
        ConvolutionalAutoencoder(dim=2, image_shape=(8, 8), channels=())
    with pytest.raises(ValueError, match="ConvolutionalAutoencoder: image_shape"):
        ConvolutionalAutoencoder(dim=2, image_shape=(8, 0))
