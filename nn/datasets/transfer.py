"""One transfer over HTTP into a file that keeps what came: the next transfer goes on from there."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYetError
from http.client import HTTPException
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

ANSWER = 3.0  # seconds for a server to answer: looking up its name, connecting, and the head of the answer
SILENCE = 10.0  # seconds without a byte
SLOWEST = 1024  # bytes per second, on average over as many seconds as a silence may take
_CHUNK = 1 << 16


class RefusedError(Exception):
    """A mirror does not give the file, and asking again would not help."""


class CutOffError(Exception):
    """A transfer ended too early; another one may go on."""


class Transfer:
    """A downloader for pooch: of a file of known size, by way of the file `part`.

    `part` is kept when a transfer is cut off or interrupted. No more than `size` bytes are written, whatever the
    server says. `resumed` tells whether some of the bytes are from an earlier transfer.
    """

    def __init__(self, part: Path, size: int) -> None:
        self.part = part
        self.size = size
        self.resumed = part.exists()

    def __call__(self, url: str, output_file: Any, pooch: Any) -> None:
        """Fill `output_file`. Raises RefusedError or CutOffError."""
        if self._held() < self.size:
            self._receive(url)
        if self._held() < self.size:
            raise CutOffError(f"cut off after {self._held():,} of {self.size:,} bytes")
        try:
            os.replace(self.part, output_file)
        except FileNotFoundError as error:
            raise CutOffError("another program was downloading the same file, and took it") from error

    def _held(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _receive(self, url: str) -> None:
        with _asked(url, self._held()) as response:
            start = _start(response)
            if response.length is not None and start + response.length != self.size:
                raise RefusedError(f"offers {start + response.length:,} bytes instead of {self.size:,}: another file")
            if start not in (0, self._held()):
                raise RefusedError(f"was asked to go on from byte {self._held():,}, but goes on from {start:,}")
            self.resumed = start > 0
            with self.part.open("ab" if start else "wb") as stream, _progress(self.part, start, self.size) as show:
                for chunk in _chunks(response):
                    if stream.tell() + len(chunk) > self.size:
                        raise RefusedError(f"sends more than {self.size:,} bytes: another file")
                    show(stream.write(chunk))
                    stream.flush()  # so that it is there even where this program is killed


def _asked(url: str, start: int) -> Any:
    """The answer to a request for what follows the first `start` bytes.

    It is waited for beside: looking up a name has no time limit of its own.
    """
    request = Request(url, headers={"Range": f"bytes={start}-"} if start else {})
    answer: Future[Any] = Future()
    Thread(target=_ask, args=(request, answer), daemon=True).start()
    try:
        return answer.result(timeout=ANSWER)
    except NotYetError as error:
        answer.add_done_callback(lambda late: None if late.exception() else late.result().close())
        raise RefusedError(f"no answer within {ANSWER:g} seconds") from error
    except HTTPError as error:
        error.close()
        kind = CutOffError if error.code >= 500 or error.code == 429 else RefusedError
        raise kind(f"answers {error.code} {error.reason}") from error
    except URLError as error:
        raise RefusedError(str(error.reason)) from error
    except (OSError, HTTPException, ValueError) as error:
        raise RefusedError(f"answers what is no HTTP: {error!r}") from error


def _ask(request: Request, answer: Future[Any]) -> None:
    try:
        answer.set_result(urlopen(request, timeout=SILENCE))
    except Exception as error:  # whatever it is, it belongs to who waits
        answer.set_exception(error)


def _start(response: Any) -> int:
    """The place in the file of an answer's first byte: 0 where the server gives the whole of it."""
    if response.status != 206:
        return 0
    told = re.match(r"bytes (\d{1,18})-", response.headers.get("Content-Range", ""))
    if not told:
        raise RefusedError("sends a part, and does not say which")
    return int(told.group(1))


def _chunks(response: Any) -> Iterator[bytes]:
    """What comes, as it comes. Raises CutOffError where it stops, or comes too slowly to be waited for."""
    began, received = time.monotonic(), 0
    try:
        while chunk := response.read1(_CHUNK):
            yield chunk
            received += len(chunk)
            seconds = time.monotonic() - began
            if seconds > SILENCE and received < SLOWEST * seconds:
                raise CutOffError(f"sends only {received / seconds:,.0f} bytes a second")
    except (OSError, HTTPException) as error:
        raise CutOffError(f"cut off: {error or type(error).__name__}") from error


@contextlib.contextmanager
def _progress(part: Path, start: int, size: int) -> Iterator[Any]:
    """What to call with a number of bytes that came; it moves a bar where tqdm is installed."""
    try:
        from tqdm import tqdm
    except ModuleNotFoundError:
        yield int
        return
    with tqdm(total=size, initial=start, unit="B", unit_scale=True, desc=part.stem, mininterval=0.25) as bar:
        yield bar.update
