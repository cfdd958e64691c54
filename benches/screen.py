#!/usr/bin/env python3
"""What the interactive screen costs, measured through a pseudo-terminal against the scripted model server.

usage: screen.py [-n RUNS] [--only start,idle,stream,keys] NAME=BIN [NAME=BIN ...]

start   from the start of the program to the end of its first frame, ms
idle    wake-ups (context switches of all threads) and CPU in 4 s, before a turn and after one
stream  an answer of 20 000 pieces: most frames within one second, CPU of the whole run in s
keys    from a key to the end of the frame that shows it, ms, beneath 1 000 messages

A frame ends where a synchronized update does. The terminal is 100 x 30 and answers what programs ask at the start.
Put `chrt -f 10` in front on a machine that does other work.
"""
import argparse, fcntl, os, pty, re, select, shutil, signal, statistics, struct, sys, termios, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench

END = b"\x1b[?2026l"
BEGIN = b"\x1b[?2026h"


class Screen:
    """A program on a terminal of its own."""

    def __init__(self, binary, home, cwd, args=()):
        env = {"PATH": os.environ["PATH"], "HOME": home, "CODEX_HOME": home, "MOCK_KEY": "k", "TERM": "xterm-256color",
               "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        self.seen, self.ends = b"", []
        self.begun = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
            os.execve(binary, [binary, *args], env)

    def read(self, seconds):
        """Takes what comes within some time; None when nothing came, empty when the program is gone."""
        if not select.select([self.fd], [], [], max(seconds, 0))[0]:
            return None
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            return b""
        now = time.perf_counter()
        before = len(self.seen)
        self.seen += data
        at = max(before - len(END), 0)
        while (at := self.seen.find(END, at)) >= 0:
            at += len(END)
            if at > before:
                self.ends.append((now, at))
        for asked, answer in ((b"\x1b[6n", b"\x1b[1;1R"), (b"\x1b[c", b"\x1b[?62;22c"), (b"\x1b[?u", b"\x1b[?0u")):
            if asked in data:
                os.write(self.fd, answer)
        return data

    def until(self, holds, seconds=30):
        stop = time.perf_counter() + seconds
        while not holds():
            if time.perf_counter() > stop or self.read(stop - time.perf_counter()) == b"":
                raise RuntimeError(f"not seen; the last: {self.seen[-2000:]!r}")

    def shows(self, text, seconds=30):
        self.until(lambda: text in self.seen, seconds)

    def quiet(self, seconds=0.6):
        """Waits until nothing came for some time."""
        while self.read(seconds):
            pass

    def pause(self, seconds):
        stop = time.perf_counter() + seconds
        while (left := stop - time.perf_counter()) > 0:
            self.read(left)

    def type(self, text):
        os.write(self.fd, text)

    def send(self, text):
        # Slower than a paste.
        for c in text:
            self.type(c.encode())
            self.pause(0.03)
        self.pause(0.3)
        self.type(b"\r")

    def wakes(self):
        """Context switches of each thread, and CPU ticks."""
        switches = {}
        for task in os.listdir(f"/proc/{self.pid}/task"):
            text = open(f"/proc/{self.pid}/task/{task}/status").read()
            switches[task] = sum(int(n) for n in re.findall(r"ctxt_switches:\s+(\d+)", text))
        stat = open(f"/proc/{self.pid}/stat").read().rsplit(")", 1)[1].split()
        return switches, int(stat[11]) + int(stat[12])

    def end(self):
        """Ends it; CPU of the whole run."""
        try:
            os.kill(self.pid, signal.SIGTERM)
            self.pause(0.3)
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        _, _, used = os.wait4(self.pid, 0)
        os.close(self.fd)
        return used.ru_utime + used.ru_stime


class Stage:
    """A server, a home that trusts the folder, and a program."""

    def __init__(self, binary, scenario, *args):
        self.mock = bench.Mock(scenario)
        self.work = bench.workdir()
        self.home = bench.home(self.mock.port, "check_for_update_on_startup = false\n")
        path = os.path.join(self.home, "config.toml")
        # A model that has no successor, of which the program would have to speak first.
        text = open(path).read().replace("gpt-5.1-codex", "gpt-5.4")
        open(path, "w").write(text + f'[projects."{self.work}"]\ntrust_level = "trusted"\n')
        self.screen = Screen(binary, self.home, self.work, args)

    def __enter__(self):
        return self.screen

    def __exit__(self, *_):
        try:
            self.screen.end()
        except (ChildProcessError, OSError):
            pass
        self.mock.__exit__()
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.rmtree(self.home, ignore_errors=True)


OK = {"replies": [[{"message": "all well"}]], "repeat_last": True}


def start(binary):
    with Stage(binary, OK) as s:
        s.until(lambda: s.ends)
        first = (s.ends[0][0] - s.begun) * 1000
        s.shows(b"% left")
        return {"first frame, ms": first}


def idle(binary):
    found = {}
    with Stage(binary, OK) as s:
        s.shows(b"% left")
        for when in ("before", "after"):
            s.quiet(2)
            wakes, ticks = s.wakes()
            s.pause(4)
            wakes2, ticks2 = s.wakes()
            # A thread that has ended since did not wake.
            found[f"wake-ups {when}"] = sum(n - wakes.get(task, 0) for task, n in wakes2.items())
            found[f"CPU ticks {when}"] = ticks2 - ticks
            if when == "before":
                s.send("go")
                s.shows(b"all well")
    return found


def stream(binary):
    text = "".join(f"word{n} " + ("\n\n" if n % 12 == 11 else "") for n in range(20_000)) + "the end of it"
    scenario = [[{"message": text, "chunks": 20_000, "pace": 0.0001}]]
    with Stage(binary, scenario, "go") as s:
        # One that shows its text with a delay is not waited for for ever; what it used up to then counts.
        stop = s.begun + 60
        while b"the end of it" not in s.seen and time.perf_counter() < stop:
            s.read(stop - time.perf_counter())
        took = time.perf_counter() - s.begun
        times = [at for at, _ in s.ends]
        most = max(sum(1 for other in times if at <= other < at + 1) for at in times)
        return {"wall, s": took, "frames in all": len(times), "most in a second": most, "CPU, s": s.end()}


def keys(binary):
    reply = [{"message": f"message {n}: some words, a `bit` of code, **bold**\n\n- one\n- two"} for n in range(1_000)]
    with Stage(binary, [reply], "go") as s:
        s.shows(b"message 999", 60)
        s.quiet(2)
        took = []
        for n in range(100):
            before, frames = len(s.seen), len(s.ends)
            at = time.perf_counter()
            s.type(b"abcdefghij"[n % 10:n % 10 + 1])
            s.until(lambda: len(s.ends) > frames)
            took.append((s.ends[frames][0] - at) * 1000)
            s.pause(0.06)
        return {"median, ms": statistics.median(took), "worst, ms": max(took)}


BENCHES = {"start": start, "idle": idle, "stream": stream, "keys": keys}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-n", type=int, default=3)
    parser.add_argument("--only", default=",".join(BENCHES))
    parser.add_argument("binaries", nargs="+", metavar="NAME=BIN")
    args = parser.parse_args()
    os.makedirs(bench.ROOT, exist_ok=True)
    for name in args.only.split(","):
        runs = {}
        for _ in range(args.n):
            for which in args.binaries:
                label, path = which.split("=", 1)
                try:
                    measured = BENCHES[name](os.path.abspath(path))
                except RuntimeError as error:
                    print(f"{name}: {label}: {error}", file=sys.stderr)
                    continue
                for what, value in measured.items():
                    runs.setdefault((what, label), []).append(value)
        for (what, label), values in runs.items():
            print(f"{name:7} {what:20} {label:8} median {statistics.median(values):9.2f}   best {min(values):9.2f}   worst {max(values):9.2f}")


main()
