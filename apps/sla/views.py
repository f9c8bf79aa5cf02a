"""Pages that show the working calendars. Any signed-in person may read them."""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.sla import queries
from apps.sla.forms import MonthForm
from apps.sla.models import CalendarVersion
from apps.sla.months import month_weeks
from apps.sla.working_time import is_open, next_opening


@require_safe
def calendar_list(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    rows = [
        {
            "version": version,
            "is_open": is_open(now, version.hours),
            "opens_at": next_opening(now, version.hours),
        }
        for version in queries.current_calendar_versions()
    ]
    return render(request, "sla/calendar_list.html", {"rows": rows})


@require_safe
def calendar_read(request: HttpRequest, slug: str) -> HttpResponse:
    try:
        version = queries.current_calendar_version(slug)
    except CalendarVersion.DoesNotExist:
        raise Http404 from None
    today = version.hours.local_date(timezone.now())
    month = MonthForm(request.GET).chosen(today)
    context = {
        "calendar": version.calendar,
        "version": version,
        "today": today,
        "month": month,
        "previous_url": f"?month={month - timedelta(days=1):%Y-%m}",
        "next_url": f"?month={month + timedelta(days=31):%Y-%m}",
        "weeks": month_weeks(version.hours, month.year, month.month),
    }
    return render(request, "sla/calendar_read.html", context)
