"""Rows and the machine they were taken on, as text."""

import dataclasses
import datetime
import os
import pathlib
import subprocess


@dataclasses.dataclass
class Row:
    name: str
    command: str
    unit: str
    value: str
    # Name and value of each, in the row's unit.
    peers: list
    goal: str


def _first(path, key):
    for line in pathlib.Path(path).read_text().splitlines():
        if line.startswith(key):
            return line.split(":", 1)[1].strip()
    return "unknown"


def _version(program):
    try:
        return subprocess.run([program, "version"], capture_output=True, text=True, timeout=20).stdout.splitlines()[0]
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return "unknown"


def print_header(programs, kernel):
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")
    print(f"nucprep benchmarks  {now}")
    print(f"  program   {_version(programs / 'nucprep')}")
    print(f"  machine   {_first('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores, "
          f"{_first('/proc/meminfo', 'MemTotal')}, Linux {kernel}")
    print(f"  load      {load} over 1, 5 and 15 minutes, before the first row")
    print("  values    min/median/max of the runs unless the name says otherwise; peers and floors of the same run")
    print(flush=True)


def print_rows(rows):
    """Each figure with its goal, below it the command that gave it, then what stands beside it."""
    names = [row.name for row in rows] + ["    " + name for row in rows for name, _ in row.peers]
    values = [f"{value} {row.unit}" for row in rows for value in [row.value, *(value for _, value in row.peers)]]
    wide, wider = max(map(len, names)), max(map(len, values))
    for row in rows:
        print(f"{row.name.ljust(wide)}  {(row.value + ' ' + row.unit).ljust(wider)}  goal {row.goal}")
        for name, value in row.peers:
            print(f"{('    ' + name).ljust(wide)}  {value} {row.unit}".rstrip())
        print(f"    by {row.command}")
