"""Figures of booted nodes: a report of all of them beside as many ssh connections that do nothing, and how long a drift
lasts."""

import os
import subprocess
import tempfile

from drift import drift_rows
from lab import LAB, lab, must
from measure import spread
from table import Row

NODES = ["nuc01", "nuc02", "nuc03"]
NAME = "report of three nodes, elapsed"
COMMAND = "nucprep report, in nuc01"
# GO, NO-GO and INCOMPLETE are answers; anything else is none.
REPORT = "nucprep report; test $? -le 3"
# The report asks its own node by the socket and the two others by ssh; all three here, as a person would.
SSH = (
    'jobs=; for address in 10.77.0.11 10.77.0.12 10.77.0.13; do ssh -o BatchMode=yes "$address" true & jobs="$jobs $!"; done; '
    "for job in $jobs; do wait $job || exit 1; done")


def _seconds(command, count):
    """Runs `command` in nuc01 and takes the time there, so that the way into the node does not count."""
    script = (
        f"for run in $(seq {count + 1}); do began=$(date +%s%N); ( {command} ) >/dev/null 2>&1 || exit 1; "
        'echo "$(( $(date +%s%N) - began ))"; done')
    return [{"wall_s": int(line) / 1e9} for line in must("ssh", "nuc01", script).split()[1:]]


def _boot():
    """Three nodes with the package and one configuration."""
    must("up", str(len(NODES)))
    cluster = subprocess.run(
        ["bash", "-c", 'source "$1" && cluster_configuration 3', "bash", str(LAB / "lib" / "cluster.sh")],
        capture_output=True, check=True).stdout
    with tempfile.NamedTemporaryFile(suffix=".toml") as file:
        file.write(cluster)
        file.flush()
        for node in NODES:
            must("ssh", node, "mkdir -p /etc/nucprep/conf.d")
            must("put", node, file.name, "/etc/nucprep/conf.d/cluster.toml")
    must("install", *NODES)


def node_rows(count, rounds):
    is_up = "nuc03" in lab("status").stdout
    if not is_up and os.environ.get("LAB") != "1":
        return [_left_out("no lab is up: make deb, then LAB=1 make bench boots one")]
    try:
        if not is_up:
            _boot()
        report, ssh = _seconds(REPORT, count), _seconds(SSH, count)
        return [Row(NAME, COMMAND, "ms", spread(report, "wall_s", 1e3),
                    [("three ssh NODE true side by side", spread(ssh, "wall_s", 1e3))], "1000 on hardware"),
                *drift_rows(rounds)]
    except RuntimeError as error:
        return [_left_out(str(error))]
    finally:
        if not is_up:
            lab("down")


def _left_out(why):
    return Row(NAME, f"{COMMAND}; {why}", "", "not measured", [], "1000 ms")
