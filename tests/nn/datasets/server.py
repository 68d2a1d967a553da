"""A server on this machine that answers as servers should not."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Behaviour = Callable[["Handler", bytes, int], None]


class Handler(BaseHTTPRequestHandler):
    """Each request takes the next behaviour of the script, and the last one stays."""

    server: Server

    def do_GET(self) -> None:
        told = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        self.server.starts.append(int(told.group(1)) if told else 0)
        script = self.server.script
        behaviour = script.pop(0) if len(script) > 1 else script[0]
        with contextlib.suppress(ConnectionError):  # the client may have enough
            behaviour(self, self.server.body, self.server.starts[-1])

    def head(self, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def wait(self, seconds: float | None = None) -> bool:
        """Whether the server is stopped meanwhile; it is waited for where no time is given."""
        return self.server.stopped.wait(seconds)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    def __init__(self, body: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.body = body
        self.script: list[Behaviour] = [honest]
        self.starts: list[int] = []  # from which byte each request wanted the file
        self.stopped = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


@contextlib.contextmanager
def serving(body: bytes) -> Iterator[Server]:
    with Server(body) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stopped.set()
            server.shutdown()
            thread.join()


def announce(handler: Handler, body: bytes, start: int) -> bytes:
    """The right head; what should follow."""
    rest = body[start:]
    if start:
        handler.head(206, Content_Length=str(len(rest)), Content_Range=f"bytes {start}-{len(body) - 1}/{len(body)}")
    else:
        handler.head(Content_Length=str(len(rest)))
    return rest


def honest(handler: Handler, body: bytes, start: int) -> None:
    handler.wfile.write(announce(handler, body, start))


def whole(handler: Handler, body: bytes, start: int) -> None:
    """A server that knows nothing of ranges."""
    honest(handler, body, 0)


def cut(handler: Handler, body: bytes, start: int) -> None:
    """The connection ends after 1000 bytes."""
    handler.wfile.write(announce(handler, body, start)[:1000])


def silent(handler: Handler, body: bytes, start: int) -> None:
    handler.wfile.write(announce(handler, body, start)[:1000])
    handler.wait()


def mute(handler: Handler, body: bytes, start: int) -> None:
    handler.wait()


def dripping(handler: Handler, body: bytes, start: int) -> None:
    """A byte now and then."""
    rest = announce(handler, body, start)
    for i in range(len(rest)):
        handler.wfile.write(rest[i : i + 1])
        if handler.wait(0.02):
            return


def slow(handler: Handler, body: bytes, start: int) -> None:
    """In small pieces, but all of it."""
    rest = announce(handler, body, start)
    for i in range(0, len(rest), 1000):
        handler.wfile.write(rest[i : i + 1000])
        handler.wait(0.005)


def wrong(handler: Handler, body: bytes, start: int) -> None:
    """As many bytes, but others."""
    honest(handler, bytes(len(body)), start)


def too_much_announced(handler: Handler, body: bytes, start: int) -> None:
    handler.head(Content_Length=str(2 * len(body)))
    handler.wfile.write(body)


def too_little_announced(handler: Handler, body: bytes, start: int) -> None:
    handler.head(Content_Length="10")
    handler.wfile.write(body)


def endless(handler: Handler, body: bytes, start: int) -> None:
    """No length, and much more than the file has."""
    handler.head()
    for _ in range(100):
        handler.wfile.write(body)


def unannounced(handler: Handler, body: bytes, start: int) -> None:
    """No length, and no ranges."""
    handler.head()
    handler.wfile.write(body)


def misplaced(handler: Handler, body: bytes, start: int) -> None:
    """A part that nobody asked for, and says so."""
    rest = body[start + 7 :]
    handler.head(206, Content_Length=str(len(rest)), Content_Range=f"bytes {start + 7}-{len(body) - 1}/{len(body)}")
    handler.wfile.write(rest)


def unplaced(handler: Handler, body: bytes, start: int) -> None:
    """A part that does not say which."""
    handler.head(206)
    handler.wfile.write(body)


def missing(handler: Handler, body: bytes, start: int) -> None:
    handler.send_error(404)


def busy(handler: Handler, body: bytes, start: int) -> None:
    handler.send_error(503)


def no_http(handler: Handler, body: bytes, start: int) -> None:
    handler.wfile.write(b"220 mail.example.org ESMTP\r\n" * 3)


def around(handler: Handler, body: bytes, start: int) -> None:
    """A redirection to itself."""
    handler.head(302, Location=handler.path)
