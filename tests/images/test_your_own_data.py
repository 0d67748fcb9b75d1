"""docs/your_own_data.md runs as it stands, on files made here."""

import re
from pathlib import Path

import numpy as np
import pytest

from lsdm_stats import Digits

PAGE = Path(__file__).resolve().parents[2] / "docs" / "your_own_data.md"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The names that the blocks leave behind, run one after the other in a folder with 420 labelled digits."""
    folder = tmp_path_factory.mktemp("own")
    order, digits = np.random.default_rng(5).permutation(1797), Digits().load()
    pixels = np.round(digits.pixels[order] * 255).astype(np.uint8)
    np.save(folder / "images.npy", pixels[:420])
    np.save(folder / "labels.npy", digits.labels[order][:420].astype(float))
    np.save(folder / "unlabelled.npy", pixels[420:1020])
    names = {"folder": folder}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
            exec(compile(block, str(PAGE), "exec"), names)
    return names


def test_the_picture_has_a_row_per_class(page):
    from matplotlib.image import imread

    assert imread(page["folder"] / "generated.png").shape[:2] == (80, 96)


def test_training_images_and_those_of_the_judgement_are_different(page):
    parts = [set(page[name]) for name in ("test", "other", "train")]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 420
    assert not {*page["valid"], *page["rest"]} & (parts[0] | parts[1])


def test_generated_images_are_judged_as_worse_than_real_and_better_than_shuffled_ones(page):
    from lsdm_stats import wasserstein

    labels, test = page["labels"], page["test"]
    assert (labels[page["other"]] == labels[test]).all()
    shuffled = page["joint"](np.roll(page["images"][test], 30, axis=0))
    wrong = wasserstein.exact(shuffled, page["joint"](page["images"][test]), blocks=page["blocks"]).value
    assert 0.8 * page["floor"].value < page["distance"].value < wrong
    assert page["best"] == "16 components"


def test_draws_are_neither_copies_nor_all_alike_and_sharper_ones_shrink_to_what_was_given(page):
    assert page["nearest"](page["generated"], page["images"][page["train"]]).min() > 0.1
    assert page["draws"].std(axis=0).mean() > 0.05
    assert page["consistency"] < page["error"]
    assert page["error"] < 0.7 * page["images"].std()


def test_every_array_of_the_page_is_said_to_have_the_shape_that_it_has(page):
    assert page["draws"].shape == (12, 10, 8, 8)
    assert page["sharp"].shape == (8, 100, 8, 8)
