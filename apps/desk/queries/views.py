"""The views a person saved."""

from apps.accounts.models import User
from apps.desk.models import SavedView


def saved_views(user: User) -> list[SavedView]:
    """This person's views by name. The queue's page says whether they may still look into it."""
    return list(SavedView.objects.filter(person=user).select_related("queue").order_by("name", "pk"))
