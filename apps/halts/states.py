"""What a halt can be about."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class HaltScope(models.TextChoices):
    """How wide a halt is, the widest first."""

    EVERYTHING = "everything", _("everything")
    WORKFLOW = "workflow", _("a workflow")
    AGENT = "agent", _("an agent")
    SLICE = "slice", _("a slice of work")
