"""The stream that tells a person's pages that something in their queues changed."""

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase

from apps.delivery.streams import sse_response
from apps.reviews import policies


async def live(request: HttpRequest) -> HttpResponseBase:
    """Events named `queue` and `person`, for the queues this person may look into and for themselves."""
    person = await request.auser()
    queue_ids = await sync_to_async(policies.visible_queue_ids)(person)  # type: ignore[arg-type]  # signed in
    return sse_response([f"person:{person.pk}", *(f"queue:{queue_id}" for queue_id in queue_ids)])
