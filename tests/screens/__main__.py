"""`make screens`: the main pages as they are now, on a desktop, on a phone and in the dark, in `docs/screens/`.

    python -m tests.screens [--to docs/screens] [name …]

Starts the demo organisation on the database it is given, brings a few tasks into the states that are to be seen, and
lets the system's Chromium take the pictures. Nothing else is needed, and nothing is left but the pictures.
"""

import argparse
import os
import tempfile
from pathlib import Path

import django

# The folder of everything that is made on the way; settings read it when Django starts.
_FOLDER = tempfile.TemporaryDirectory(prefix="reviewhub-screens-")
os.environ["REVIEWHUB_DATA"] = _FOLDER.name
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewhub.settings")
os.environ.setdefault("REVIEWHUB_LOG_LEVEL", "ERROR")
# An undo window that is open when its picture is taken.
os.environ["REVIEWHUB_UNDO_SECONDS"] = "120"
django.setup()

from django.core.management import call_command  # noqa: E402  (Django first)
from django.utils import timezone  # noqa: E402

from apps.delivery.packing import pack  # noqa: E402
from apps.escalation.auditing import audit  # noqa: E402
from apps.escalation.sweeping import run_due  # noqa: E402
from apps.sla.actions import mark_breaches  # noqa: E402
from reviewhub.demo import credentials  # noqa: E402
from tests.replay.serving import serving  # noqa: E402
from tests.screens.camera import Camera  # noqa: E402
from tests.screens.scenes import scenes  # noqa: E402

_MOST_SWEEPS = 4


def main() -> None:
    """Take the pictures that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.screens", description=__doc__)
    parser.add_argument("names", nargs="*", help="default: all of them")
    parser.add_argument("--to", type=Path, default=Path("docs/screens"))
    given = parser.parse_args()
    call_command("prepare", demo=True)
    passwords = {email: user["password"] for email, user in credentials.read()["users"].items()}
    given.to.mkdir(parents=True, exist_ok=True)
    folder = Path(_FOLDER.name)
    with serving(folder) as address, Camera(address, passwords, given.to) as camera:
        for scene in scenes():
            if not given.names or scene.name in given.names:
                print(scene.name, flush=True)
                _sweep()
                camera.take(scene)
    size = sum(file.stat().st_size for file in given.to.glob("*.webp"))
    print(f"{size / 1e6:.1f} MB in {given.to}")
    _FOLDER.cleanup()


def _sweep() -> None:
    """What a worker would do: nothing else runs here, and pages say so when nobody has looked for a while."""
    for _again in range(_MOST_SWEEPS):
        now = timezone.now()
        run_due(now=now)
        mark_breaches(now=now)
        pack(now=now)
        if audit(now=now).is_clean:
            return


if __name__ == "__main__":
    main()
