"""A task to choose settings on: held-out images are taken from the pool of another task."""

from __future__ import annotations

from typing import Annotated, Self

from annotated_types import Ge
from pydantic import model_validator

from lsdm_stats.arrays import FloatArray, IntArray
from lsdm_stats.images.split import Split
from lsdm_stats.images.task import ImageTask
from lsdm_stats.images.tasks import ByClass
from lsdm_stats.spec import Spec


class Validation(ImageTask):
    """The same task with held-out images from the pool: for choosing settings, test images are never touched.

    The split is that of the inner task for the same generators. Its test images are neither held out nor in the pool.
    Streams are named after a task: to keep clear of the test images of a study on the inner task, take the streams of
    that task, as below. Over many splits every image is a test image of some: a setting that is chosen over all of them
    has seen each image, though never in the split in which it is a test image.

    Parameters
    ----------
    task : Spec
        The task that settings are chosen for.
    size : int
        Number of held-out images.

    Examples
    --------
    >>> from lsdm_stats import streams
    >>> task = Validation(size=300)
    >>> task.pool_size, task.held_out(300, rngs=streams.data(1, task.task, replicates=range(2)))[1].shape
    (997, (2, 300, 64))
    """

    task: Spec = ByClass()
    size: Annotated[int, Ge(1)] = 300

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if not isinstance(self.task, ImageTask) or isinstance(self.task, Validation):
            raise ValueError(
                f"task must be an image task such as ByClass(); got {type(self.task).__name__}; see lsdm list"
            )
        if self.size >= self.task.pool_size:
            raise ValueError(
                f"size must be at most {self.task.pool_size - 1} (images outside the test set less one); "
                f"got {self.size}; lower it"
            )
        return self

    @property
    def inner(self) -> ImageTask:
        """The task that settings are chosen for."""
        assert isinstance(self.task, ImageTask)
        return self.task

    @property
    def images(self) -> Spec:
        """The data set of the inner task."""
        return self.inner.split.images

    @property
    def test_size(self) -> int:
        """Number of held-out images."""
        return self.size

    @property
    def split(self) -> Split:
        """The split of the inner task, its test images set aside."""
        return Split(self.images, self.size, reserved=self.inner.split.test_size)

    @property
    def condition_dim(self) -> int:
        """Dimension of the inner task's conditions."""
        return self.inner.condition_dim

    def conditions_of(self, responses: FloatArray, labels: IntArray) -> FloatArray:
        """Conditions of the inner task."""
        return self.inner.conditions_of(responses, labels)
