"""The segments of action types, kept in each process while the registry does not change."""

from apps.registry.catalogue import Book
from apps.trust.models import Segment

_KEY = "trust.segments"


def segments_in(book: Book) -> dict[int, list[Segment]]:
    """{action type id: its active segments, in order}. One query after a change of the registry, then none."""
    found = book.kept.get(_KEY)
    if found is None:
        found = {}
        for segment in Segment.objects.filter(is_active=True).order_by("position", "slug"):
            found.setdefault(segment.action_type_id, []).append(segment)
        book.kept[_KEY] = found
    return found
