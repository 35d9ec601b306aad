"""Root for whom the modes of files hold, as they do for everybody else."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_VERSION = 0x20080522
_CHOWN, _DAC_OVERRIDE, _DAC_READ_SEARCH, _FOWNER = range(4)
WITHOUT = (1 << _CHOWN) | (1 << _DAC_OVERRIDE) | (1 << _DAC_READ_SEARCH) | (1 << _FOWNER)

only_root = pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="requires root on Linux")


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("process", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


@contextmanager
def unprivileged() -> Iterator[None]:
    """This thread, and those that it starts, may do no more than others with the files of others."""
    libc, header, sets = ctypes.CDLL(None, use_errno=True), _Header(_VERSION, 0), (_Sets * 2)()
    assert libc.capget(ctypes.byref(header), sets) == 0
    kept = sets[0].effective
    sets[0].effective = kept & ~WITHOUT
    assert libc.capset(ctypes.byref(header), sets) == 0
    try:
        yield
    finally:
        sets[0].effective = kept
        assert libc.capset(ctypes.byref(header), sets) == 0
