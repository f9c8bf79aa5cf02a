"""The certificate of an erasure: what was erased, for whom, when, and what was not; signed like a seal of the log.

It holds no data of the subject. Its digest is the SHA-256 of the RFC 8785 form of its content, so that a copy on paper
or in a file can be held against it, without this installation (`check`).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.audit.canonical import NotCanonical, canonical
from apps.audit.models import Seal
from apps.audit.seal_keys import BEFORE_CERTIFICATE, is_signed, public_keys, sign
from apps.privacy.models import Certificate, Erasure

KIND = "ReviewHub certificate of erasure 1"

# What stays of every erased proposal, and why; the certificate says so in these words.
STAYS = (
    "That there was a proposal, its action type, agent, slice, status and times: they name nobody.",
    "Which verb people decided with, who decided and when: that people decided is what has to be proved.",
    "The ledger of trust and all statistics, without the subject: counts and verdicts name nobody.",
    "Categories an action type declares, which a slice has seen or which its drift is measured by: a kind of case.",
    "What a run is called in the costs, as long as another proposal that is not erased names the same run.",
    "Digests, each replaced by one that nobody can guess: what was equal stays equal.",
    "Events of the audit log, their labels and data taken out, and the seals over them: they still verify.",
    "Events of requests that were refused at the door, with the agent's own id of what was never stored.",
    "Copies outside ReviewHub: backups, log files, messages that were delivered, what agents and receivers keep.",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a document is a certificate as it was issued; `why` says what is wrong."""

    holds: bool
    why: str = ""


def certify(erasure: Erasure, now: datetime) -> Certificate:
    """Write the certificate of a request that is done, in its transaction. Wants its people loaded."""
    content = _content(erasure, now)
    digest = hashlib.sha256(canonical(content)).digest()
    return Certificate.objects.create(
        erasure=erasure,
        content=content,
        sha256=digest.hex(),
        key=public_keys()[0].hex(),
        signature=sign(digest, before=BEFORE_CERTIFICATE).hex(),
        issued_at=now,
    )


def document(certificate: Certificate) -> dict[str, Any]:
    """The certificate as a file."""
    return {
        "content": certificate.content,
        "sha256": certificate.sha256,
        "key": certificate.key,
        "signature": certificate.signature,
    }


def check(given: Any) -> Verdict:
    """Whether this document was issued by this installation and is as it was."""
    try:
        digest = hashlib.sha256(canonical(given["content"])).digest()
        key, signature = bytes.fromhex(given["key"]), bytes.fromhex(given["signature"])
        said = given["sha256"]
    except (NotCanonical, KeyError, TypeError, ValueError):
        return Verdict(False, "This is no certificate of erasure.")
    if said != digest.hex():
        return Verdict(False, "Its content is not what its digest says.")
    if not is_signed(digest, key=key, signature=signature, before=BEFORE_CERTIFICATE):
        return Verdict(False, "It was not signed by this installation.")
    return Verdict(True)


def _content(erasure: Erasure, now: datetime) -> dict[str, Any]:
    newest = Seal.objects.defer("ids", "leaves").order_by("-number").first()
    return {
        "kind": KIND,
        "request": str(erasure.pk),
        "subject_mark": erasure.subject_mark,
        "workflow": erasure.workflow.slug if erasure.workflow else None,
        "reason": erasure.reason,
        "ordered_by": _named(erasure.ordered_by),
        "ordered_at": erasure.ordered_at.isoformat(),
        "confirmed_by": _named(erasure.confirmed_by),
        "confirmed_at": erasure.confirmed_at.isoformat() if erasure.confirmed_at else None,
        "erased_at": now.isoformat(),
        "proposals": [str(key) for key in erasure.erased.values_list("proposal_id", flat=True)],
        "rows": erasure.rows,
        "kept": erasure.kept,
        "stays": list(STAYS),
        "newest_seal": {"number": newest.number, "head": newest.head_hex} if newest else None,
    }


def _named(person: User | None) -> str | None:
    return person.name if person is not None else None
