"""The installation's secret keys: given by the operator, or made once and kept readable by the owner only."""

import os
import secrets
from pathlib import Path

from reviewhub.settings.environment import WrongSetting, wrong


def secret_list(given: list[str], kept: Path) -> list[str]:
    """`given` if the operator set any; else the keys in file `kept`, made at first use with mode 600.

    Two processes starting together agree: the file is created exclusively and the loser reads it.
    """
    if given:
        return given
    try:
        keys = _kept_or_made(kept)
        problem = "" if keys else f"{kept} is empty."
    except OSError as error:
        keys, problem = [], f"The keys cannot be kept in {kept}: {error.strerror}."
    if problem:
        hint = "Make the data folder writable (REVIEWHUB_DATA names it), or give REVIEWHUB_SECRET_KEYS."
        wrong.append(WrongSetting("REVIEWHUB_SECRET_KEYS", problem, hint))
    return keys or [secrets.token_urlsafe(48)]


def _kept_or_made(kept: Path) -> list[str]:
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft = kept.with_name(f"{kept.name}.{os.getpid()}")
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
