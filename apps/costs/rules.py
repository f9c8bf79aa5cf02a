"""The budgets and step caps of workflows: kept in each process while the registry does not change, or read anew."""

from decimal import Decimal

from apps.costs.limits import Rules
from apps.costs.models import Account, Budget
from apps.costs.states import Span
from apps.registry.catalogue import Book

_KEY = "costs.rules"


def rules_in(book: Book) -> dict[int, Rules]:
    """{workflow id: its rules}, of workflows that have any. Two queries after a change of the registry, then none."""
    found: dict[int, Rules] | None = book.kept.get(_KEY)
    if found is None:
        budgets: dict[int, dict[Span, Decimal]] = {}
        for budget in Budget.objects.all():
            budgets.setdefault(budget.workflow_id, {})[Span(budget.span)] = budget.amount
        found = book.kept[_KEY] = {
            account.pk: Rules(account.currency, budgets.get(account.pk, {}), account.step_cap)
            for account in Account.objects.all()
            if account.pk in budgets or account.step_cap is not None
        }
    return found


def rules_of(account: Account) -> Rules:
    """The rules of one workflow as they are now. One query."""
    budgets = {Span(row.span): row.amount for row in Budget.objects.filter(workflow=account.pk)}
    return Rules(account.currency, budgets, account.step_cap)
