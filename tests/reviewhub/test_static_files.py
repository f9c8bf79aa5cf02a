"""Static files are collected when one of them changed, and only then."""

import os
import time
from pathlib import Path
from typing import Any

from reviewhub import static_files


def test_files_are_collected_once_and_again_after_a_change(tmp_path: Path, settings: Any) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.css").write_text("a {}")
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "collected"

    assert static_files.collect()
    assert (settings.STATIC_ROOT / "a.css").read_text() == "a {}"
    assert not static_files.collect()

    (source / "a.css").write_text("a { color: red }")
    later = time.time() + 10
    os.utime(source / "a.css", (later, later))
    assert static_files.collect()
    assert (settings.STATIC_ROOT / "a.css").read_text() == "a { color: red }"
