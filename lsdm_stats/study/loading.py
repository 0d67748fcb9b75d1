"""Finds study and figure files and loads them by their text, so that what runs is exactly what was read."""

from __future__ import annotations

import hashlib
import sys
import threading
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType

from pydantic.errors import PydanticUserError

from lsdm_stats.spec import untyped_field
from lsdm_stats.study.design import Scale, Study

_DEFINED_AS: dict[Scale, str] = {"quick": "QUICK", "full": "STUDY"}
_LOADING = threading.RLock()


@dataclass(frozen=True)
class SourceFile:
    """A Python file as text: all that a worker needs, on this machine or another.

    Parameters
    ----------
    path : str
        Where it was read; shown in error messages, never opened again.
    text : str
        Its whole text.

    Examples
    --------
    >>> file = SourceFile("toy.py", "ANSWER = 42")
    >>> file.name, file.module("lsdm_studies").ANSWER
    ('toy', 42)
    """

    path: str
    text: str

    @classmethod
    def read(cls, path: Path) -> SourceFile:
        """Read a file.

        Raises
        ------
        ValueError
            If it cannot be read as UTF-8 text.
        """
        try:
            return cls(str(path), path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{path} must be a readable UTF-8 text file; {error}; check the path") from None

    @property
    def name(self) -> str:
        """The file's name without its extension."""
        return Path(self.path).stem

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def module(self, package: str) -> ModuleType:
        """The module ``<package>.<name>`` that the text defines; the same text is executed once per process.

        Raises
        ------
        ValueError
            One line naming file and line, if the text does not compile or run.
        """
        with _LOADING:
            return self._module(package)

    def _module(self, package: str) -> ModuleType:
        full_name = f"{package}.{self.name}"
        loaded = sys.modules.get(full_name)
        if loaded is not None and getattr(loaded, "__sha256__", None) == self.sha256:
            return loaded
        if package not in sys.modules:
            parent = ModuleType(package)
            parent.__path__ = []
            sys.modules[package] = parent
        module = ModuleType(full_name)
        module.__file__ = self.path
        vars(module)["__sha256__"] = self.sha256
        sys.modules[full_name] = module
        try:
            exec(compile(self.text, self.path, "exec", dont_inherit=True), vars(module))
        except (Exception, SystemExit) as error:
            del sys.modules[full_name]
            raise ValueError(self.located(error)) from error
        except BaseException:
            del sys.modules[full_name]
            raise
        return module

    def located(self, error: BaseException) -> str:
        """One line that names this file and the line in it where an error arose."""
        if isinstance(error, SyntaxError):
            return f"{error.filename}, line {error.lineno}: {error.msg}"
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == self.path]
        where = f", line {lines[-1]}" if lines else ""
        if isinstance(error, PydanticUserError) and (untyped := untyped_field(error)):
            return f"{self.path}{where}: {untyped}"
        message = " ".join(str(error).split())
        kind = "" if type(error) is ValueError else f"{type(error).__name__}: "
        return f"{self.path}{where}: {kind}{message}"

    def study(self, scale: Scale) -> Study:
        """The study that a study file defines at a scale (``QUICK`` or ``STUDY``).

        Raises
        ------
        ValueError
            If the file does not run, or does not define a study of its own name.
        """
        wanted = _DEFINED_AS[scale]
        study = getattr(self.module("lsdm_studies"), wanted, None)
        if not isinstance(study, Study):
            raise ValueError(
                f"{self.path} must define {wanted}, a Study; got {type(study).__name__}; add {wanted} = Study(…)"
            )
        if study.name != self.name:
            raise ValueError(
                f"{self.path}: {wanted} must have the name of its file, {self.name!r}; "
                f"got {study.name!r}; rename one of them"
            )
        return study


def load_study(path: Path | str, scale: Scale = "full") -> Study:
    """The study of a file, at full or quick scale.

    Parameters
    ----------
    path : Path or str
        The study file.
    scale : {"full", "quick"}
        ``STUDY`` or ``QUICK`` of it.

    Returns
    -------
    Study
        The study.

    Raises
    ------
    ValueError
        One line, if the file cannot be read, does not run or defines no such study.

    Examples
    --------
    >>> load_study(studies_directory() / "family.py", "quick").name
    'family'
    """
    return SourceFile.read(Path(path)).study(scale)


def studies_directory(directory: Path | None = None) -> Path:
    """Where study files are: `directory`, else ``./simulations``, else those that came with the package.

    Parameters
    ----------
    directory : Path, optional
        Taken if it is given.

    Returns
    -------
    Path
        A directory that exists.

    Raises
    ------
    ValueError
        If there is no such directory.

    Examples
    --------
    >>> (studies_directory() / "family.py").is_file()
    True
    """
    package = Path(__file__).parents[1]
    places = (
        [directory]
        if directory is not None
        else [Path("simulations"), package / "_shipped" / "simulations", package.parent / "simulations"]
    )
    for place in places:
        if place.is_dir():
            return place
    raise ValueError(f"a directory of study files is required; there is none at {places[0]}; pass --studies DIR")


def find_studies(names: tuple[str, ...] = (), *, directory: Path | None = None) -> tuple[SourceFile, ...]:
    """The study files with the given names, or all of them, in alphabetical order.

    Parameters
    ----------
    names : tuple of str
        Names of studies; all when empty.
    directory : Path, optional
        Where they are; found as by `studies_directory` when left out.

    Returns
    -------
    tuple of SourceFile
        In alphabetical order.

    Raises
    ------
    ValueError
        If a name is unknown or there is no study file.

    Examples
    --------
    >>> [file.name for file in find_studies(("family", "estimators"))]
    ['estimators', 'family']
    """
    place = studies_directory(directory)
    paths = {path.stem: path for path in sorted(place.glob("*.py")) if not path.stem.startswith("_")}
    if not paths:
        raise ValueError(
            f"at least one study file is required; there is none in {place}; add one or pass --studies DIR"
        )
    for name in names:
        if name not in paths:
            raise ValueError(f"STUDY must be one of {', '.join(paths)} (in {place}); got {name!r}; correct its name "
                             "or pass --studies DIR")
    return tuple(SourceFile.read(path) for name, path in paths.items() if not names or name in names)


def both_scales(files: Sequence[SourceFile]) -> list[tuple[Study, Scale]]:
    """Every study of some files, the quick scale first, each with its scale.

    Parameters
    ----------
    files : sequence of SourceFile
        Study files.

    Returns
    -------
    list of (Study, str)
        Two studies per file.

    Examples
    --------
    >>> [scale for _, scale in both_scales(find_studies(("phase_transition",)))]
    ['quick', 'full']
    """
    return [(file.study(scale), scale) for file in files for scale in _DEFINED_AS]


def figures_directory(directory: Path | None = None) -> Path:
    """Where figure files and published rows are: the ``figures`` beside the directory of the study files.

    Parameters
    ----------
    directory : Path, optional
        Directory of the study files; found as by `studies_directory` when left out.

    Returns
    -------
    Path
        It need not exist.

    Examples
    --------
    >>> figures_directory().name
    'figures'
    """
    return studies_directory(directory).resolve().parent / "figures"
