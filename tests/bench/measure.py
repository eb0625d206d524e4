"""Whole processes, measured as the operating system counts them: pairs, one after the other, medians of their ratios."""

import os
from dataclasses import dataclass
from statistics import median
from subprocess import DEVNULL, Popen
from time import perf_counter


@dataclass
class Cost:
    """What one process took: seconds on the clock, seconds of processor time, and its largest size in bytes."""

    wall: float
    cpu: float
    peak: int


def once(command, folder, environment):
    """Runs a command with its output thrown away."""
    started = perf_counter()
    # Not os.fork, whose copy of this program would count as the command's own time.
    streams = {"stdin": DEVNULL, "stdout": DEVNULL, "stderr": DEVNULL}
    child = Popen(list(map(str, command)), cwd=folder, env=environment, **streams)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = perf_counter() - started
    if child.returncode not in (0, 1, 3):
        raise SystemExit(f"failed: {' '.join(map(str, command))} ({child.returncode})")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def typical(costs):
    return Cost(median(c.wall for c in costs), median(c.cpu for c in costs), max(c.peak for c in costs))


def pairs(ours, theirs, rounds, folder, environment):
    """Our typical cost, theirs, and the medians of the ratios pair by pair: by the clock, and by processor time."""
    once(ours, folder, environment), once(theirs, folder, environment)
    both = [(once(ours, folder, environment), once(theirs, folder, environment)) for _ in range(rounds)]
    wall = median(b.wall / a.wall for a, b in both)
    cpu = median(b.cpu / a.cpu for a, b in both)
    return typical([a for a, _ in both]), typical([b for _, b in both]), wall, cpu


def alone(ours, rounds, folder, environment):
    once(ours, folder, environment)
    return typical([once(ours, folder, environment) for _ in range(rounds)])
