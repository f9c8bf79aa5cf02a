"""One ReviewHub on one data folder. The kernel holds the lock, so it ends with its process."""

import fcntl
import os
import time
from pathlib import Path
from typing import TextIO

from reviewhub.embedded import places
from reviewhub.embedded.failure import CannotStart


def hold(data_dir: Path, *, seconds: float = 5) -> TextIO:
    """Take the folder's lock; keep the returned file open as long as it is needed.

    Raises CannotStart when another process keeps it for longer than `seconds`.
    """
    file = places.lock_file(data_dir).open("a+")
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > deadline:
                file.seek(0)
                holder = file.read().strip() or "unknown"
                file.close()
                raise CannotStart(
                    f"Another ReviewHub (process {holder}) is running on {data_dir}. "
                    "Stop it, or set REVIEWHUB_DATA to another folder."
                ) from None
        time.sleep(0.1)
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file
