"""Which roles exist, where each is held, and in one sentence what its holder may do.

The page `/people/roles/` prints these sentences; the policies in the other apps ask for these names. This
module does not know who holds what: that is `rights`.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Role(StrEnum):
    """The name of a role, as stored and as written in configuration files."""

    REVIEWER = "reviewer"
    LEAD = "lead"
    BENEFIT_OWNER = "benefit_owner"
    PRIVACY_READER = "privacy_reader"
    ADMIN = "admin"
    GOVERNANCE = "governance"
    AUDITOR = "auditor"


class Reach(StrEnum):
    """Where a role is held."""

    QUEUE = "queue"
    WORKFLOW = "workflow"
    EVERYWHERE = "everywhere"


@dataclass(frozen=True)
class RoleText:
    """A role as a person reads it. `may` and `may_not` are complete sentences."""

    role: Role
    reach: Reach
    label: str | Promise
    may: tuple[str | Promise, ...]
    may_not: tuple[str | Promise, ...]


ROLES: tuple[RoleText, ...] = (
    RoleText(
        Role.REVIEWER,
        Reach.QUEUE,
        _("Reviewer"),
        (
            _("Sees the tasks of the queues named in the grant, with proposal, evidence and history."),
            _("Claims such a task, and approves, edits, replaces or rejects the proposal in it."),
            _("Takes back an own decision while its undo window is open."),
        ),
        (
            _("Does not decide on a proposal of an agent this person owns."),
            _("Does not give a second approval where this person gave the first."),
        ),
    ),
    RoleText(
        Role.LEAD,
        Reach.QUEUE,
        _("Lead"),
        (
            _("Does all that a reviewer of the queue may do."),
            _("Sees who holds which task of the queue and how much each person carries."),
            _("Takes a task from a person who holds it and returns it to the queue."),
        ),
        (_("Does not change or withdraw the decision of another person."),),
    ),
    RoleText(
        Role.BENEFIT_OWNER,
        Reach.WORKFLOW,
        _("Benefit owner"),
        (
            _("Sees every proposal, decision, result and slice of the workflow named in the grant."),
            _("Answers for the value the workflow is meant to bring."),
            _(
                "Reports what became true later about what was approved: a complaint, a reversal, an incident."
            ),
        ),
        (_("Does not decide on proposals by virtue of this role."),),
    ),
    RoleText(
        Role.PRIVACY_READER,
        Reach.WORKFLOW,
        _("Reader of hidden values"),
        (
            _(
                "Uncovers the hidden values of a proposal of the workflow named in the grant, one proposal at a time."
            ),
            _("Leaves an entry in the audit log each time."),
        ),
        (_("Does not see or decide a proposal by virtue of this role."),),
    ),
    RoleText(
        Role.ADMIN,
        Reach.EVERYWHERE,
        _("Admin"),
        (
            _("Registers workflows, action types, agents and their keys, queues, calendars and webhooks."),
            _("Moves a slice between shadow and assisted, giving a reason."),
            _("Grants and withdraws roles."),
            _(
                "Takes a task outside the ordinary rules in an emergency, giving a reason that all accountable read."
            ),
            _("Halts everything, a workflow, an agent or a slice, and lets it go on, giving a reason."),
            _("Asks that the data of a subject is erased, or confirms what another person asked for."),
            _("Says how long a workflow keeps data."),
        ),
        (
            _("Does not decide on proposals by virtue of this role, but in an emergency."),
            _("Does not let anything critical or irreversible happen in an emergency."),
            _(
                "Does not change or remove what the audit log holds, nor have the data of a subject erased alone."
            ),
        ),
    ),
    RoleText(
        Role.GOVERNANCE,
        Reach.EVERYWHERE,
        _("Governance"),
        (
            _("Sees everything an auditor sees."),
            _("Suspends an agent or moves a slice back to shadow at once, giving a reason."),
            _("Halts everything, a workflow, an agent or a slice, and lets it go on, giving a reason."),
            _("Reports what became true later about what was approved, in any workflow."),
            _("Confirms that the data of a subject is erased, if another person asked for it."),
        ),
        (_("Does not decide on proposals and does not widen what an agent may do."),),
    ),
    RoleText(
        Role.AUDITOR,
        Reach.EVERYWHERE,
        _("Auditor"),
        (_("Reads every proposal, decision, slice, delivery and audit event."),),
        (_("Changes nothing."),),
    ),
)

OFFICE_ROLES = tuple(text.role for text in ROLES if text.reach is Reach.EVERYWHERE)
