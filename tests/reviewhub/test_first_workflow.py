"""The guide from nothing to a first workflow says what works: its file is imported into a fresh installation."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from apps.registry.models import AgentGrant, Workflow
from reviewhub.configuration import import_configuration
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_button_of_the_step_to_assisted_is_the_one_of_the_slices_page() -> None:
    guide = Path(settings.BASE_DIR, "docs", "first-workflow.md").read_text()
    step = guide.partition("## 7.")[2].partition("## 8.")[0]
    button = re.findall(r"press \*([^*]+)\*", step)
    pages = [
        Path(settings.BASE_DIR, "templates", *name).read_text()
        for name in (("trust", "_recommendation.html"), ("help", "help_list.html"))
    ]
    assert len(button) == 1
    assert all(button[0] in page for page in pages)


def test_the_file_of_the_guide_can_be_imported() -> None:
    guide = Path(settings.BASE_DIR, "docs", "first-workflow.md").read_text()
    (written,) = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    for short in ("alice", "bob", "olga", "petra", "tina", "gina"):
        factories.UserFactory(short=short)
    call_command("setup_defaults", verbosity=0)
    import_configuration(written.encode(), by=None, now=timezone.now())
    workflow = Workflow.objects.get(slug="orders")
    assert workflow.initial_stage == "shadow"
    assert [kind.name for kind in workflow.action_types.all()] == ["refund"]
    assert AgentGrant.objects.get(workflow=workflow).agent.slug == "refund-agent"
