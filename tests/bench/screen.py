"""The screen while it loads: how long to the first frame and the first rows, and how soon keys are answered meanwhile."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
from statistics import median
from time import perf_counter

LIMIT = 120


class Screen:
    """A program in a terminal of 120 by 36."""

    def __init__(self, command, folder, environment):
        self.started = perf_counter()
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, environment | {"TERM": "xterm-256color", "COLORTERM": "truecolor"})
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        self.seen = b""

    def read(self, seconds):
        """What arrives within so many seconds: the first lot of it, or nothing."""
        if not select.select([self.terminal], [], [], seconds)[0]:
            return b""
        try:
            arrived = os.read(self.terminal, 1 << 16)
        except OSError:
            arrived = b""
        self.seen += arrived
        return arrived

    def until(self, what):
        """Seconds from the start until `what` was painted."""
        while what not in self.seen:
            if perf_counter() - self.started > LIMIT:
                raise SystemExit(f"{what!r} was never painted")
            self.read(0.5)
        return perf_counter() - self.started

    def quiet(self, seconds=0.05):
        while self.read(seconds):
            pass

    def press(self, key):
        """Seconds from a key to the first bytes that answer it."""
        struck = perf_counter()
        os.write(self.terminal, key)
        while not self.read(LIMIT):
            if perf_counter() - struck > LIMIT:
                raise SystemExit("a key was never answered")
        return perf_counter() - struck

    def cpu(self):
        """Seconds of processor time so far."""
        with open(f"/proc/{self.child}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak(self):
        with open(f"/proc/{self.child}/status") as status:
            sizes = dict(line.split(":", 1) for line in status)
        return int(sizes["VmHWM"].split()[0]) * 1024

    def end(self):
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
        os.close(self.terminal)


def open_screen(command, folder, environment, row):
    """Seconds to the first frame, to the first rows (by the clock, and of processor time), each key's answer before the rows came, and the largest size.

    The help is opened and closed: each paints something, whatever is loading behind it.
    """
    screen = Screen(command, folder, environment)
    first = screen.until(b"\x1b[?1049h")
    while not screen.seen.split(b"\x1b[?1049h", 1)[1].strip():
        screen.read(0.5)
    first = max(first, perf_counter() - screen.started)
    answers, opened = [], False
    while row not in screen.seen:
        answers.append(screen.press(b"\x1b" if opened else b"?"))
        opened = not opened
        screen.quiet(0.03)
        if perf_counter() - screen.started > LIMIT:
            raise SystemExit("the rows never came")
    if opened:
        screen.press(b"\x1b")
    rows, cpu = perf_counter() - screen.started, screen.cpu()
    screen.quiet()
    after = [screen.press(key) for key in (b"j", b"k") * 10 if not screen.quiet(0.03)]
    peak = screen.peak()
    screen.end()
    return first, (rows, cpu), answers, median(after), peak


def choose_tests(command, folder, environment, count):
    """The picker on all tests: seconds from the start until they are listed (by the clock, and of processor time), and for
    what is done then the answers of each key: moving, typing a name, marking all, typing an expression of `-k`.

    `count` is how many tests there are, as the screen says it.
    """
    screen = Screen(command, folder, environment)
    screen.until(b"\x1b[?1049h")
    screen.press(b"p\x13\x13")
    listed, cpu = screen.until(count), screen.cpu()
    screen.quiet(0.3)
    took = {}
    for name, keys in (
        ("a cursor moved", [b"\x1b[B"] * 30 + [b"\x1b[6~"] * 20),
        ("a name typed", [bytes([key]) for key in b"step 59"]),
        ("all matches marked", [b"\x01"] * 6),
        ("an expression typed", [b"\x15", b"\x13", b"\x13", b"\x13"] + [bytes([key]) for key in b"step and not (59 or group)"]),
    ):
        took[name] = [screen.press(key) for key in keys if not screen.quiet(0.05)]
    peak = screen.peak()
    screen.end()
    return (listed, cpu), took, peak
