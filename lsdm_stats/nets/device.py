"""Where neural fits compute: the processor, or an accelerator for as long as a context says so."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, get_args

Device = Literal["cpu", "cuda"]

_current: ContextVar[Device] = ContextVar("device", default="cpu")


def current_device() -> Device:
    """Name of the device on which the next fit trains."""
    return _current.get()


@contextmanager
def device(name: Device) -> Generator[None]:
    """Neural fits within this context train and sample on a device; the previous one is restored on leaving.

    It is no field of a spec: digests, streams and random numbers are those of the processor, on which all randomness
    is drawn. A fit goes to the device on which it was trained whenever it samples, encodes or decodes, in a context or
    not, and what it returns are numpy arrays as ever. On the processor results are the same to the bit from run to
    run; on an accelerator they agree with those only up to the rounding of float32, which training amplifies.
    Assignment problems and random numbers stay on the processor. The setting holds in one thread and is not handed to
    worker processes: `lsdm run` always computes on the processor.

    Parameters
    ----------
    name : {"cpu", "cuda"}
        The device.

    Raises
    ------
    ValueError
        If the name is unknown or there is no such device here.

    Examples
    --------
    >>> with device("cpu"):
    ...     current_device()
    'cpu'
    """
    if name not in get_args(Device):
        raise ValueError(f'device must be one of {get_args(Device)}; got {name!r}; use "cpu"')
    if name == "cuda":
        _check_cuda()
    token = _current.set(name)
    try:
        yield
    finally:
        _current.reset(token)


def _check_cuda() -> None:
    import torch

    if not torch.cuda.is_available():
        raise ValueError(f'device "cuda" must be at hand; torch {torch.__version__} finds none; use "cpu"')
