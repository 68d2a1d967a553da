"""Files that are cut off, changed or hostile: the right array or a DataError, and never much memory."""

from __future__ import annotations

import gzip
import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn.datasets import DataError
from nn.datasets.idx import read_idx
from nn.datasets.npz import read_npz
from nn.datasets.table import read_csv

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 3, 5), np.uint8)
IDX = struct.pack(">HBB3I", 0, 8, 3, 4, 3, 5) + IMAGES.tobytes()
COLUMNS = ("age", "rooms", "value")
TABLE = np.array([[1.5, 2, 3], [-4, 5e3, 6], [7, 8, 9.25]])
CSV = b"age,rooms,value\n1.5,2,3\n-4,5e3,6\n7,8,9.25\n"
ARRAYS = {"x": np.arange(12, dtype="f4").reshape(4, 3), "y": np.arange(4, dtype="u1")}
EXPECTED = {"x": ((4, 3), "float32"), "y": ((4,), "uint8")}
MUCH = 50_000_000  # bytes that a bomb would fill
LITTLE = 1_000_000  # bytes that reading a small file may take


def npz(arrays=ARRAYS, save=np.savez):
    stream = io.BytesIO()
    save(stream, **arrays)
    return stream.getvalue()


def archive(members, compression=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return stream.getvalue()


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


READERS = {
    "idx": lambda path: read_idx(path, IMAGES.shape),
    "csv": lambda path: read_csv(path, COLUMNS, len(TABLE)),
    "npz": lambda path: read_npz(path, EXPECTED),
}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("files") / "file"


def read(kind, path, content):
    path.write_bytes(content)
    return READERS[kind](path)


def refused(kind, path, content, words):
    with pytest.raises(DataError, match=words) as caught:
        read(kind, path, content)
    assert str(path) in str(caught.value)


def test_sound_files(path):
    np.testing.assert_array_equal(read("idx", path, gzip.compress(IDX)), IMAGES)
    np.testing.assert_array_equal(read("csv", path, gzip.compress(CSV)), TABLE)
    np.testing.assert_array_equal(read("csv", path, gzip.compress(CSV.replace(b"\n", b"\r\n").rstrip())), TABLE)
    for save in (np.savez, np.savez_compressed):
        found = read("npz", path, npz({**ARRAYS, "more": np.zeros(9)}, save))
        assert list(found) == ["x", "y"]
        for name, array in ARRAYS.items():
            np.testing.assert_array_equal(found[name], array)
            assert found[name].dtype == array.dtype


def test_what_is_read_can_be_written_to(path):
    for each in (read("idx", path, gzip.compress(IDX)), read("npz", path, npz())["x"]):
        each[0] = 0
        assert not each[0].any()


def mutations(content):
    """The file with some bytes replaced, and a slice of it taken out or put in twice."""
    places = st.integers(0, len(content))
    changes = st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=6)
    return st.builds(lambda changed, a, b: mutate(content, changed, a, b), changes, places, places)


def mutate(content, changes, a, b):
    content = bytearray(content)
    for place, byte in changes:
        content[place] = byte
    return bytes(content[:a] + content[b:])


FILES = {"idx": gzip.compress(IDX), "csv": gzip.compress(CSV), "npz": npz()}
FILES_OF_MUTANTS = {
    # the checksum of the outer file is right: what is changed gets through to the reader
    "idx": lambda draw: gzip.compress(draw(mutations(IDX))),
    "csv": lambda draw: gzip.compress(draw(mutations(CSV))),
    "npz": lambda draw: archive({"x.npy": draw(mutations(npy(ARRAYS["x"]))), "y.npy": npy(ARRAYS["y"])}),
}


def check(kind, path, content):
    """Either what was expected in shape and dtype, or a DataError; no other error, and no warning."""
    try:
        found = read(kind, path, content)
    except DataError:
        return
    if kind == "npz":
        assert {name: (array.shape, array.dtype) for name, array in found.items()} == EXPECTED
    else:
        like = IMAGES if kind == "idx" else TABLE
        assert (found.shape, found.dtype) == (like.shape, like.dtype)


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=6 * settings.default.max_examples)
@given(data=st.data())
def test_a_changed_file_is_read_or_refused(kind, path, data):
    check(kind, path, data.draw(mutations(FILES[kind])))


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=6 * settings.default.max_examples)
@given(data=st.data())
def test_changed_content_in_a_sound_wrapping_is_read_or_refused(kind, path, data):
    check(kind, path, FILES_OF_MUTANTS[kind](data.draw))


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_cut_off_anywhere_is_refused(kind, path):
    whole = FILES[kind]
    for length in range(0, len(whole), 3):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError):
            READERS[kind](path)


def idx_header(*shape, zeros=0, code=8, ndim=None):
    return struct.pack(f">HBB{len(shape)}I", zeros, code, len(shape) if ndim is None else ndim, *shape)


WRONG_IDX = {
    "no content": (b"", "begins with the bytes .none."),
    "another type": (idx_header(4, 3, 5, code=0x0D) + bytes(60), "begins with the bytes 00 00 0d 03"),
    "another shape": (idx_header(4, 5, 3) + bytes(60), r"its header says \(4, 5, 3\)"),
    "fewer axes": (idx_header(60) + bytes(60), r"its header says \(60,\)"),
    "more axes than bytes": (idx_header(4, 3, 5, ndim=255) + bytes(60), "begins with the bytes 00 00 08 ff"),
    "a size that no memory has": (idx_header(0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF), r"says \(4294967295, "),
    "too few values": (IDX[:-1], "cut off: 75 bytes of 76"),
    "too many values": (IDX + b"x", "more than the 76 bytes"),
    "a web page": (b"<!DOCTYPE html>", "begins with the bytes 3c 21 44 4f"),
}


@pytest.mark.parametrize("case", WRONG_IDX)
def test_the_error_says_what_is_wrong_with_an_idx_file(case, path):
    refused("idx", path, gzip.compress(WRONG_IDX[case][0]), WRONG_IDX[case][1])


def test_the_error_says_that_a_file_is_not_compressed(path):
    refused("idx", path, IDX, "not a sound gzip file: Not a gzipped file")
    refused("idx", path, gzip.compress(IDX)[:-9], "not a sound gzip file: .*ended before")


WRONG_CSV = {
    "other columns": (CSV.replace(b"rooms", b"beds"), "begin with the line 'age,rooms,value', but begins with 'age,b"),
    "another number of rows": (CSV + b"1,2,3\n", "3 rows under its first line, but has 4"),
    "no rows": (b"age,rooms,value", "3 rows under its first line, but has 0"),
    "an empty line": (CSV.replace(b"1.5,2,3\n", b"\n"), "not a table of numbers"),
    "rows of other lengths": (CSV.replace(b"1.5,2,3\n", b"1,2\n"), "not a table of numbers"),
    "shorter rows": (b"age,rooms,value\n1,2\n3,4\n5,6\n", "3 rows of 3 finite numbers"),
    "words": (CSV.replace(b"7", b"seven"), "not a table of numbers: could not convert string to float: 'seven'"),
    "no number": (CSV.replace(b"7", b"nan"), "3 rows of 3 finite numbers"),
    "an endless number": (CSV.replace(b"7", b"1e999"), "3 rows of 3 finite numbers"),
}


@pytest.mark.parametrize("case", WRONG_CSV)
def test_the_error_says_what_is_wrong_with_a_csv_file(case, path):
    refused("csv", path, gzip.compress(WRONG_CSV[case][0]), WRONG_CSV[case][1])


def header(shape, descr="'<f4'"):
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


Y = {"y.npy": npy(ARRAYS["y"])}
WRONG_NPZ = {
    "an array is not there": (npz({"x": ARRAYS["x"]}), "no item named 'y.npy'"),
    "another shape": (
        npz({**ARRAYS, "x": ARRAYS["x"].T.copy()}),
        r"'x' should be float32 \(4, 3\), but is float32 \(3,",
    ),
    "another dtype": (npz({**ARRAYS, "x": ARRAYS["x"].astype("f8")}), r"should be float32 \(4, 3\), but is float64"),
    "Fortran's order": (npz({**ARRAYS, "x": np.asfortranarray(ARRAYS["x"])}), "'x' should be float32"),
    "pickled objects": (npz({**ARRAYS, "x": np.array([[{}] * 3] * 4)}), "should be float32 .* but is object"),
    "a size that no memory has": (archive({"x.npy": header("(4, 1 << 60)"), **Y}), "not a sound NPZ"),
    "a size that no memory has, well written": (archive({"x.npy": header("(4, 1152921504606846976)"), **Y}), "but is"),
    "too few values": (archive({"x.npy": header("(4, 3)") + bytes(47), **Y}), "should have 48 bytes, but has 47"),
    "too many values": (archive({"x.npy": header("(4, 3)") + bytes(49), **Y}), "should have 48 bytes, but has 49"),
    "no array": (archive({"x.npy": b"hello", **Y}), "not a sound NPZ"),
    "a program for a dtype": (archive({"x.npy": header("(4, 3)", "__import__('os')"), **Y}), "not a sound NPZ"),
    "a web page": (b"<!DOCTYPE html>", "not a sound NPZ"),
}


@pytest.mark.parametrize("case", WRONG_NPZ)
def test_the_error_says_what_is_wrong_with_an_npz_file(case, path):
    refused("npz", path, WRONG_NPZ[case][0], WRONG_NPZ[case][1])


class Planted:
    """What a pickle would run."""

    def __reduce__(self):
        return (pytest.fail, ("the pickle was loaded",))


def test_pickles_are_not_loaded(path):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.array([[Planted()] * 3] * 4), allow_pickle=True)
    refused("npz", path, archive({"x.npy": stream.getvalue(), **Y}), "is object")


BOMBS = {
    "idx": gzip.compress(idx_header(4, 3, 5) + bytes(MUCH), 1),
    "csv": gzip.compress(CSV + b"\n" * MUCH, 1),
    "npz": archive({"x.npy": header("(4, 3)") + bytes(MUCH), **Y}),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_takes_no_memory(kind, path):
    path.write_bytes(BOMBS[kind])
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"more than|should have"):
            READERS[kind](path)
        assert tracemalloc.get_traced_memory()[1] < LITTLE
    finally:
        tracemalloc.stop()
