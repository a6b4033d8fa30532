"""Opening files that people name: only regular ones, so that nothing waits for a writer."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading; raises OSError for a folder, FIFO, socket or device.

    Opened without blocking and looked at afterwards: a FIFO that nobody writes would hang for ever,
    and what is at a path may change between a look and the opening.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(handle, "rb")
    os.close(handle)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "is a folder, not a file", str(path))
    raise OSError(errno.EINVAL, "is not a regular file", str(path))
