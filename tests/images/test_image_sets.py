"""Data sets that need no network: what they hold, and what is said where a library or a file is missing."""

import sys

import numpy as np
import pytest

from lsdm_stats import Digits, Faces, Textures
from lsdm_stats.images import DataSet, Images, image_set, scikit_image

SETS = (Digits(), Faces(), Textures(), Textures(stride=11))


@pytest.fixture(autouse=True)
def unread():
    """Data sets are read anew, before and after."""
    for reader in (scikit_image._faces, scikit_image._patches):
        reader.cache_clear()
    yield
    for reader in (scikit_image._faces, scikit_image._patches):
        reader.cache_clear()


@pytest.mark.parametrize("data", SETS, ids=str)
def test_a_data_set_holds_what_it_says(data):
    images = data.load()
    assert isinstance(data, DataSet)
    assert images is data.load()
    assert images.pixels.shape == (data.n_images, *data.image_shape)
    assert images.pixels.dtype == np.float64
    assert images.labels.dtype == np.int64
    assert images.pixels.min() >= 0
    assert images.pixels.max() <= 1
    assert images.pixels.std() > 0.1
    assert np.unique(images.labels).tolist() == list(range(data.n_labels))
    index = np.array([[3, 1], [4, 1]])
    np.testing.assert_array_equal(images.flat(index), images.pixels[index].reshape(2, 2, -1))
    assert images.flat(np.empty((2, 0), dtype=np.int64)).shape == (2, 0, images.pixels[0].size)


def test_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    known = load_digits()
    np.testing.assert_array_equal(Digits().load().pixels, known.images / 16)
    np.testing.assert_array_equal(Digits().load().labels, known.target)


def test_half_of_the_faces_are_faces():
    images = Faces().load()
    assert np.bincount(images.labels).tolist() == [100, 100]
    centre = images.pixels[images.labels == 1][:, 8:16, 8:16].std(axis=0).mean()
    assert centre < images.pixels[images.labels == 0][:, 8:16, 8:16].std(axis=0).mean()


def test_patches_do_not_overlap_and_cover_the_photographs():
    from skimage import data

    images = Textures().load()
    for label, name in enumerate(("brick", "grass", "gravel")):
        patches = images.values[images.labels == label].reshape(64, 64, 8, 8)
        np.testing.assert_array_equal(patches.transpose(0, 2, 1, 3).reshape(512, 512), getattr(data, name)())


@pytest.mark.parametrize("data", [Faces(), Textures()], ids=str)
def test_without_scikit_image_one_line_says_how_to_get_it(data, monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(ValueError, match=r"^\w+ needs scikit-image; got none .*; pip install lsdm_stats\[images\]$"):
        data.load()


@pytest.mark.parametrize(("data", "name"), [(Faces(), "lfw_subset"), (Textures(), "grass")], ids=str)
def test_without_its_file_one_line_says_so(data, name, monkeypatch):
    import skimage.data

    def damaged():
        raise OSError("no such file")

    monkeypatch.setattr(skimage.data, name, damaged)
    with pytest.raises(ValueError, match=f"needs scikit-image's file {name}; got OSError; install scikit-image again$"):
        data.load()


def test_other_pictures_of_scikit_image_are_refused(monkeypatch):
    import skimage.data

    monkeypatch.setattr(skimage.data, "grass", lambda: np.zeros((512, 511), dtype=np.uint8))
    with pytest.raises(ValueError, match=r"grass must be 512 x 512 bytes; got uint8 of shape \(512, 511\); install"):
        Textures().load()
    monkeypatch.setattr(skimage.data, "lfw_subset", lambda: np.full((200, 25, 25), 1.5))
    with pytest.raises(ValueError, match=r"Faces must have pixels in \[0, 1\]; got float64 values from 1.5 to 1.5;"):
        Faces().load()


GOOD = np.zeros((4, 3, 2), dtype=np.uint8)


@pytest.mark.parametrize(
    ("values", "labels", "message"),
    [
        (GOOD[:, :2], np.zeros(4, int), r"images of shape \(N, 3, 2\); got shape \(4, 2, 2\)"),
        (GOOD[0], np.zeros(4, int), r"images of shape \(N, 3, 2\); got shape \(3, 2\)"),
        (GOOD, np.zeros(3, int), r"one label per image, shape \(4,\); got shape \(3,\)"),
        (GOOD, np.zeros((4, 1), int), r"one label per image, shape \(4,\); got shape \(4, 1\)"),
        (GOOD[:1], np.zeros(1, int), "at least 2 images; got 1"),
        (GOOD[:0], np.zeros(0, int), "at least 2 images; got 0"),
        (GOOD - 1.0, np.zeros(4, int), r"pixels in \[0, 9\]; got float64 values from -1 to -1"),
        (GOOD + np.uint8(10), np.zeros(4, int), r"pixels in \[0, 9\]; got uint8 values from 10 to 10"),
        (GOOD * np.nan, np.zeros(4, int), r"pixels in \[0, 9\]; got float64 values from nan to nan"),
        (GOOD.astype(str), np.zeros(4, int), r"pixels in \[0, 9\]; got values of type <U3"),
        (GOOD.astype(object), np.zeros(4, int), r"pixels in \[0, 9\]; got values of type object"),
        (GOOD, np.array([0, 1, 2, 3]), r"whole labels in \[0, 2\]; got int64 values from 0 to 3"),
        (GOOD, np.array([0, -1, 2, 2]), r"whole labels in \[0, 2\]; got int64 values from -1 to 2"),
        (GOOD, np.zeros(4), r"whole labels in \[0, 2\]; got float64 values from 0 to 0"),
    ],
)
def test_arrays_that_are_no_labelled_images_are_refused(values, labels, message):
    with pytest.raises(ValueError, match=f"^Set must have {message}; go elsewhere$"):
        image_set.checked("Set", values, labels, shape=(3, 2), n_labels=3, white=9.0, remedy="go elsewhere")


def test_good_arrays_are_kept_as_they_are():
    images = image_set.checked("Set", GOOD, np.array([0, 1, 2, 2]), shape=(3, 2), n_labels=3, n_images=4, white=9.0)
    assert images.values.dtype == np.uint8
    assert len(images) == 4
    assert isinstance(images, Images)
