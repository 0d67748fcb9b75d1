"""What importing loads: heavy libraries wait until they are needed."""

import subprocess
import sys
from pathlib import Path

import pytest
from test_floors import ROOT, floors

HEAVY = ("torch", "ot", "pandas", "matplotlib", "sklearn", "distributed", "dask", "jinja2")
ROOMS = sorted({room for floor in floors() for room in floor} - {"nets"})


def loaded(code: str) -> set[str]:
    program = f"import sys\n{code}\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(eval(done.stdout))


def test_importing_every_room_loads_nothing_heavy():
    assert loaded("import lsdm_stats\n" + "\n".join(f"import lsdm_stats.{room}" for room in ROOMS)) == set()


def test_declaring_fits_loads_nothing_heavy():
    assert loaded("from lsdm_stats import LSDM, Autoencoder, ExactTransport\nLSDM(latent=Autoencoder(dim=2))") == set()


@pytest.mark.parametrize("path", sorted((ROOT / "simulations").glob("*.py")), ids=lambda path: path.stem)
def test_declaring_a_study_loads_nothing_heavy(path: Path):
    assert loaded(f"exec(compile(open({str(path)!r}).read(), {str(path)!r}, 'exec'), {{'__name__': 'study'}})") == set()
