"""Applies a configuration file: all of it or nothing.

An entry is complete: what it leaves out has its default. Entries the file does not name stay as they are.
What would change is found by comparing with what is exported now, so only changed entries reach the verbs,
and a second import changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import unified_diff
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as FieldErrors
from django.db import connection, transaction

from apps.accounts.models import User
from reviewhub.configuration.checking import Checked, check
from reviewhub.configuration.problems import Problem, WrongConfiguration, line_of
from reviewhub.configuration.reading import Document, read
from reviewhub.configuration.sections import Following, Section, Sparse, current_by_name, sections
from reviewhub.configuration.writing import as_yaml


@dataclass(frozen=True)
class Change:
    """One entry that differs: as it was (None: there was none) and as it becomes."""

    section: str
    name: str
    before: dict[str, Any] | None
    after: dict[str, Any]

    def diff(self) -> str:
        """A unified diff of the entry as YAML."""
        title = f"{self.section}: {self.name}"
        lines = unified_diff(
            as_yaml(self.before).splitlines() if self.before is not None else [],
            as_yaml(self.after).splitlines(),
            f"{title} (now)" if self.before is not None else "nothing",
            f"{title} (file)",
            n=2,
            lineterm="",
        )
        return "\n".join(lines)


def import_configuration(
    text: str | bytes, *, by: User | None, now: datetime, dry_run: bool = False, only_missing: bool = False
) -> list[Change]:
    """Apply a file and tell what changed; with `dry_run` apply it, tell, and take all back.

    `only_missing` leaves entries alone that exist already. Raises WrongConfiguration; then nothing was
    changed.
    """
    document = read(text)
    changes: list[Change] = []
    with transaction.atomic():
        _one_import_at_a_time()
        now_there = {section.key: current_by_name(section) for section in sections()}
        known = {key: set(entries) for key, entries in now_there.items()}
        checked = check(document, sections(), known)
        for section in sections():
            for item in checked.get(section.key, []):
                before = now_there[section.key].get(item.name)
                if before is None and isinstance(section, Sparse):
                    before = section.nothing(item.name)
                after = item.entry.canonical()
                if only_missing and before is not None:
                    continue
                if before is not None and as_yaml(before) == as_yaml(after):
                    continue
                changes.append(Change(section.key, item.name, before, after))
                _apply(section, item, document, by=by, now=now)
        _check_whole(changes, checked, document, now)
        transaction.set_rollback(dry_run)
    return changes


def _check_whole(
    changes: list[Change], checked: Mapping[str, list[Checked]], document: Document, now: datetime
) -> None:
    """Once everything is applied: does it hold together? Raises WrongConfiguration with every problem."""
    changed: dict[str, list[str]] = {}
    for change in changes:
        changed.setdefault(change.section, []).append(change.name)
    paths = {(key, item.name): item.path for key, items in checked.items() for item in items}
    problems = [
        Problem(paths[key, name], f"{name}: {message}", line_of(paths[key, name], document.lines))
        for section in sections()
        if isinstance(section, Following)
        for key, name, message in section.problems_after(changed, now=now)
    ]
    if problems:
        raise WrongConfiguration(problems)


def _one_import_at_a_time() -> None:
    """Wait until no other import runs: two web processes may both set up the defaults when they start."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('reviewhub configuration'))")


def _apply(section: Section, item: Checked, document: Document, *, by: User | None, now: datetime) -> None:
    """Apply one entry; what the verb refuses becomes a problem at the entry's place."""
    try:
        with transaction.atomic():
            section.apply([item.entry], by=by, now=now)
    except (FieldErrors, PermissionDenied, ValueError, LookupError) as error:
        message = "; ".join(error.messages) if isinstance(error, FieldErrors) else str(error)
        line = line_of(item.path, document.lines)
        raise WrongConfiguration([Problem(item.path, f"{item.name}: {message}", line)]) from error
