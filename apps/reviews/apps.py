"""Reviews: queues, tasks, claims and decisions."""

from importlib import import_module

from django.apps import AppConfig

from apps.accounts import staffing
from apps.audit import noticing, withheld


class ReviewsConfig(AppConfig):
    name = "apps.reviews"
    verbose_name = "Reviews"

    def ready(self) -> None:
        # Its rules need the models, which are there only now.
        staffing.ask(import_module("apps.reviews.staffing").gaps)
        import_module("apps.trust.pending").look_with(import_module("apps.reviews.looks").looks)
        withheld.answer_with(import_module("apps.reviews.originals").kept_from)
        noticing.tell(import_module("apps.reviews.knowing").note_events)
