"""What the pages keep for a person: the views they saved under a name."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.reviews.models import Queue


class SavedView(models.Model):
    """A name one person gave to the filters of a queue. `query` is the part of the page's address behind the `?`.

    The filters stand in the address, so whoever is sent it sees the same view, as far as they may look into the queue.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views", db_index=False
    )
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("person", Lower("name"), name="saved_view_named_once"),
            models.CheckConstraint(condition=~models.Q(name=""), name="saved_view_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        """Its address: the same for everybody."""
        path = reverse("desk:queue_detail", args=[self.queue.slug])
        return f"{path}?{self.query}" if self.query else path
