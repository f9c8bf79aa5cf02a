"""Who reads the register of autonomy. `check_` raises NotAllowed with a sentence."""

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed, reads_everything
from apps.registry.visibility import named_workflow_ids


def check_read_register(*, by: User) -> None:
    """Admins, governance and auditors read all of it; whoever a workflow names reads its slices."""
    if not reads_everything(by) and not named_workflow_ids(by):
        raise NotAllowed(
            _("The register is for admins, governance, auditors and those who answer for a workflow.")
        )
