"""A replicate that diverges in training, from its weights to the stored rows, with the real stages."""

from pathlib import Path

import numpy as np

from lsdm_stats.nets import optimiser
from lsdm_stats.study import SourceFile, Store, load_study, run, table

STUDY_TEXT = '''
from lsdm_stats import LSDM, Autoencoder, EnergyScore, IsotropicNoise, JointW1, Study, SwissRoll, Training
from lsdm_stats.matchers import GeneratorNetwork

SHORT = Training(max_steps=60, patience=40, check_every=20)
STUDY = QUICK = Study(
    name="diverging",
    sources={"roll": SwissRoll(ambient_dim=4, noise=IsotropicNoise(scale=0.05))},
    n_paired=(20,),
    n_unpaired=(10,),
    methods={"lsdm": LSDM(latent=Autoencoder(dim=2, hidden=(8,), training=SHORT),
                          matcher=EnergyScore(network=GeneratorNetwork(hidden=(8,), training=SHORT)))},
    metrics=(JointW1(),),
    replicates=3,
    seed=1,
    n_test=30,
)
'''


def rows_of(folder: Path):
    folder.mkdir()
    path = folder / "diverging.py"
    path.write_text(STUDY_TEXT)
    run([SourceFile.read(path)], scale="full", store=folder / "store.sqlite", executor="serial")
    with Store(folder / "store.sqlite") as store:
        return table(store, load_study(path), "full")


def test_nan_in_one_replicates_weights_stores_a_failure_row_and_leaves_the_other_rows_equal(tmp_path, monkeypatch):
    healthy = rows_of(tmp_path / "healthy")
    step = optimiser.Adam.step

    def planting(self, gradients, learning_rates):
        step(self, gradients, learning_rates)
        if self._steps == 30:
            self._tensors[0][1, 0, 0] = float("nan")

    monkeypatch.setattr(optimiser.Adam, "step", planting)
    planted = rows_of(tmp_path / "planted")

    failed = planted[planted["status"] == "failed"]
    assert failed["replicate"].tolist() == [1]
    assert failed["name"].tolist() == ["failure"]
    assert failed["reason"].item() == "autoencoder: diverged: the hold-out score is not finite at step 40"
    columns = ["replicate", "name", "value"]
    survivors = planted[planted["status"] == "ok"][columns].to_numpy()
    expected = healthy[healthy["replicate"] != 1][columns].to_numpy()
    assert len(expected) == 6
    np.testing.assert_array_equal(survivors, expected)
