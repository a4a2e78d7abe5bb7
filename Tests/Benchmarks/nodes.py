"""Figures of booted nodes: a report of all of them beside as many ssh connections that do nothing."""

import os
import pathlib
import subprocess

from measure import spread
from table import Row

LAB = pathlib.Path(__file__).resolve().parents[1] / "Lab" / "lab"
# What runs on the node that asks; the names are those of the lab.
REPORT = "nucprep report"
SSH = 'for node in nuc01 nuc02 nuc03; do ssh -o BatchMode=yes "$node" true & done; wait'


def _lab(*words):
    return subprocess.run([str(LAB), *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def _seconds(command, count):
    """Runs `command` in nuc01 and takes the time there, so that the way into the node does not count."""
    script = (
        f"for run in $(seq {count + 1}); do began=$(date +%s%N); {{ {command}; }} >/dev/null 2>&1; "
        'echo "$(( $(date +%s%N) - began ))"; done')
    lines = _lab("ssh", "nuc01", script).stdout.split()
    return [{"wall_s": int(line) / 1e9} for line in lines[1:]]


def _left_out(command, why):
    return Row("report of three nodes, elapsed", f"{command}; {why}", "", "not measured", [], "1000 ms")


def report_rows(count):
    command = "in nuc01: nucprep report, three nodes"
    status = _lab("status") if LAB.exists() else None
    is_up = status is not None and status.returncode == 0 and "nuc03" in status.stdout
    if not is_up and os.environ.get("LAB") != "1":
        how = "no lab is up: LAB=1 make bench boots one"
        return [_left_out(command, how)]
    try:
        if not is_up:
            for words in (["up", "3"], ["install", "nuc01", "nuc02", "nuc03"]):
                outcome = _lab(*words)
                if outcome.returncode != 0:
                    return [_left_out(command, outcome.stderr.strip().splitlines()[-1])]
        report, ssh = _seconds(REPORT, count), _seconds(SSH, count)
        if not report or not ssh:
            return [_left_out(command, "nuc01 gave no times")]
        return [Row("report of three nodes, elapsed", command, "ms", spread(report, "wall_s", 1e3),
                    [("three ssh NODE true side by side", spread(ssh, "wall_s", 1e3))], "1000 on hardware")]
    finally:
        if not is_up:
            _lab("down")
