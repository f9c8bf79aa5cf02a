"""The installation's secret keys: given by the operator, or made once and kept readable by the owner only."""

import os
import secrets
from pathlib import Path


def secret_list(given: list[str], kept: Path) -> list[str]:
    """`given` if the operator set any; else the keys in file `kept`, made at first use with mode 600.

    Two processes starting together agree: the file is created exclusively and the loser reads it.
    """
    if given:
        return given
    kept.parent.mkdir(parents=True, exist_ok=True)
    draft = kept.with_name(f"{kept.name}.{os.getpid()}")
    if not kept.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
        try:
            os.link(draft, kept)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return kept.read_text().split()
