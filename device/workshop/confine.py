"""What a process that handles strange texts and files may not do: take much memory, time or disk, or use a network."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
import sys

_NUMBERS = {"x86_64": (0xC000003E, 41, 317), "aarch64": (0xC00000B7, 198, 277)}
"""Machine -> its audit name (linux/audit.h) and its numbers for socket and seccomp (asm/unistd.h)."""
_NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS: without it only root may filter
_FILTER, _ALL_THREADS = 1, 1  # SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC: libraries have begun some
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # BPF: load a word; jump where equal; answer
_CALL, _ARCHITECTURE = 0, 4  # where a word lies in struct seccomp_data
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO
_EACCES = 13


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def confine(memory_bytes: int, file_bytes: int) -> None:
    """Limits this process and all it starts: its data, each file it writes, no core dump, no network.

    (Giving memory back at once costs 65 % more CPU for 50 MB less.)
    """
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    no_network()


def allow_cpu(seconds: int) -> None:
    """The process is killed where it uses more than so many seconds from now on; called again, they begin anew."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def no_network() -> bool:
    """From now on the kernel gives this process no socket of any kind. -> False where it cannot refuse them.

    A seccomp filter, because the unit forbids namespaces and a family's computer may as well.
    """
    numbers = _NUMBERS.get(platform.machine())
    if sys.platform != "linux" or numbers is None or struct.calcsize("P") != 8:
        return False
    architecture, socket, seccomp = numbers
    steps = b"".join(
        struct.pack("=HBBI", *step)
        for step in (
            (_LOAD, 0, 0, _ARCHITECTURE),
            (_EQUAL, 0, 2, architecture),
            (_LOAD, 0, 0, _CALL),
            (_EQUAL, 1, 0, socket),
            (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _REFUSE | _EACCES),
        )
    )
    held = ctypes.create_string_buffer(steps)
    program = _Program(len(steps) // 8, ctypes.addressof(held))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    return bool(libc.syscall(seccomp, _FILTER, _ALL_THREADS, ctypes.byref(program)) == 0)


def step_back(thread_id: int) -> None:
    """Puts one thread after everything that plays, shines or listens; Linux lets nobody but root raise it again.

    Not further: at 19, beside programs that took both processors, one sentence was not done after 60 s, and whoever
    waits for the voice waits until it can be left.
    """
    os.setpriority(os.PRIO_PROCESS, thread_id, 10)
