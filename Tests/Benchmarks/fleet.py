"""A report of many nodes that do not exist: the real nucprep, and in place of ssh a C program that speaks as a node does,
late, never, too much, half or falsely. See Fleet/ssh.c."""

import hashlib
import heapq
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import measure
from prepared import make_prepared
from table import Row

SOURCE = pathlib.Path(__file__).resolve().parent / "Fleet" / "ssh.c"
# Of each twenty nodes; the first is the one that asks. What a node says of itself, how it behaves, and what is true of it:
# `None` for an answer, else the kind of failure.
MIX = ["good", "good", "late", "swap", "good", "refuse", "good", "late", "babble", "good",
       "good", "half", "good", "false", "swap", "good", "late", "hang", "good", "stranger"]
TRUTH = {"good": None, "late": None, "swap": None, "refuse": "unreachable", "babble": "bad_reply", "half": "bad_reply",
         "false": "bad_reply", "hang": "timeout", "stranger": "wrong_node"}
LATE_MS = 400
# As the program has them: the deadline of one node, the first second in the window, the most children at a time.
NODE_SECONDS, PATIENCE_SECONDS, MOST_CHILDREN = 10, 1, 128


def _name(index):
    return f"node{index:04}"


def _configuration(count, own_role="control-plane"):
    """`count` nodes of which the first has the address of the tree."""
    head = '[policy]\nmode = "observe"\n[cluster]\nname = "many"\n'
    return head + "".join(
        f'[[nodes]]\nname = "{_name(index)}"\naddress = "{_address(index)}"\nssh = "{_name(index)}"\n'
        f'role = "{own_role if index == 0 else "worker" if own_role == "control-plane" or index > 1 else "control-plane"}"\n'
        for index in range(count))


def _address(index):
    return "10.77.0.11" if index == 0 else f"10.78.{index // 250}.{index % 250 + 1}"


def _bodies(daemon_program, folder):
    """What a worker says of itself, in good order and with a line of swap in its fstab."""
    bodies = {}
    for kind in ("good", "swap"):
        place = folder / kind
        place.mkdir()
        root = make_prepared(place)
        (root / "etc/nucprep/nucprep.toml").write_text(_configuration(2, own_role="worker"))
        (root / "etc/hostname").write_text(_name(0) + "\n")
        if kind == "swap":
            with open(root / "etc/fstab", "a") as file:
                file.write("/dev/sdz9 none swap sw 0 0\n")
        daemon = measure.Daemon(daemon_program, root, place)
        try:
            bodies[kind] = json.loads(measure.Connection(daemon.socket).get("/v1/status"))
        finally:
            measure.end(daemon)
    return bodies


def _lay_out(nodes, bodies, count):
    """One file of behaviour and one of words for each node but the first; returns what is what."""
    kinds = {}
    for index in range(1, count):
        name, kind = _name(index), MIX[index % len(MIX)]
        boot = hashlib.md5(name.encode()).hexdigest()
        body = json.loads(json.dumps(bodies["swap" if kind == "swap" else "good"]))
        body["node"].update(name="somebody" if kind == "stranger" else name, addresses=[_address(index)], boot_id=boot)
        if kind == "false":
            body["readiness"]["counts"]["met"] += 1
        behaviour = kind if kind in ("hang", "babble", "half", "refuse") else "answer"
        (nodes / f"{name}.status").write_text(json.dumps(body))
        (nodes / f"{name}.behaviour").write_text(f"{behaviour} {LATE_MS if kind == 'late' else 0} {boot}\n")
        kinds[name] = kind
    return kinds


def _dictated(kinds, fanout):
    """Seconds that fan-out and deadlines take of themselves, were every other step free."""
    seconds = {"late": LATE_MS / 1e3, "hang": NODE_SECONDS}
    now, window, running, waiting = 0.0, [], [], list(kinds.values())
    while waiting or running:
        while waiting and len(window) < fanout and len(running) < MOST_CHILDREN:
            takes = seconds.get(waiting.pop(0), 0.0)
            heapq.heappush(running, now + takes)
            heapq.heappush(window, now + min(takes, PATIENCE_SECONDS))
        now = min(running[0], window[0]) if window and waiting else running[0]
        while running and running[0] <= now:
            heapq.heappop(running)
        while window and window[0] <= now:
            heapq.heappop(window)
    return now


def _right(report, kinds):
    """How many nodes are told as they are: answered or not, why not, and swap where it is."""
    swap = {name for cause in report["causes"] if cause["requirement"] == "swap-off" for name in cause["nodes"]}
    right, wrong = 0, []
    for node in report["nodes"]:
        kind = kinds.get(node["name"])
        if kind is None:
            continue
        failure = node["failure"]["kind"] if node["failure"] else None
        if failure == TRUTH[kind] and (node["name"] in swap) == (kind == "swap"):
            right += 1
        else:
            wrong.append(f"{node['name']} ({kind}): {failure}")
    return right, wrong


def fleet_rows(programs, folder, sizes):
    """One row for each size; left out without a C compiler."""
    if not shutil.which("cc"):
        yield Row("report of simulated nodes", "cc is not there", "", "not measured", [], "")
        return
    binaries = folder / "bin"
    binaries.mkdir()
    subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(binaries / "ssh"), str(SOURCE)], check=True)
    bodies = _bodies(str(programs / "nucprepd"), folder)
    place = folder / "asking"
    place.mkdir()
    root = make_prepared(place)
    (root / "etc/hostname").write_text(_name(0) + "\n")
    for count in sizes:
        (root / "etc/nucprep/nucprep.toml").write_text(_configuration(count))
        nodes = pathlib.Path(tempfile.mkdtemp(dir=folder))
        kinds = _lay_out(nodes, bodies, count)
        daemon = measure.Daemon(str(programs / "nucprepd"), root, folder)
        try:
            yield _row(programs, daemon, nodes, kinds, {
                **os.environ, "PATH": f"{binaries}:{os.environ['PATH']}", "FLEET": str(nodes)})
        finally:
            measure.end(daemon)


def _row(programs, daemon, nodes, kinds, environment):
    argv = [str(programs / "nucprep"), "report", "--format", "json", "--socket", str(daemon.socket)]
    peak, answer = 0, nodes / "report"
    with open(answer, "wb") as output:
        began = time.monotonic()
        child = subprocess.Popen(argv, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE)
        while child.poll() is None:
            peak = max(peak, measure.peak(child.pid, argv[0]))
            time.sleep(0.005)
        wall = time.monotonic() - began
    if child.returncode not in (0, 2, 3):
        raise RuntimeError(f"report ended with {child.returncode}: {child.stderr.read()[-500:].decode()}")
    right, wrong = _right(json.loads(answer.read_bytes()), kinds)
    dictated = _dictated(kinds, 32)
    peers = [("fan-out and deadlines alone", f"{dictated:.2f}"), ("the same ssh by xargs -P 32", f"{_bare(nodes, kinds, environment):.2f}")]
    note = "" if not wrong else f"; wrong: {', '.join(wrong[:3])}"
    return Row(f"report, {len(kinds) + 1} nodes: {right} of {len(kinds)} right, {peak / 1e6:.0f} MB", " ".join(argv[1:4]) + note,
               "s", f"{wall:.2f}", peers, "1.2 x fan-out and deadlines, 60 MB")


def _bare(nodes, kinds, environment):
    """Seconds that the same connections take without a program that understands them; who would hang or babble is left out."""
    names = [name for name, kind in kinds.items() if kind not in ("hang", "babble")]
    question = "GET /v1/time HTTP/1.1\r\n\r\n" * 3 + "GET /v1/status?fresh=1 HTTP/1.1\r\n\r\n"
    (nodes / "question").write_text(question)
    began = time.monotonic()
    subprocess.run(["xargs", "-P", "32", "-I", "{}", "sh", "-c", f"ssh -- '{{}}' nucprep dial-stdio <'{nodes}/question'"],
                   input="\n".join(names), text=True, env=environment, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    return time.monotonic() - began
