"""The lab as a command."""

import pathlib
import subprocess

LAB = pathlib.Path(__file__).resolve().parents[1] / "Lab"


def lab(*words):
    return subprocess.run([str(LAB / "lab"), *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def must(*words):
    outcome = lab(*words)
    if outcome.returncode != 0:
        raise RuntimeError((outcome.stderr.strip().splitlines() or ["no reason given"])[-1])
    return outcome.stdout
