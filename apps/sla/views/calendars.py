"""Pages on which people read working calendars, and admins write them."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.policies import can_manage_people, check_manage_people
from apps.accounts.requests import PersonRequest
from apps.sla import queries
from apps.sla.calendar_forms import CalendarAddForm, CalendarForm, HolidayChoiceForm, HolidayPlaceForm
from apps.sla.calendar_setup import save_calendar
from apps.sla.calendars import write_calendar
from apps.sla.forms import MonthForm
from apps.sla.hours import CalendarError
from apps.sla.models import CalendarVersion
from apps.sla.months import month_weeks
from apps.sla.working_time import is_open, next_opening


@require_safe
def calendar_list(request: PersonRequest) -> HttpResponse:
    """Every calendar, and whether it is open now."""
    now = timezone.now()
    rows = [
        {
            "version": version,
            "is_open": is_open(now, version.hours),
            "opens_at": next_opening(now, version.hours),
        }
        for version in queries.current_calendar_versions()
    ]
    context = {"rows": rows, "can_manage": can_manage_people(request.user)}
    return render(request, "sla/calendar_list.html", context)


@require_safe
def calendar_read(request: PersonRequest, slug: str) -> HttpResponse:
    """A calendar's months."""
    version = _current(slug)
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
        "can_manage": can_manage_people(request.user),
    }
    return render(request, "sla/calendar_read.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_add(request: PersonRequest) -> HttpResponse:
    """Make a calendar."""
    check_manage_people(request.user)
    return _edit(request, CalendarAddForm(request.POST or None), None)


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_edit(request: PersonRequest, slug: str) -> HttpResponse:
    """Give a calendar new hours; what is under way keeps the old ones."""
    check_manage_people(request.user)
    version = _current(slug)
    form = CalendarForm(request.POST or None, initial=CalendarForm.written(version))
    return _edit(request, form, version)


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_holidays(request: PersonRequest, slug: str) -> HttpResponse:
    """Show the public holidays of a place; those an admin confirms close the calendar."""
    check_manage_people(request.user)
    version, now = _current(slug), timezone.now()
    is_asked = "country" in request.GET
    place = HolidayPlaceForm(
        request.GET if is_asked else None, initial={"year": version.hours.local_date(now).year}
    )
    found = place.found() if is_asked else {}
    chosen = HolidayChoiceForm(request.POST or None, found=found, known=version.holidays)
    if request.method == "POST" and found and chosen.is_valid():
        written = write_calendar(version.hours)._asdict()
        try:
            save_calendar(
                slug=slug,
                name=version.calendar.name,
                by=request.user,
                now=now,
                **written | {"holidays": chosen.merged()},
            )
        except CalendarError as error:
            chosen.add_error(None, str(error))
        else:
            messages.success(request, _("The days you confirmed close this calendar now."))
            return redirect("sla:calendar_read", slug)
    context = {"calendar": version.calendar, "place": place, "form": chosen, "found": found}
    return render(
        request, "sla/calendar_holidays.html", context, status=422 if place.errors or chosen.errors else 200
    )


def _edit(request: PersonRequest, form: CalendarForm, version: CalendarVersion | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        slug = version.calendar.slug if version else form.cleaned_data["slug"]
        try:
            save_calendar(slug=slug, **form.calendar(), by=request.user, now=timezone.now())
        except CalendarError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. Clocks that run already keep the hours they started with."))
            return redirect("sla:calendar_read", slug)
    context = {"form": form, "calendar": version.calendar if version else None}
    return render(request, "sla/calendar_edit.html", context, status=422 if form.errors else 200)


def _current(slug: str) -> CalendarVersion:
    try:
        return queries.current_calendar_version(slug)
    except CalendarVersion.DoesNotExist:
        raise Http404 from None
