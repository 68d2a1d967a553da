"""Downloads from a server that is slow, cuts connections, lies about lengths and serves wrong bytes."""

from __future__ import annotations

import hashlib
import shutil
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pooch")

from nn.datasets import MissingDataError, downloading, finding, transfer
from nn.datasets.sources import File, Source
from tests.nn.datasets import server as answers

BODY = np.random.default_rng(0).bytes(200_000)
NAME = "data.bin"
FILE = File(len(BODY), hashlib.sha256(BODY).hexdigest())


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch, tmp_path):
    """A cache of its own, times that suit a machine under load, and no proxy between this machine and itself."""
    monkeypatch.delenv("NN_DATA_DIR", raising=False)
    monkeypatch.setenv("NN_HOME", str(tmp_path))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(downloading, "PAUSES", (0, 0, 0))
    monkeypatch.setattr(transfer, "ANSWER", 60.0)
    monkeypatch.setattr(transfer, "SILENCE", 60.0)


@pytest.fixture
def server():
    with answers.serving(BODY) as server:
        yield server


def source(*servers):
    return Source("things", tuple(each if isinstance(each, str) else each.url for each in servers), {NAME: FILE})


def find(*servers):
    return finding.find(source(*servers), NAME)


def left(tmp_path):
    return sorted(path.name for path in (tmp_path / "datasets" / "things").iterdir())


GOOD = {
    "at once": ([answers.honest], [0]),
    "slowly": ([answers.slow], [0]),
    "without a length": ([answers.unannounced], [0]),
    "after a cut": ([answers.cut, answers.honest], [0, 1000]),
    "after three cuts": ([answers.cut, answers.cut, answers.cut, answers.honest], [0, 1000, 2000, 3000]),
    "after a cut, without ranges": ([answers.cut, answers.whole], [0, 1000]),
    "after a silence": ([answers.silent, answers.honest], [0, 1000]),
    "after it was busy": ([answers.busy, answers.honest], [0, 0]),
    "after a cut, then wrong bytes, then all again": ([answers.cut, answers.wrong, answers.honest], [0, 1000, 0]),
}


@pytest.mark.parametrize("case", GOOD)
def test_the_file_arrives(case, server, tmp_path, monkeypatch):
    server.script, starts = list(GOOD[case][0]), GOOD[case][1]
    if answers.silent in server.script:
        monkeypatch.setattr(transfer, "SILENCE", 2.0)
    path = find(server)
    assert path.read_bytes() == BODY
    assert server.starts == starts
    assert left(tmp_path) == [NAME]


BAD = {
    "cut off every time": (answers.cut, "cut off after 4,000 of 200,000 bytes .4 tries"),
    "silent every time": (answers.silent, "cut off: "),
    "no answer": (answers.mute, "no answer within"),
    "other bytes": (answers.wrong, "sends other bytes"),
    "too long a length": (answers.too_much_announced, "offers 400,000 bytes instead of 200,000"),
    "too short a length": (answers.too_little_announced, "offers 10 bytes instead of 200,000"),
    "more than the file": (answers.endless, "sends more than 200,000 bytes"),
    "another part": (answers.misplaced, "asked to go on from byte 0, but goes on from 7"),
    "a part of unknown place": (answers.unplaced, "does not say which"),
    "not there": (answers.missing, "answers 404 Not Found"),
    "busy every time": (answers.busy, "answers 503"),
    "another protocol": (answers.no_http, "no HTTP"),
    "a circle of redirections": (answers.around, "answers 302"),
}


@pytest.mark.parametrize("case", BAD)
def test_the_error_says_what_the_server_did_and_what_to_put_where(case, server, tmp_path, monkeypatch):
    behaviour, words = BAD[case]
    if behaviour is answers.mute:
        monkeypatch.setattr(transfer, "ANSWER", 0.2)
    if behaviour is answers.silent:
        monkeypatch.setattr(transfer, "SILENCE", 0.2)
    server.script = [behaviour]
    with pytest.raises(MissingDataError, match=words) as caught:
        find(server)
    told = str(caught.value)
    assert str(tmp_path / "datasets" / "things" / NAME) in told
    assert f"{NAME}  200,000 bytes, SHA-256 {FILE.sha256}" in told
    assert server.url in told
    assert "NN_DATA_DIR" in told
    assert NAME not in left(tmp_path)
    assert len(server.starts) <= 1 + len(downloading.PAUSES) or behaviour is answers.around


def test_a_server_that_sends_next_to_nothing_is_not_waited_for(server, monkeypatch):
    monkeypatch.setattr(transfer, "SILENCE", 2.0)
    monkeypatch.setattr(downloading, "PAUSES", ())
    server.script = [answers.dripping]
    with pytest.raises(MissingDataError, match=r"sends only .* bytes a second"):
        find(server)


def test_the_next_mirror_helps_and_goes_on(server, tmp_path):
    with answers.serving(BODY) as other:
        server.script = [answers.cut]
        assert find(server, other).read_bytes() == BODY
        assert other.starts == [4000]


def test_wrong_bytes_of_one_mirror_do_not_spoil_the_next(server):
    with answers.serving(BODY) as other:
        server.script = [answers.wrong]
        assert find(server, other).read_bytes() == BODY
        assert other.starts == [0]


def test_nobody_listens():
    with answers.serving(BODY) as gone:
        url = gone.url
    with pytest.raises(MissingDataError, match="refused"):
        find(url)


def test_an_interrupted_download_goes_on_in_the_next_run(server, monkeypatch, tmp_path):
    seen = []

    def interrupt(response):
        for chunk in chunks(response):
            yield chunk
            seen.append(len(chunk))
            raise KeyboardInterrupt

    chunks = transfer._chunks
    with monkeypatch.context() as patched:
        patched.setattr(transfer, "_chunks", interrupt)
        with pytest.raises(KeyboardInterrupt):
            find(server)
    assert left(tmp_path) == [f"{NAME}.part"]
    assert find(server).read_bytes() == BODY
    assert server.starts == [0, sum(seen)]
    assert 0 < sum(seen) < len(BODY)


KILLED = """
import sys
from pathlib import Path
from nn.datasets import transfer
transfer.SILENCE = 600
transfer.Transfer(Path(sys.argv[2]), 200_000)(sys.argv[1], sys.argv[2] + ".out", None)
"""


def test_a_killed_download_goes_on_in_the_next_run(server, tmp_path):
    """In a process of its own, which is killed while the server is silent."""
    part = tmp_path / "datasets" / "things" / f"{NAME}.part"
    part.parent.mkdir(parents=True)
    server.script = [answers.silent, answers.honest]
    process = subprocess.Popen([sys.executable, "-c", KILLED, server.url + NAME, str(part)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(3000):
            if part.exists() and part.stat().st_size:
                break
            time.sleep(0.01)
        else:
            pytest.fail("what came is not on the disk while the server is silent")
    finally:
        process.kill()
        process.wait()
    assert find(server).read_bytes() == BODY
    assert server.starts == [0, 1000]


def test_what_is_there_is_not_downloaded_again_unless_it_was_changed(server):
    path = find(server)
    assert find(server) == path
    assert server.starts == [0]
    path.write_bytes(b"spoiled" + BODY[7:])
    assert find(server).read_bytes() == BODY
    assert server.starts == [0, 0]


def test_a_changed_file_that_cannot_be_downloaded_again_is_told_from_one_that_is_not_there(server):
    path = find(server)
    path.write_bytes(BODY[:-1])
    server.script = [answers.missing]
    with pytest.raises(MissingDataError, match="is not what was published, and could not be downloaded"):
        find(server)


@pytest.mark.parametrize("junk", [b"x", bytes(len(BODY)), bytes(len(BODY) + 1)])
def test_what_an_earlier_run_left_may_be_junk(junk, server, tmp_path):
    part = tmp_path / "datasets" / "things" / f"{NAME}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(junk)
    assert find(server).read_bytes() == BODY
    assert left(tmp_path) == [NAME]


def test_wrong_bytes_from_the_first_on_are_not_asked_for_again(server, tmp_path):
    """The server begins anew, so what an earlier run left is not at fault."""
    part = tmp_path / "datasets" / "things" / f"{NAME}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x")
    server.script = [lambda handler, body, start: answers.wrong(handler, body, 0)]
    with pytest.raises(MissingDataError, match="sends other bytes"):
        find(server)
    assert server.starts == [1]


def test_two_downloads_at_once_end_with_the_right_file_or_an_error(server, tmp_path):
    server.script = [answers.slow]
    outcomes = []

    def fetch():
        try:
            outcomes.append(find(server).read_bytes() == BODY)
        except MissingDataError:
            outcomes.append(True)

    threads = [threading.Thread(target=fetch) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert outcomes == [True] * 3
    assert find(server).read_bytes() == BODY


def test_a_broken_certificate_is_named(server, tmp_path):
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    pem = tmp_path / "own.pem"
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1", "-keyout"]
    subprocess.run(["openssl", *made, pem, "-out", tmp_path / "cert.pem"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with pytest.raises(MissingDataError, match=r"(?i)certificate.*verify failed"):
        find(server.url.replace("http:", "https:"))


def test_without_pooch_the_error_names_the_extra_and_the_files(monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(MissingDataError, match=r"(?s)autodiff-nn\[data\].*data.bin  200,000 bytes"):
        find("http://127.0.0.1:9/")


def test_a_folder_of_ones_own_comes_first(server, monkeypatch, tmp_path):
    own = tmp_path / "own"
    (own / "things").mkdir(parents=True)
    (own / "things" / NAME).write_bytes(b"mine")
    monkeypatch.setenv("NN_DATA_DIR", str(own))
    assert find(server) == Path(own, "things", NAME)
    assert server.starts == []
