"""Who may read how work is escalated, and who may change it. Rules in pairs, as ever."""

from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.policies import NotAllowed, allows, reads_everything
from apps.accounts.roles import Role
from apps.escalation.models import Chain, ChainVersion, EscalationRun
from apps.escalation.reach import reach_of
from apps.routing.models import MatrixCell
from apps.routing.states import DEFAULT_CHAIN


def check_read_escalation(by: User) -> None:
    """Admins, governance and auditors see chains, running escalations, incidents and the report on targets; so do
    leads of queues and the people workflows name, of their own work (`reach`) and every chain.
    """
    if not reach_of(by):
        raise NotAllowed(
            _(
                "Escalation is open to admins, governance, auditors, leads of queues and the people a workflow names."
            )
        )


def check_read_run(run: EscalationRun, *, by: User) -> None:
    """Whether `by` may read how this task is escalated."""
    if not reach_of(by).covers(run.task):
        raise NotAllowed(_("This task is in no queue you lead and no workflow that names you."))


def can_read_run(run: EscalationRun, *, by: User) -> bool:
    """Whether `by` may read how this task is escalated."""
    return allows(check_read_run, run, by=by)


def check_read_audits(by: User) -> None:
    """The auditor looks at everybody's work: admins, governance and auditors see what it found."""
    if not reads_everything(by):
        raise NotAllowed(_("The auditor's looks are open to admins, governance and auditors."))


def can_read_audits(by: User) -> bool:
    """Whether `by` may read the auditor's looks."""
    return allows(check_read_audits, by)


def check_edit_chains(by: User | None) -> None:
    """Only admins write chains; and the operator (None)."""
    if by is not None and not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("Only an admin may change escalation chains."))


def can_edit_chains(by: User | None) -> bool:
    """Whether `by` may write chains."""
    return allows(check_edit_chains, by)


def check_close_incident(by: User) -> None:
    """Only admins say that an incident is mended; the auditor finds it again if it is not."""
    if not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("Only an admin may close an incident."))


def can_close_incident(by: User) -> bool:
    """Whether `by` may close incidents."""
    return allows(check_close_incident, by)


def check_delete_chain(chain: Chain, *, by: User) -> None:
    """A chain goes only when nothing points to it: no matrix, past or present, and no task's escalation."""
    check_edit_chains(by)
    if chain.slug == DEFAULT_CHAIN:
        raise NotAllowed(_("This chain stands in where no other is found: it stays."))
    cell = MatrixCell.objects.filter(chain=chain.slug).select_related("version__workflow").last()
    if cell is not None:
        told = _(
            "The routing matrix {matrix} names this chain for {consequence}, {reversibility} actions: it stays."
        )
        raise NotAllowed(
            told.format(
                matrix=cell.version,
                consequence=cell.get_consequence_display(),
                reversibility=cell.get_reversibility_display(),
            )
        )
    versions = ChainVersion.objects.filter(chain=chain)
    if EscalationRun.objects.filter(chain_version__in=versions).exists():
        raise NotAllowed(_("Tasks were escalated by this chain: it stays as their record."))


def can_delete_chain(chain: Chain, *, by: User) -> bool:
    """Whether `by` may delete this chain."""
    return allows(check_delete_chain, chain, by=by)
