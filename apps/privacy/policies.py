"""Who orders that a subject's data is erased, who confirms it, and who says how long data is kept."""

from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.policies import NotAllowed, reads_everything
from apps.accounts.roles import Role
from apps.privacy.models import Erasure, Retention
from apps.privacy.states import ErasureStatus
from apps.registry.models import Workflow


def led_workflow_ids(by: User) -> set[int]:
    """Ids of the workflows whose governance lead this person is."""
    return set(Workflow.objects.filter(governance_lead=by).values_list("pk", flat=True))


def check_read(*, by: User) -> None:
    """Admins, governance, auditors, and governance leads, of their own workflows."""
    if not reads_everything(by) and not led_workflow_ids(by):
        raise NotAllowed(_("Only admins, governance, auditors and governance leads read this."))


def check_read_one(erasure: Erasure, *, by: User) -> None:
    """A governance lead reads what their own workflows were asked to erase."""
    if not reads_everything(by) and erasure.workflow_id not in led_workflow_ids(by):
        raise NotAllowed(_("This belongs to a workflow you do not lead."))


def check_order(workflow: Workflow | None, *, by: User) -> None:
    """An admin, anywhere; a governance lead, in a workflow of theirs."""
    if rights.holds_everywhere(by, Role.ADMIN):
        return
    if workflow is None or workflow.governance_lead_id != by.pk:
        raise NotAllowed(
            _("Only an admin, or the governance lead of the workflow, may order that data is erased.")
        )


def check_order_any(*, by: User) -> None:
    """Whether there is anything this person may order to be erased."""
    if not rights.holds_everywhere(by, Role.ADMIN) and not led_workflow_ids(by):
        raise NotAllowed(
            _("Only an admin, or the governance lead of a workflow, may order that data is erased.")
        )


def check_confirm(erasure: Erasure, *, by: User) -> None:
    """A second person: an admin or governance, and never who ordered it."""
    check_waits_for_a_second(erasure)
    if not rights.holds_everywhere(by, Role.ADMIN, Role.GOVERNANCE):
        raise NotAllowed(_("Only an admin or governance may confirm this."))
    if erasure.ordered_by_id == by.pk:
        raise NotAllowed(_("You ordered this: another person has to confirm it."))


def check_decline(erasure: Erasure, *, by: User) -> None:
    """Whoever ordered it, an admin or governance, as long as nobody has confirmed it; these two, once it broke off."""
    if erasure.status == ErasureStatus.FAILED:
        if not rights.holds_everywhere(by, Role.ADMIN, Role.GOVERNANCE):
            raise NotAllowed(_("Only an admin or governance may decline what broke off."))
        return
    check_waits_for_a_second(erasure)
    if erasure.ordered_by_id != by.pk and not rights.holds_everywhere(by, Role.ADMIN, Role.GOVERNANCE):
        raise NotAllowed(_("Only whoever ordered it, an admin or governance may decline this."))


def check_retry(erasure: Erasure, *, by: User) -> None:
    """What broke off is gone on with by an admin or governance."""
    if erasure.status != ErasureStatus.FAILED:
        raise NotAllowed(_("This has not broken off."))
    if not rights.holds_everywhere(by, Role.ADMIN, Role.GOVERNANCE):
        raise NotAllowed(_("Only an admin or governance may have this gone on with."))


def check_waits_for_a_second(erasure: Erasure) -> None:
    """What two people have said is not taken back while it can be carried out."""
    if erasure.status != ErasureStatus.ORDERED:
        raise NotAllowed(_("This does not wait for a second person any more."))


def check_set_retention(*, by: User | None) -> None:
    """An admin, or the operator at the command line (None)."""
    if by is not None and not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("Only an admin may say how long data is kept."))


def check_confirm_retention(row: Retention, *, by: User) -> None:
    """A second person: an admin or governance, and never who ordered it."""
    if row.ordered is None:
        raise NotAllowed(_("This does not wait for a second person any more."))
    if not rights.holds_everywhere(by, Role.ADMIN, Role.GOVERNANCE):
        raise NotAllowed(_("Only an admin or governance may confirm this."))
    if row.ordered_by_id == by.pk:
        raise NotAllowed(_("You ordered this: another person has to confirm it."))


def check_decline_retention(row: Retention, *, by: User) -> None:
    """Whoever ordered it, an admin or governance."""
    if row.ordered is None:
        raise NotAllowed(_("This does not wait for a second person any more."))
    if row.ordered_by_id != by.pk and not rights.holds_everywhere(by, Role.ADMIN, Role.GOVERNANCE):
        raise NotAllowed(_("Only whoever ordered it, an admin or governance may decline this."))


def check_reason(reason: str) -> None:
    """It stays when the subject's data is gone."""
    if not reason.strip():
        raise NotAllowed(_("Give a reason: it stays in the certificate."))
