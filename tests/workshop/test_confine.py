"""The rendering child's limits are the kernel's: each is run into by a process that was confined as the child is."""

from __future__ import annotations

import errno
import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from device.events import Sentence
from device.workshop.render import Workshop

WORKER = "from device.workshop import worker; worker.confine(worker._MEMORY_BYTES, worker._FILE_BYTES)"
"""What the rendering child does before anything else."""


def confined(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-c", f"{WORKER}\n{code}"], cwd=folder, capture_output=True, text=True, check=False
    )


def refused(code: str, folder: Path) -> str:
    """-> the last line of the traceback of a process that ended with one."""
    done = confined(code, folder)
    assert done.returncode == 1, done
    return done.stderr.splitlines()[-1]


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"), reason="sockets are not refused here"
)
@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"])
def test_it_opens_no_socket(tmp_path: Path, family: str) -> None:
    assert "PermissionError" in refused(f"import socket; socket.socket(socket.{family})", tmp_path)


def test_a_thread_that_was_there_before_opens_none_either(tmp_path: Path) -> None:
    before = "import socket, threading\ngo = threading.Event()\n"
    before += "def late():\n go.wait()\n try: socket.socket()\n except PermissionError: print('refused')\n"
    before += "thread = threading.Thread(target=late); thread.start()\n"
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"{before}{WORKER}\ngo.set(); thread.join()"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "refused\n"


def test_it_takes_no_more_memory_than_a_voice_needs(tmp_path: Path) -> None:
    assert "MemoryError" in refused("bytearray(800_000_000)", tmp_path)
    assert confined("bytearray(400_000_000)", tmp_path).returncode == 0


def test_it_writes_no_file_larger_than_a_rendered_sentence_can_be(tmp_path: Path) -> None:
    assert f"[Errno {errno.EFBIG}]" in refused("open('big', 'wb').write(bytes(9_000_000))", tmp_path)
    assert (tmp_path / "big").stat().st_size <= 8_000_000


def test_it_is_killed_where_one_text_takes_too_much_of_the_processor(tmp_path: Path) -> None:
    assert confined("worker.allow_cpu(1)\nwhile True: pass", tmp_path).returncode == -signal.SIGXCPU


def test_what_nobody_waits_for_is_rendered_after_everything_else(own: Workshop) -> None:
    own.prepare([Sentence(text=f"The bear counted {number} stars above the hill.", scale=1.9) for number in range(9)])
    until = time.monotonic() + 60
    while not (nice := _priorities(own._child.pid)) or nice[-1] < 10:
        assert time.monotonic() < until, nice
    assert nice[0] == os.getpriority(os.PRIO_PROCESS, 0), "whoever waits is not served slowly"


def _priorities(pid: int) -> list[int]:
    """-> how far back each thread of a process stands, those in front first."""
    try:
        threads = [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()] if pid else []
        return sorted(os.getpriority(os.PRIO_PROCESS, thread) for thread in threads)
    except OSError:  # it has just begun or ended
        return []
