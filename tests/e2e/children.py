"""Programs that run beside the test and end with it."""

import atexit
import os
import signal
import subprocess
import sys
import time

_started = []


def start(name, command, log, env=None):
    """Starts a program in a process group of its own; its output goes to `log`."""
    output = open(log, "wb")
    program = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=env,
        start_new_session=True,
    )
    _started.append((name, program))
    return program


def stop_all():
    """Asks every program to end, its children too, and makes those end that do not."""
    for _, program in reversed(_started):
        _signal(program, signal.SIGTERM)
    deadline = time.monotonic() + 10
    for _, program in reversed(_started):
        try:
            program.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            pass
        _signal(program, signal.SIGKILL)
    _started.clear()


def _signal(program, which):
    try:
        os.killpg(program.pid, which)
    except ProcessLookupError:
        pass


def _stopped_from_outside(number, _frame):
    sys.exit(128 + number)


atexit.register(stop_all)
for _number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(_number, _stopped_from_outside)


def wait_until(what, seconds, check, every=0.25):
    """Asks `check` until it gives something; an error says for what it waited in vain."""
    deadline = time.monotonic() + seconds
    last = None
    while time.monotonic() < deadline:
        try:
            found = check()
            if found:
                return found
        except (OSError, subprocess.CalledProcessError) as error:
            last = error
        time.sleep(every)
    raise AssertionError(f"waited {seconds} s in vain for {what}" + (f" ({last})" if last else ""))
