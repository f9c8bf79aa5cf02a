"""The `judges:` section of the configuration file: from which agreement on a workflow shows what judges say."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from apps.accounts.config import ConfigEntry, Reference, Slug
from apps.accounts.models import User
from apps.evaluation.believing import Asked
from apps.evaluation.models import JudgeTerms
from apps.evaluation.setting import set_terms
from apps.registry.models import Workflow


class TermsEntry(ConfigEntry):
    """The lower end of kappa's interval that has to be reached, over at least so many cases."""

    workflow: Slug
    least_kappa: Annotated[float, Field(ge=0.2, le=0.95, allow_inf_nan=False)] = JudgeTerms.KAPPA
    least_cases: Annotated[int, Field(ge=30, le=100_000)] = JudgeTerms.CASES

    def references(self) -> Iterable[Reference]:
        yield ("workflow",), "workflows", self.workflow

    def canonical(self) -> dict[str, Any]:
        return {
            "workflow": self.workflow,
            "least_kappa": self.least_kappa,
            "least_cases": self.least_cases,
        }


class Terms:
    """Reads and writes what is asked of judges; a workflow that asks for nothing else is left out."""

    key = "judges"
    Model = TermsEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """Every workflow that asks for something of its own, by slug."""
        rows = JudgeTerms.objects.select_related("workflow").order_by("workflow__slug")
        return [
            {
                "workflow": row.workflow.slug,
                "least_kappa": row.least_kappa,
                "least_cases": row.least_cases,
            }
            for row in rows
        ]

    @staticmethod
    def apply(entries: list[TermsEntry], *, by: User | None, now: datetime) -> None:
        """Ask for it. Raises NotAllowed."""
        for entry in entries:
            set_terms(
                workflow=Workflow.objects.get(slug=entry.workflow),
                asked=Asked(entry.least_kappa, entry.least_cases),
                by=by,
                now=now,
            )


SECTIONS = [Terms]
