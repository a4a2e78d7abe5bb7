#!/usr/bin/env python3
"""What many requests leave behind in the daemon: its resident memory before and after them.

Usage: floods.py FOLDER (of the programs)     BENCH_QUICK=1 sends a twentieth.

It runs as root, whose requests are limited for each connection alone, so that the daemon answers them; the same is sent as
another user, whose requests it refuses for the most part.
"""

import os
import pathlib
import platform
import random
import signal
import socket
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import measure  # noqa: E402
from prepared import make_prepared  # noqa: E402
from table import Row, print_header, print_rows  # noqa: E402

SCALE = 20 if os.environ.get("BENCH_QUICK") == "1" else 1
MIXED = 400_000 // SCALE
POLLS = 200_000 // SCALE
# Before the first figure, so that what the runtime and the allocator take once is not counted.
WARM_UP = 20_000 // SCALE
NOBODY = 65534

TARGETS = [
    "/", "/v1/version", "/v1/healthz", "/v1/time", "/v1/activity", "/v1/nodes", "/v1/status", "/v1/status?only=swap-off", "/v1/plan",
    "/v1/plan?class=A1", "/v1/requirements", "/v1/requirements/swap-off", "/v1/requirements/nothing", "/v1/nothing",
    "/v1/status?wait=1", "/v1/status?wait=60&after=x", "/v1/status?only=nothing", "/v1/plan?class=A4", "/v1/status?fresh=2",
]


def resident(pid):
    """Bytes, once the daemon has had time to be done with what it was sent."""
    time.sleep(2)
    return measure.memory(pid)["Rss"]


def connect(path):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # Blocking, so that it waits its turn when the queue is full.
    connection.connect(str(path))
    connection.settimeout(30)
    return connection


def drain(connection):
    """Reads to the end; how many answers came."""
    answers = 0
    try:
        while data := connection.recv(1 << 18):
            answers += data.count(b"HTTP/1.1 ")
    except ConnectionResetError:
        pass
    return answers


def mixed(path, count, numbers):
    """Sends `count` requests, some of them with a method, a field, or an end that the daemon refuses."""
    answers = 0
    while count > 0:
        size = min(count, numbers.randint(1, 20))
        count -= size
        heads = []
        for _ in range(size):
            target, kind = numbers.choice(TARGETS), numbers.randrange(40)
            method = "POST" if kind == 0 else "HEAD" if kind == 1 else "GET"
            field = {2: "Host: example.org\r\n", 3: "Content-Length: 0\r\n", 4: f"A: {'a' * 4000}\r\n"}.get(kind, "")
            heads.append(f"{method} {target} HTTP/1.1\r\n{field}\r\n")
        # Half of a head at the end, and sometimes nothing that is one.
        ending = {0: "GET /v1/sta", 1: "\x16\x03\x01\r\n"}.get(numbers.randrange(10), "")
        connection = connect(path)
        try:
            connection.sendall(("".join(heads) + ending).encode())
            connection.shutdown(socket.SHUT_WR)
            if numbers.randrange(10):
                answers += drain(connection)
        except (BrokenPipeError, ConnectionResetError):
            pass
        finally:
            connection.close()
    return answers


def polls(path, count, cursor):
    """Sends `count` requests that wait for a minute, and hangs up at once."""
    for index in range(count):
        connection = connect(path)
        after = cursor if index % 2 else "x"
        try:
            connection.sendall(f"GET /v1/status?wait=60&after={after} HTTP/1.1\r\n\r\n".encode())
        except (BrokenPipeError, ConnectionResetError):
            pass
        connection.close()


def as_user(uid, body):
    """Runs `body` in a process of this user; what it returns is a number that fits into a line."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        status = 1
        try:
            if uid:
                os.setgroups([])
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
            os.write(writing, str(body() or 0).encode())
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    if os.waitpid(child, 0)[1] or not text:
        sys.exit("cannot send the requests: the process that sends them failed")
    return int(text)


def row(name, daemon, count, uid, send):
    numbers = random.Random(1)
    as_user(uid, lambda: send(WARM_UP, numbers))
    before, began = resident(daemon.pid), time.monotonic()
    answers = as_user(uid, lambda: send(count, numbers))
    seconds = time.monotonic() - began
    after = resident(daemon.pid)
    note = f", {answers} answers read" if answers else ""
    user = "root" if uid == 0 else f"uid {uid}"
    return Row(f"memory, {count} {name}, {user}", f"{count} requests in {seconds:.0f} s{note}", "MiB",
               f"{(after - before) / 2**20:+.2f}", [("resident before", f"{before / 2**20:.2f}")], "within 1")


def rows(daemon, folder):
    os.chmod(folder, 0o755)
    cursor = measure.Connection(daemon.socket).get("/v1/status").split(b'"cursor":"', 1)[1].split(b'"', 1)[0].decode()
    for uid in (0, NOBODY):
        yield row("mixed requests", daemon, MIXED, uid, lambda count, numbers: mixed(daemon.socket, count, numbers))
        yield row("long polls closed at once", daemon, POLLS, uid, lambda count, _: polls(daemon.socket, count, cursor))


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: floods.py FOLDER")
    programs = pathlib.Path(sys.argv[1]).resolve()
    print_header(programs, platform.release())
    with tempfile.TemporaryDirectory(prefix="nucprep-floods.") as name:
        folder = pathlib.Path(name)
        daemon = measure.Daemon(str(programs / "nucprepd"), make_prepared(folder), folder)
        try:
            print_rows(list(rows(daemon, folder)))
        finally:
            measure.end(daemon)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    main()
