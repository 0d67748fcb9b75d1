"""What is given and what is generated: images by class, from few pixels, from a part."""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
from annotated_types import Ge, Gt
from pydantic import model_validator

from lsdm_stats.arrays import FloatArray, IntArray
from lsdm_stats.images.digits import Digits
from lsdm_stats.images.split import Split
from lsdm_stats.images.task import ImageTask
from lsdm_stats.spec import Spec


class _OfDataSet(ImageTask):
    """Random splits of a data set into a test set and the rest."""

    images: Spec = Digits()
    test_size: Annotated[int, Ge(1)] = 500

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        _ = self.split  # refuses sizes that are impossible
        return self

    @property
    def split(self) -> Split:
        """Random splits of the data set."""
        return Split(self.images, self.test_size)


class ByClass(_OfDataSet):
    """Class-conditional generation: X a label, Y an image with pixels in [0, 1].

    Parameters
    ----------
    images : Spec
        The data set.
    test_size : int
        Number of test images of a split.
    label_distance : float
        Euclidean distance between the codes of two labels. From the diameter of the images on (4.82 for digits; the
        root of the number of pixels bounds it) the joint W1 between real images is the sum of the class-wise W1
        weighted by class proportions (docs/theory.md, A4.labels); generated images that lie further from a real one
        than this distance could cost less by a move between labels.

    Examples
    --------
    >>> from lsdm_stats import streams
    >>> task = ByClass()
    >>> task.draw(50, 200, rngs=streams.data(1, task, replicates=range(2))).responses.shape
    (2, 50, 64)
    """

    label_distance: Annotated[float, Gt(0)] = 8.0

    @property
    def condition_dim(self) -> int:
        """One coordinate per label."""
        return self.n_labels

    def conditions_of(self, responses: FloatArray, labels: IntArray) -> FloatArray:
        """Codes ``(…, n_labels)`` of labels ``(…)``."""
        return np.eye(self.n_labels)[labels] * (self.label_distance / np.sqrt(2))

    def labels(self, conditions: FloatArray) -> IntArray:
        """Labels ``(…)`` of codes ``(…, n_labels)``."""
        return conditions.argmax(axis=-1)


class SuperResolution(_OfDataSet):
    """Super-resolution: X the means of blocks of pixels, Y the image.

    Parameters
    ----------
    images : Spec
        The data set.
    test_size : int
        Number of test images of a split.
    factor : int
        Side of a block; divides height and width.

    Examples
    --------
    >>> task = SuperResolution(factor=4)
    >>> task.condition_dim, task.degrade(np.ones((3, 64))).tolist()
    (4, [[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]])
    """

    factor: Annotated[int, Ge(2)] = 2

    @model_validator(mode="after")
    def _divides(self) -> Self:
        height, width = self.image_shape
        if height % self.factor or width % self.factor:
            raise ValueError(
                f"factor must divide height and width of the images ({height} x {width}); got {self.factor}; "
                "choose a common divisor"
            )
        return self

    @property
    def condition_dim(self) -> int:
        """Number of blocks."""
        return self.response_dim // self.factor**2

    def conditions_of(self, responses: FloatArray, labels: IntArray) -> FloatArray:
        """Means of blocks ``(…, p)`` of images ``(…, q)``."""
        return self.degrade(responses)

    def degrade(self, responses: FloatArray) -> FloatArray:
        """Means of blocks ``(…, p)`` of images ``(…, q)``: average pooling."""
        whole = responses.reshape(*responses.shape[:-1], *self.image_shape)
        steps = range(self.factor)
        # summed in a fixed order: the means of an image are the same to the bit in every batch
        total = sum(whole[..., i :: self.factor, j :: self.factor] for i in steps for j in steps)
        return (np.asarray(total) / self.factor**2).reshape(*responses.shape[:-1], self.condition_dim)


class Inpainting(_OfDataSet):
    """Inpainting: X the upper rows of an image, Y the whole image.

    Parameters
    ----------
    images : Spec
        The data set.
    test_size : int
        Number of test images of a split.
    hidden_rows : int
        How many of the lowest rows are hidden.

    Examples
    --------
    >>> Inpainting(hidden_rows=3).condition_dim
    40
    """

    hidden_rows: Annotated[int, Ge(1)] = 4

    @model_validator(mode="after")
    def _leaves_a_row(self) -> Self:
        height = self.image_shape[0]
        if self.hidden_rows >= height:
            raise ValueError(
                f"hidden_rows must be at most {height - 1} (rows of an image less one); got {self.hidden_rows}; "
                "lower it"
            )
        return self

    @property
    def condition_dim(self) -> int:
        """Number of visible pixels."""
        height, width = self.image_shape
        return (height - self.hidden_rows) * width

    def conditions_of(self, responses: FloatArray, labels: IntArray) -> FloatArray:
        """Visible pixels ``(…, p)`` of images ``(…, q)``."""
        return self.degrade(responses)

    def degrade(self, responses: FloatArray) -> FloatArray:
        """Visible pixels ``(…, p)`` of images ``(…, q)``."""
        return responses[..., : self.condition_dim]
