"""Compare the audit log with its seals."""

from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit.breaks import Break, Kind
from apps.audit.verifying import Verdict, verify


class Command(BaseCommand):
    """`manage.py audit_verify [--since N] [--head HEX]`: fails and names the first thing that was changed."""

    help = "Compare every event of the audit log with its seal, and name the first one that was changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", type=_number, default=1, metavar="N", help="begin with this seal")
        parser.add_argument(
            "--head", type=_head, metavar="HEX", help="a head kept elsewhere, which has to be there"
        )

    def handle(self, *args: Any, since: int, head: bytes | None, **options: Any) -> None:
        verdict = verify(since=since, head=head)
        if verdict.broken:
            raise CommandError(f"{verdict.broken.kind}: {_told(verdict.broken)}")
        self.stdout.write(_found(verdict))


def _told(broken: Break) -> str:
    """Where it was found."""
    number, event = broken.seal, broken.event
    match broken.kind:
        case Kind.CHANGED_ROW:
            return f"event {event} is not as seal {number} has it."
        case Kind.MISSING_ROW:
            return f"event {event} of seal {number} is not there any more."
        case Kind.ADDED_ROW:
            return f"event {event} stands among the events of seal {number}, which does not have it."
        case Kind.EMPTIED_ROW:
            return (
                f"event {event} of seal {number} was emptied like an erased one,"
                " and no event of an erasure accounts for it."
            )
        case Kind.SEAL_CHANGED:
            return f"seal {number} does not fit its own hash, or the seal before it."
        case Kind.SEAL_MISSING:
            return f"seal {number} is not there any more."
        case Kind.SIGNATURE_WRONG:
            return f"seal {number} was not signed by a key of this installation (REVIEWHUB_SEAL_KEYS names old ones)."
        case Kind.TRUNCATED:
            return (
                f"the newest seal is {number}, and none has the head you gave:"
                " seals were removed from the end, or made anew."
            )


def _found(verdict: Verdict) -> str:
    erased = f", {verdict.erased} of them with erased personal data" if verdict.erased else ""
    return (
        f"{verdict.seals} seals verified: {verdict.events} events are as they were sealed{erased}."
        f" {verdict.unsealed} are not sealed yet.\n"
        f"Seal {verdict.number} has the head {verdict.head.hex()}"
    )


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) < 2**63:
        return int(text)
    raise ArgumentTypeError("write the number of a seal, 1 or more")


def _head(text: str) -> bytes:
    try:
        head = bytes.fromhex(text)
    except ValueError:
        head = b""
    if len(head) != 32:
        raise ArgumentTypeError("write the 64 hex digits of a head")
    return head
