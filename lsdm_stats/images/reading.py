"""From the network, scikit-learn's cache or a person's own files to checked images; whatever fails is one line."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import sys
import warnings
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lsdm_stats.images.files import read_digits_file, read_matlab, unreadable
from lsdm_stats.images.image_set import Images, checked

_PATIENCE = 30.0
"""Seconds that a server may be silent."""
_ONCE = "connect to a network once"
_ANOTHER = "choose another file"


@dataclass(frozen=True)
class OwnFiles:
    """A path as it was found: with names, sizes and times, so that files that are exchanged are read anew.

    Parameters
    ----------
    path : str
        Where the file or folder lies.
    found : tuple of (str, int, int)
        Name, bytes and time of the last change of each file.
    """

    path: Path
    found: tuple[tuple[str, int, int], ...]

    @classmethod
    def at(cls, path: str) -> Self:
        """What lies there now.

        Raises
        ------
        ValueError
            If the path may not be looked at.
        """
        try:
            whole = Path(path).expanduser().absolute()
            files = sorted(whole.glob("*-ubyte*")) if whole.is_dir() else [whole] * whole.exists()
            return cls(whole, tuple((file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files))
        except (OSError, RuntimeError) as error:
            raise unreadable(Path(path), error) from None


@cache
def own_digits(files: OwnFiles) -> Images:
    """Images of 28 x 28 bytes from IDX files or a Keras archive.

    Raises
    ------
    ValueError
        If there are none.
    """
    values, labels = read_digits_file(files.path)
    return _as_bytes(str(files.path), values, labels, None, _ANOTHER)


@cache
def own_faces(files: OwnFiles) -> Images:
    """Olivetti's faces from a MATLAB file, stretched to [0, 1] as by scikit-learn.

    Raises
    ------
    ValueError
        If there are none.
    """
    faces = read_matlab(files.path, "faces")
    if faces.shape != (4096, 400) or faces.dtype.kind not in "uif":
        raise ValueError(
            f"{files.path} must hold faces of shape (4096, 400); got {faces.dtype} of shape {faces.shape}; {_ANOTHER}"
        )
    grey = np.float32(faces.T)
    if not np.isfinite(grey).all() or grey.min() == grey.max():
        raise ValueError(f"{files.path} must hold finite grey values that differ; got others; {_ANOTHER}")
    grey = grey - grey.min()
    return _as_faces(str(files.path), (grey / grey.max()).reshape(400, 64, 64).transpose(0, 2, 1), _ANOTHER)


@cache
def fetched_digits(name: str, openml_name: str, n_images: int) -> Images:
    """Images of 28 x 28 bytes from OpenML, through scikit-learn's cache.

    Raises
    ------
    ValueError
        If they cannot be had.
    """
    from sklearn.datasets import fetch_openml

    remedy = _remedy(name, "openml")

    def fetch() -> Any:
        return fetch_openml(openml_name, version=1, as_frame=False, return_X_y=True, n_retries=1, delay=0.5)

    values, labels = (np.asarray(part) for part in _fetch(name, fetch, remedy))
    try:
        labels = labels.astype(np.int64)
    except ValueError:
        raise ValueError(f"{name} must have whole labels; got others; {remedy}") from None
    images = values.reshape(-1, 28, 28) if values.ndim == 2 and values.shape[1] == 784 else values
    return _as_bytes(name, images, labels, n_images, remedy)


@cache
def fetched_faces() -> Images:
    """Olivetti's faces through scikit-learn's cache.

    Raises
    ------
    ValueError
        If they cannot be had.
    """
    from sklearn.datasets import fetch_olivetti_faces

    remedy = _remedy("Olivetti", "olivetti_py3.pkz")
    faces = _fetch("Olivetti", lambda: fetch_olivetti_faces(n_retries=1, delay=0.5), remedy)
    return _as_faces("Olivetti", np.asarray(faces.images), remedy)


@cache
def thinned(images: Images, size: int | None) -> Images:
    """So many images, evenly spaced in the whole set."""
    if size is None or size == len(images):
        return images
    chosen = np.arange(size) * len(images) // size
    return Images(images.values[chosen], images.labels[chosen], images.white)


@cache
def content(read: Callable[[OwnFiles], Images], files: OwnFiles) -> str:
    """SHA-256 of all images and labels in files."""
    images = read(files)
    whole = hashlib.sha256(f"{images.values.shape} {images.values.dtype.str}".encode())
    whole.update(np.ascontiguousarray(images.values).tobytes())
    whole.update(images.labels.astype("<i8").tobytes())
    return whole.hexdigest()


def _as_bytes(name: str, values: NDArray[Any], labels: NDArray[Any], n_images: int | None, remedy: str) -> Images:
    images = checked(name, values, labels, shape=(28, 28), n_labels=10, n_images=n_images, white=255.0, remedy=remedy)
    stored = images.values.astype(np.uint8)
    if not np.array_equal(stored, values):
        raise ValueError(f"{name} must have whole grey values from 0 to 255; got fractions; {remedy}")
    return Images(stored, images.labels, white=255.0)


def _as_faces(name: str, values: NDArray[Any], remedy: str) -> Images:
    return checked(name, values, np.arange(400) // 10, shape=(64, 64), n_labels=40, n_images=400, remedy=remedy)


def _remedy(name: str, cached: str) -> str:
    from sklearn.datasets import get_data_home

    try:
        home = Path(get_data_home())
    except OSError as error:
        raise ValueError(
            f"scikit-learn's data home must be a folder that can be written to; got {error}; "
            f"set SCIKIT_LEARN_DATA, or pass {name}(path=…)"
        ) from None
    return f"{_ONCE}, having removed {home / cached} if it is damaged, or pass {name}(path=…)"


def _fetch(name: str, fetch: Callable[[], Any], remedy: str) -> Any:
    try:
        with _quietly():
            return fetch()
    except Exception as error:
        reason = " ".join(str(error).split()) or "no further reason"
        raise ValueError(
            f"{name} must come from the network or scikit-learn's cache; got {type(error).__name__} ({reason}); "
            f"{remedy}"
        ) from None


@contextlib.contextmanager
def _quietly() -> Generator[None]:
    """No warnings, nothing on standard output, which may be a machine's, and a server may not be silent for long."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_PATIENCE)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
            warnings.simplefilter("ignore")
            yield
    finally:
        socket.setdefaulttimeout(before)
