"""Image files that people have: folders of IDX files, Keras archives, MATLAB files."""

from __future__ import annotations

import gzip
import math
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = tuple[NDArray[Any], NDArray[Any]]
_BYTES = 0x08


def read_digits_file(path: Path) -> Arrays:
    """Images ``(N, height, width)`` and labels ``(N,)``, training images first, then test images.

    Parameters
    ----------
    path : Path
        A folder with the four IDX files ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``,
        ``t10k-images-idx3-ubyte``, ``t10k-labels-idx1-ubyte`` as they are published, with or without ``.gz``; or a
        Keras archive ``.npz`` with ``x_train``, ``y_train``, ``x_test``, ``y_test``.

    Raises
    ------
    ValueError
        If it is neither, or cannot be read.
    """
    if path.is_dir():
        parts = [
            (_idx(path, f"{part}-images-idx3-ubyte"), _idx(path, f"{part}-labels-idx1-ubyte"))
            for part in ("train", "t10k")
        ]
    elif path.suffix == ".npz" and path.is_file():
        parts = _archive_parts(path)
    else:
        raise ValueError(
            f"path must be a folder with IDX files or a Keras archive .npz; got {path}, "
            f"{'which is another file' if path.exists() else 'where nothing is'}; correct the path"
        )
    for part, other in zip(*parts, strict=True):
        if part.ndim != other.ndim or part.shape[1:] != other.shape[1:]:
            raise ValueError(
                f"training and test arrays of {path} must have equal shapes but for their number; "
                f"got {part.shape} and {other.shape}; choose files of one data set"
            )
    images, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return images, labels


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The array of bytes in an IDX file, packed with gzip or not.

    Raises
    ------
    ValueError
        If it cannot be read, holds no bytes, or its length is not what its head says.

    References
    ----------
    .. [1] LeCun, Cortes and Burges, The MNIST database of handwritten digits: the IDX file format.
    """
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except Exception as error:
        raise unreadable(path, error) from None
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] != _BYTES:
        raise ValueError(f"{path} must be an IDX file of bytes; its head is {raw[:4].hex() or 'empty'}; fetch it again")
    start = 4 + 4 * raw[3]
    shape = tuple(int(size) for size in np.frombuffer(raw[4:start][: 4 * (len(raw[4:start]) // 4)], dtype=">u4"))
    if len(raw) < start or len(raw) != start + math.prod(shape):
        raise ValueError(
            f"{path} must be as long as its head says, shape {shape}; got {len(raw)} bytes; fetch it again"
        )
    return np.frombuffer(raw, dtype=np.uint8, offset=start).reshape(shape)


def read_matlab(path: Path, name: str) -> NDArray[Any]:
    """One array of a MATLAB file, read by SciPy in a process of its own: a damaged file may crash its reader.

    Raises
    ------
    ValueError
        If it cannot be read or has no such array.
    """
    if not path.is_file():
        raise ValueError(f"path must be a MATLAB file .mat; got {path}, where no file is; correct the path")
    with TemporaryDirectory() as folder:
        copied = Path(folder) / "array.npy"
        command = [sys.executable, "-c", _READ_MATLAB, str(path), name, str(copied)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            *_, reason = done.stderr.splitlines() or [f"its reader ended with code {done.returncode}"]
            raise unreadable(path, reason)
        if not copied.exists():
            raise ValueError(f"{path} must hold the array {name}; it has none; choose another file")
        return np.load(copied, allow_pickle=False)


_READ_MATLAB = """
import sys
import numpy as np
import scipy.io
path, name, copy = sys.argv[1:]
try:
    found = scipy.io.loadmat(path, variable_names=[name]).get(name)
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}".replace(chr(10), " "))
if isinstance(found, np.ndarray) and found.dtype.kind in "biuf":
    np.save(copy, found, allow_pickle=False)
"""


def unreadable(path: Path, problem: Exception | str) -> ValueError:
    """The one line about a file that cannot be read."""
    text = problem if isinstance(problem, str) else f"{type(problem).__name__} ({problem or 'no further reason'})"
    return ValueError(f"{path} must be a whole file; got {' '.join(text.split())}; fetch it again or correct the path")


def _idx(folder: Path, name: str) -> NDArray[np.uint8]:
    for file in (folder / f"{name}.gz", folder / name):
        if file.is_file():
            return read_idx(file)
    raise ValueError(f"the folder {folder} must hold {name} or {name}.gz; got neither; complete it")


def _archive_parts(path: Path) -> list[Arrays]:
    names = ("x_train", "y_train", "x_test", "y_test")
    try:
        with np.load(path, allow_pickle=False) as archive:
            missing = [name for name in names if name not in archive]
            arrays = [] if missing else [np.asarray(archive[name]) for name in names]
    except Exception as error:
        raise unreadable(path, error) from None
    if missing:
        raise ValueError(f"{path} must hold the arrays {', '.join(names)}; it has no {missing[0]}; choose another file")
    return [(arrays[0], arrays[1]), (arrays[2], arrays[3])]
