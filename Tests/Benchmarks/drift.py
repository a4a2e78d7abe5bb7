"""From a drift to its repair, in a booted node: nucprepd beside a C program that waits for the same events and makes the
same calls, both in one run. See Drift/inject.c and Drift/floor.c."""

import pathlib
import subprocess
import tempfile
import time

from lab import must
from measure import percentiles
from table import Row

SOURCES = pathlib.Path(__file__).resolve().parent / "Drift"
KINDS = {
    "hostname": "sethostname(2)",
    "ip_forward": "net.ipv4.ip_forward = 0",
    "bridge": "net.bridge.bridge-nf-call-iptables = 0",
    "hosts": "/etc/hosts without the node's line, renamed into place",
    "drop-in": "unlink(2) of /etc/modules-load.d/nucprep.conf",
    "module": "delete_module(2) of br_netfilter",
    "swap": "swapon(2) of a file",
}
# Five repairs of one thing in a minute are the last ones that nucprepd makes at once.
ROUND_SECONDS = 16
# For so long after its start each act looks at all processes for kubeadm.
SETTLE_SECONDS = 65
GOAL = "p50 5 x the C program's, p99 its p99 + 10 ms"
PATIENCE_SECONDS = 1200


def _compile(folder):
    for name, libraries in (("inject", []), ("floor", ["-lsystemd", "-lkmod"])):
        subprocess.run(
            ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(folder / name), str(SOURCES / f"{name}.c"),
             str(SOURCES / "watch.c"), *libraries], check=True)
        must("put", "nuc01", str(folder / name), f"/root/{name}")
    must("ssh", "nuc01", "chmod 755 /root/inject /root/floor")
    must("ssh", "nuc01", "test -e /drift.img || { dd if=/dev/zero of=/drift.img bs=1M count=16 status=none && "
                         "chmod 600 /drift.img && mkswap -q /drift.img; }")


def _wait_until_ready():
    """Preparing the node takes minutes; it must be over, or its work would be measured."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            must("ssh", "nuc01", "nucprep status >/dev/null 2>&1; test $? -le 1")
            return
        except RuntimeError:
            if time.monotonic() > end:
                raise
            time.sleep(10)


def _samples(command):
    """Seconds by kind; one that was not put right in ten seconds counts as that."""
    samples = {kind: [] for kind in KINDS}
    for line in must("ssh", "nuc01", command).splitlines():
        kind, word = line.split()
        samples[kind].append(10.0 if word == "lost" else int(word) / 1e6)
    return samples


def drift_rows(rounds):
    """A row for each kind of drift, in nuc01, which is up."""
    kinds = " ".join(KINDS)
    with tempfile.TemporaryDirectory() as name:
        _compile(pathlib.Path(name))
    _wait_until_ready()
    floor = _samples(
        "systemctl stop nucprepd.service nucprepd.socket; /root/floor >/dev/null & floor=$!; sleep 1; "
        f"/root/inject {rounds} 0 {kinds}; status=$?; kill $floor; systemctl start nucprepd.socket nucprepd.service; "
        "exit $status")
    _wait_until_ready()
    mine = _samples(f"sleep {SETTLE_SECONDS}; /root/inject {rounds} {ROUND_SECONDS} {kinds}")
    for kind, what in KINDS.items():
        yield Row(
            f"drift to repair, {kind}, p50/p99 of {len(mine[kind])}", what, "ms", percentiles(mine[kind], 1e3),
            [("C program with the same events and calls", percentiles(floor[kind], 1e3))], GOAL)
