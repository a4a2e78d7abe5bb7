"""How things are measured: processes, a daemon on a scratch root, requests on its socket, what it costs while idle."""

import os
import pathlib
import select
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time


def runs(argv, count):
    """Runs a program `count` times after one run that warms the caches; its output goes nowhere."""
    samples = []
    with open(os.devnull, "r+b") as nowhere:
        for index in range(count + 1):
            began = time.monotonic()
            child = subprocess.Popen(argv, stdin=nowhere, stdout=nowhere, stderr=nowhere)
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.monotonic() - began
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode not in (0, 2, 3):
                sys.exit(f"cannot measure {' '.join(argv)}: it ended with {child.returncode}")
            if index:
                samples.append({"wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime})
    return samples


def peak(pid, program):
    """Bytes that a process has had in use at most; 0 before it is what it will be, and after its end.

    The kernel's own figure for an ended process, ru_maxrss, counts what it was before exec, that is, this interpreter.
    """
    try:
        if os.readlink(f"/proc/{pid}/exe") != os.path.realpath(shutil.which(program)):
            return 0
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return max([0, *(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))])


def peaks(argv, count):
    """The most memory that each of `count` runs had in use, by looking while it runs; one that ends too soon is not seen."""
    samples = []
    for _ in range(count):
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        most = 0
        while child.poll() is None:
            most = max(most, peak(child.pid, argv[0]))
        if most:
            samples.append({"rss_bytes": most})
    return samples or [{"rss_bytes": 0}]


def _number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(samples, key, scale):
    values = sorted(sample[key] * scale for sample in samples)
    return "/".join(_number(value) for value in (values[0], statistics.median(values), values[-1]))


def percentiles(values, scale):
    values = sorted(values)
    return "/".join(_number(values[min(len(values) - 1, int(len(values) * part))] * scale) for part in (0.5, 0.99))


class Daemon:
    """nucprepd on a tree, as an ordinary process with a socket of its own."""

    def __init__(self, program, root, folder):
        self.socket = pathlib.Path(folder) / "nucprepd.sock"
        self.socket.unlink(missing_ok=True)
        notify_path = pathlib.Path(folder) / "notify.sock"
        notify_path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(notify_path))
            # As the unit starts it: told where to report, and watched.
            environment = {**os.environ, "NOTIFY_SOCKET": str(notify_path), "WATCHDOG_USEC": "30000000"}
            self.log = open(pathlib.Path(folder) / "nucprepd.log", "wb")
            began = time.monotonic()
            self.process = subprocess.Popen(
                [program, "--root", str(root), "--socket", str(self.socket)], env=environment,
                stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
            self.pid = self.process.pid
            self._wait_until_ready(notify)
            self.seconds_to_ready = time.monotonic() - began

    def _wait_until_ready(self, notify):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            if select.select([notify], [], [], 0.1)[0] and b"READY=1" in notify.recv(4096).split(b"\n"):
                return
        end(self)
        text = pathlib.Path(self.log.name).read_text(errors="replace")
        sys.exit(f"cannot measure the daemon: it did not get ready\n{text[-2000:]}")


def end_pid(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def end(daemon):
    end_pid(daemon.process)
    daemon.log.close()


class Connection:
    """One keep-alive connection; as little of HTTP as a measurement needs."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(15)
        self.socket.connect(str(path))

    def get(self, target):
        self.socket.sendall(f"GET {target} HTTP/1.1\r\nHost: nucprep\r\n\r\n".encode())
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._some()
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        status = int(lines[0].split()[1])
        length = next(int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:"))
        while len(body) < length:
            body += self._some()
        if status != 200:
            raise ValueError(f"{target} is answered with {status}")
        return body

    def _some(self):
        data = self.socket.recv(65536)
        if not data:
            raise ValueError("the connection ended")
        return data


class Peer:
    """A process that answers each request with the same bytes, without thinking."""

    CODE = """
import socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(sys.argv[1]); listener.listen()
body = b"x" * int(sys.argv[2])
answer = b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body
while True:
    connection, _ = listener.accept()
    pending = b""
    while data := connection.recv(65536):
        pending += data
        while b"\\r\\n\\r\\n" in pending:
            _, _, pending = pending.partition(b"\\r\\n\\r\\n")
            connection.sendall(answer)
"""

    def __init__(self, path, size):
        self.socket = path
        self.process = subprocess.Popen([sys.executable, "-c", self.CODE, str(path), str(size)])
        while not path.exists():
            time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end_pid(self.process)


# The daemon gives one connection a bucket of 100 requests that 50 a second refill.
REQUESTS_PER_SECOND = 45


def alternate(paths, target, count):
    """Seconds of `count` requests to each socket, in turns and at a pace that no limit of the daemon refuses."""
    connections = [Connection(path) for path in paths]
    for connection in connections:
        connection.get(target)
    seconds = [[] for _ in paths]
    for _ in range(count):
        for connection, samples in zip(connections, seconds):
            began = time.monotonic()
            connection.get(target)
            samples.append(time.monotonic() - began)
        time.sleep(1 / REQUESTS_PER_SECOND)
    return seconds


def _tasks(pid):
    return [f"/proc/{pid}/task/{task}" for task in os.listdir(f"/proc/{pid}/task")]


def cpu_seconds(pid):
    """Time of a process on a processor, ended threads included: its CPU clock, as clock_getcpuclockid(3) names it."""
    return time.clock_gettime((~pid << 3) | 2)


def _switches(pid):
    """How often each thread has given its processor up of its own will, by thread."""
    counts = {}
    for task in _tasks(pid):
        try:
            lines = pathlib.Path(task, "status").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue  # a thread that has just ended
        counts[task] = sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches:"))
    return counts


def idleness(pids, seconds):
    """What processes do while nobody asks: wakeups in a second and processor time in a minute, for each.

    Threads come and go, so their counts are read each second and only what they grow by is taken.
    """
    cpu = [cpu_seconds(pid) for pid in pids]
    last = [_switches(pid) for pid in pids]
    wakeups = [0 for _ in pids]
    for _ in range(seconds):
        time.sleep(1)
        for index, pid in enumerate(pids):
            now = _switches(pid)
            wakeups[index] += sum(count - last[index].get(task, 0) for task, count in now.items())
            last[index] = now
    return [
        {"wakeups": count / seconds, "cpu_ms": (cpu_seconds(pid) - before) * 1e3 * 60 / seconds}
        for pid, before, count in zip(pids, cpu, wakeups)]


def memory(pid):
    """Bytes by the names of /proc/PID/smaps_rollup."""
    values = {}
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, amount = line.split(":", 1)
        values[name] = int(amount.split()[0]) * 1024
    return values


def threads(pid):
    return len(_tasks(pid))
