"""Sets from the network, from scikit-learn's cache and from files: small files made here, no network."""

import contextlib
import gzip
import time
from pathlib import Path

import joblib
import numpy as np
import pytest
import scipy.io
import sklearn.datasets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lsdm_stats import MNIST, ByClass, FashionMNIST, Olivetti, SuperResolution, streams
from lsdm_stats.images import DataSet, reading
from lsdm_stats.images.files import read_idx

RNG = np.random.default_rng(7)
IMAGES = RNG.integers(0, 256, size=(30, 28, 28)).astype(np.uint8)
LABELS = np.tile(np.arange(10), 3).astype(np.uint8)
FACES = RNG.integers(3, 250, size=(4096, 400)).astype(np.uint8)
NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
PARTS = (IMAGES[:20], LABELS[:20], IMAGES[20:], LABELS[20:])


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, dtype=">u4").tobytes() + array.tobytes()


def idx_folder(folder, parts=PARTS, *, packed=True):
    folder.mkdir(exist_ok=True)
    for name, part in zip(NAMES, parts, strict=True):
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(idx(part), mtime=0))
        else:
            (folder / name).write_bytes(idx(part))
    return str(folder)


def keras(file, parts=PARTS, **others):
    np.savez(file, **dict(zip(("x_train", "y_train", "x_test", "y_test"), parts, strict=True)), **others)
    return str(file)


def matlab(file, faces=FACES):
    scipy.io.savemat(file, {"faces": faces, "u": np.eye(2)})
    return str(file)


@contextlib.contextmanager
def one_line(match):
    with pytest.raises(ValueError, match=match) as refusal:
        yield
    assert "\n" not in str(refusal.value)
    assert str(refusal.value).count("; ") >= 2


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty data home, and proxies that nobody answers at: what a machine without a network is like."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "home"))
    for fetched in (reading.fetched_digits, reading.fetched_faces):
        fetched.cache_clear()
    yield tmp_path / "home"
    for fetched in (reading.fetched_digits, reading.fetched_faces):
        fetched.cache_clear()


@pytest.mark.parametrize("data", [MNIST, FashionMNIST], ids=lambda data: data.__name__)
def test_idx_files_and_archives_of_equal_content_are_one_data_set_wherever_they_lie(data, tmp_path, monkeypatch):
    packed = data(path=idx_folder(tmp_path / "packed"))
    monkeypatch.chdir(tmp_path)
    idx_folder(tmp_path / "plain", packed=False)
    same = [data(path="plain"), data(path=keras(tmp_path / "a.npz")), data(path="./packed")]
    same.append(data(path=keras(tmp_path / "b.npz", [np.asarray(part, np.int64) for part in PARTS], extra=IMAGES)))
    assert {one.digest for one in same} == {packed.digest}
    assert isinstance(packed, DataSet)
    for one in (packed, *same):
        images = one.load()
        np.testing.assert_array_equal(images.pixels, IMAGES / 255)
        np.testing.assert_array_equal(images.labels, LABELS)
        assert images.values.dtype == np.uint8
        assert one.n_images == 30
    assert ByClass(images=packed, test_size=9) == ByClass(images=same[1], test_size=9)
    other = IMAGES.copy()
    other[29, 27, 27] ^= 1
    relabelled = LABELS[::-1].copy()
    different = [
        data(path=keras(tmp_path / "c.npz", (*PARTS[:2], other[20:], PARTS[3]))),
        data(path=keras(tmp_path / "d.npz", (*PARTS[:3], relabelled[20:]))),
        data(), data(path="plain", size=20), data(size=20),
    ]  # fmt: skip
    assert len({one.digest for one in (packed, *different)}) == 6
    assert MNIST(path="plain") != FashionMNIST(path="plain")


def test_a_file_that_is_exchanged_is_another_data_set_and_the_old_one_stays(tmp_path):
    path = keras(tmp_path / "a.npz")
    old = MNIST(path=path)
    digest = old.digest
    time.sleep(0.02)
    keras(tmp_path / "a.npz", (IMAGES[:20][::-1], *PARTS[1:]))
    new = MNIST(path=path)
    assert new.digest != digest
    np.testing.assert_array_equal(old.load().pixels, IMAGES / 255)
    np.testing.assert_array_equal(new.load().pixels[:20], IMAGES[:20][::-1] / 255)
    assert old.replace(size=4).load().pixels[0, 0, 0] == new.load().pixels[0, 0, 0]


def test_fewer_images_are_evenly_spaced(tmp_path):
    data = MNIST(path=keras(tmp_path / "a.npz"), size=10)
    np.testing.assert_array_equal(data.load().labels, LABELS[::3])
    assert data.load() is data.load()
    assert data.n_images == len(data.load()) == 10
    with one_line("MNIST: size must be at most 30 .*; got 31; lower it"):
        data.replace(size=31)
    with one_line("size must be at most 70000 .*; got 70001; lower it"):
        MNIST(size=70_001)


def test_tasks_draw_from_files(tmp_path):
    task = SuperResolution(images=MNIST(path=keras(tmp_path / "a.npz")), test_size=10, factor=7)
    rngs = streams.data(1, task, replicates=range(2))
    data = task.draw(5, 10, rngs=rngs)
    assert data.conditions.shape == (2, 5, 16)
    assert data.unpaired.shape == (2, 10, 784)
    with one_line("test_size must be at most 29 .images of MNIST less one.; got 30; lower it"):
        task.replace(test_size=30)


def test_faces_from_a_file_are_those_that_scikit_learn_makes_of_it(tmp_path, home):
    own = Olivetti(path=matlab(tmp_path / "olivettifaces.mat"))
    home.mkdir()
    joblib.dump(FACES.T.copy(), home / "olivetti_py3.pkz", compress=6)
    cached = Olivetti()
    np.testing.assert_array_equal(own.load().values, cached.load().values)
    np.testing.assert_array_equal(own.load().labels, np.arange(400) // 10)
    assert own.load().pixels.min() == 0
    assert own.load().pixels.max() == 1
    grey = (FACES[:, 7].astype(float) - FACES.min()) / (float(FACES.max()) - FACES.min())
    np.testing.assert_allclose(own.load().pixels[7], grey.reshape(64, 64).T, atol=1e-6)
    assert own == Olivetti(path=matlab(tmp_path / "elsewhere.mat"))
    assert own != Olivetti()
    assert own != Olivetti(path=matlab(tmp_path / "other.mat", 250 - FACES))


WRONG = {
    "nothing": (lambda at: str(at / "no.npz"), r"path must be a folder .* archive .npz; got .*, where nothing is; cor"),
    "another_kind": (lambda at: matlab(at / "a.mat"), "path must be a folder .*, which is another file; correct the"),
    "no_idx": (lambda at: str(at), "must hold train-images-idx3-ubyte or train-images-idx3-ubyte.gz; got neither; com"),
    "too_long": (lambda at: "a" * 5000, "must be a whole file; got OSError .*; fetch it again or correct the path"),
    "no_home": (lambda at: "~nobody-of-that-name/a", "must be a whole file; got RuntimeError .*; fetch it again or"),
    "no_zip": (lambda at: text(at / "a.npz", b"no archive"), "must be a whole file; got .*; fetch it again"),
    "empty_zip": (lambda at: text(at / "a.npz", b""), "must be a whole file; got .*; fetch it again"),
    "other_arrays": (lambda at: other_arrays(at / "a.npz"), "must hold the arrays x_train, .*; it has no y_train;"),
    "objects": (
        lambda at: keras(at / "a.npz", (PARTS[0].astype(object), *PARTS[1:])),
        "must be a whole file; got ValueError .*allow_pickle.*; fetch it again",
    ),
    "shape": (lambda at: keras(at / "a.npz", (IMAGES[:, 1:], LABELS, IMAGES[:, 1:], LABELS)), r"shape \(N, 28, 28\);"),
    "shapes": (lambda at: keras(at / "a.npz", (IMAGES[:, 1:], LABELS, *PARTS[2:])), "equal shapes but for their numb"),
    "labels": (lambda at: keras(at / "a.npz", (*PARTS[:3], PARTS[3] + 1)), r"whole labels in \[0, 9\]; got .* 10;"),
    "number": (lambda at: keras(at / "a.npz", (*PARTS[:3], PARTS[3][1:])), r"one label per image, .* \(29,\); choose"),
    "fractions": (lambda at: keras(at / "a.npz", [part / 255 for part in PARTS]), "whole labels in"),
    "unit_pixels": (
        lambda at: keras(at / "a.npz", (PARTS[0] / 255, PARTS[1], PARTS[2] / 255, PARTS[3])), "got fractions"
    ),
    "range": (
        lambda at: keras(at / "a.npz", (PARTS[0].astype(int) + 1, *PARTS[1:])), r"pixels in \[0, 255\]; got .* to 256;"
    ),
    "one_image": (
        lambda at: keras(at / "a.npz", (IMAGES[:1], LABELS[:1], IMAGES[:0], LABELS[:0])), "at least 2 images; got 1"
    ),
}  # fmt: skip


def text(file, content):
    file.write_bytes(content)
    return str(file)


def other_arrays(file):
    np.savez(file, x_train=IMAGES, labels=LABELS)
    return str(file)


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_one_line(case, tmp_path):
    make, message = WRONG[case]
    with one_line(f"^MNIST: .*{message}"):
        MNIST(path=make(tmp_path))


@pytest.mark.parametrize(
    ("faces", "message"),
    [
        (FACES.T, r"faces of shape \(4096, 400\); got uint8 of shape \(400, 4096\); choose"),
        (FACES[:, :399], r"faces of shape \(4096, 400\); got uint8 of shape \(4096, 399\); choose"),
        (np.full((4096, 400), 3.0), "finite grey values that differ; got others; choose"),
        (FACES * np.nan, "finite grey values that differ; got others; choose"),
    ],
)
def test_a_wrong_file_of_faces_is_one_line(faces, message, tmp_path):
    with one_line(message):
        Olivetti(path=matlab(tmp_path / "a.mat", faces))


def test_missing_and_other_files_of_faces_are_one_line(tmp_path):
    with one_line(r"path must be a MATLAB file .mat; got .*, where no file is; correct the path"):
        Olivetti(path=str(tmp_path / "no.mat"))
    scipy.io.savemat(tmp_path / "a.mat", {"u": np.eye(2)})
    with one_line("must hold the array faces; it has none; choose another file"):
        Olivetti(path=str(tmp_path / "a.mat"))
    with one_line("must be a whole file; got .*; fetch it again"):
        Olivetti(path=keras(tmp_path / "b.npz"))


def damaged(data, raw):
    """Cut off somewhere, or with one byte changed."""
    if data.draw(st.booleans()):
        return raw[: data.draw(st.integers(0, len(raw) - 1))]
    position = data.draw(st.integers(0, len(raw) - 1))
    return raw[:position] + bytes([raw[position] ^ data.draw(st.integers(1, 255))]) + raw[position + 1 :]


fuzzed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read_or_refused(kind, path):
    """Whether a data set could be read; what it holds is then well-formed. Anything but one line is a failure."""
    try:
        images = kind(path=str(path)).load()
    except ValueError as error:
        if "\n" in str(error):
            pytest.fail(f"more than one line: {error}")
        return False
    return bool(images.pixels.min() >= 0 and images.pixels.max() <= 1)


@given(data=st.data(), which=st.integers(0, 3), packed=st.booleans())
@fuzzed
def test_damaged_idx_files_are_one_line(data, which, packed, tmp_path):
    folder = Path(idx_folder(tmp_path / f"set{packed}", packed=packed))
    file = folder / (NAMES[which] + ".gz" * packed)
    raw = file.read_bytes()
    broken = damaged(data, raw)
    file.write_bytes(broken)
    readable = read_or_refused(MNIST, folder)
    if len(broken) < len(raw):
        assert not readable


@given(data=st.data())
@fuzzed
def test_damaged_archives_are_one_line(data, tmp_path):
    file = tmp_path / "a.npz"
    keras(file)
    raw = file.read_bytes()
    broken = damaged(data, raw)
    file.write_bytes(broken)
    readable = read_or_refused(MNIST, file)
    if len(broken) < len(raw):
        assert not readable


@pytest.mark.parametrize("length", [0, 1, 50, 127, 128, 130, 200, 5000, 4096 * 400])
def test_files_of_faces_that_were_cut_off_are_one_line(length, tmp_path):
    raw = Path(matlab(tmp_path / "a.mat")).read_bytes()
    (tmp_path / "cut.mat").write_bytes(raw[:length])
    assert not read_or_refused(Olivetti, tmp_path / "cut.mat")


@given(data=st.data())
@settings(fuzzed, max_examples=30)
def test_damaged_heads_of_files_of_faces_are_one_line(data, tmp_path):
    raw = bytearray(Path(matlab(tmp_path / "a.mat")).read_bytes())
    raw[data.draw(st.integers(0, 200))] ^= data.draw(st.integers(1, 255))
    (tmp_path / "bad.mat").write_bytes(raw)
    read_or_refused(Olivetti, tmp_path / "bad.mat")


def test_idx_arrays_come_as_written(tmp_path):
    (tmp_path / "a").write_bytes(idx(IMAGES))
    np.testing.assert_array_equal(read_idx(tmp_path / "a"), IMAGES)
    for head in (b"", b"\0\0\x08", b"\0\0\x0d\x03", b"\x1f\x8b\x08\x03", b"\0\0\x08\xff"):
        (tmp_path / "a").write_bytes(head)
        with one_line("; fetch it again$"):
            read_idx(tmp_path / "a")


@pytest.mark.parametrize(
    ("data", "cache"),
    [(MNIST(), "openml"), (FashionMNIST(), "openml"), (Olivetti(), "olivetti_py3.pkz")],
    ids=["MNIST", "FashionMNIST", "Olivetti"],
)
def test_without_a_network_one_line_comes_quickly(data, cache, home, capsys):
    """The real fetchers of scikit-learn against proxies that refuse connections."""
    start = time.perf_counter()
    name = type(data).__name__
    with one_line(rf"^{name} must come from the network or scikit-learn's cache; got URLError .*; connect to a network "
                  rf"once, having removed {home / cache} if it is damaged, or pass {name}\(path=…\)$"):  # fmt: skip
        data.load()
    assert time.perf_counter() - start < 10
    assert capsys.readouterr().out == ""
    assert ByClass(images=data, test_size=50).pool_size == data.n_images - 50  # declaring needs no network


def test_a_data_home_that_is_no_folder_is_one_line(home):
    home.write_text("a file")
    with one_line("data home must be a folder that can be written to; got .*; set SCIKIT_LEARN_DATA, or pass MNIST"):
        MNIST().load()


@pytest.mark.parametrize("length", [0, 1, 40, 1000, 100_000])
def test_a_damaged_cache_of_faces_is_one_line(length, home):
    home.mkdir()
    joblib.dump(FACES.T.copy(), home / "olivetti_py3.pkz", compress=6)
    raw = (home / "olivetti_py3.pkz").read_bytes()
    (home / "olivetti_py3.pkz").write_bytes(raw[:length])
    with one_line("^Olivetti must come from .*, having removed .*olivetti_py3.pkz if it is damaged"):
        Olivetti().load()
    joblib.dump(FACES.T.copy(), home / "olivetti_py3.pkz", compress=6)
    assert len(Olivetti().load()) == 400  # what failed is not remembered


def test_a_cache_with_other_faces_is_one_line(home):
    home.mkdir()
    joblib.dump(FACES.T[:300].copy(), home / "olivetti_py3.pkz", compress=6)
    with one_line("^Olivetti must come from .*; got ValueError .*reshape.*; connect"):
        Olivetti().load()


@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip", gzip.compress(b"no json"), gzip.compress(b"{}"), b"\x1f\x8b\x08"],
    ids=["empty", "no_gzip", "no_json", "no_data", "cut_off"],
)
def test_a_damaged_cache_of_digits_is_one_line(content, home):
    for host in ("www.openml.org", "api.openml.org"):  # which depends on the version of scikit-learn
        folder = home / "openml" / host / "api/v1/json/data/list/data_name/mnist_784/limit/2/data_version"
        folder.mkdir(parents=True)
        (folder / "1.gz").write_bytes(content)
    with one_line("^MNIST must come from .*, having removed .*openml if it is damaged, or pass"):
        MNIST().load()


def fetched(values, labels):
    return lambda *arguments, **options: (values, labels)


def test_fetched_digits_are_kept_as_bytes_and_only_what_is_drawn_is_converted(home, monkeypatch):
    values = np.zeros((70_000, 784), dtype=np.float32)
    values[:, 5] = np.arange(70_000) % 256
    labels = (np.arange(70_000) % 10).astype(str).astype(object)
    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fetched(values, labels))
    images = MNIST().load()
    assert images.values.dtype == np.uint8
    assert images.values.nbytes == 70_000 * 784
    np.testing.assert_array_equal(images.values[:, 0, 5], np.arange(70_000) % 256)
    np.testing.assert_array_equal(images.labels, np.arange(70_000) % 10)
    task = ByClass(images=MNIST(size=10_000), test_size=500, label_distance=28.0)
    assert task.draw(20, 30, rngs=streams.data(1, task, replicates=range(2))).unpaired.shape == (2, 30, 784)
    assert task.pool_size == 9500
    assert len(task.pool(rngs=streams.data(1, task, replicates=range(20)))) == 20


@pytest.mark.parametrize(
    ("values", "labels", "message"),
    [
        (np.zeros((9, 784)), np.zeros(9), r"images of shape \(70000, 28, 28\); got shape \(9, 28, 28\); connect"),
        (np.zeros((9, 783)), np.zeros(9), r"images of shape \(70000, 28, 28\); got shape \(9, 783\); connect"),
        (np.zeros((9, 784)), np.array(["a"] * 9, dtype=object), "whole labels; got others; connect"),
    ],
)
def test_fetched_digits_of_another_kind_are_one_line(values, labels, message, home, monkeypatch):
    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fetched(values, labels))
    with one_line(message):
        MNIST().load()
