"""Addresses of the pages of calendars and SLA policies."""

from django.urls import path

from apps.sla.views import calendars, policies

app_name = "sla"
urlpatterns = [
    path("calendars/", calendars.calendar_list, name="calendar_list"),
    path("calendars/add/", calendars.calendar_add, name="calendar_add"),
    path("calendars/<slug:slug>/", calendars.calendar_read, name="calendar_read"),
    path("calendars/<slug:slug>/edit/", calendars.calendar_edit, name="calendar_edit"),
    path("calendars/<slug:slug>/holidays/", calendars.calendar_holidays, name="calendar_holidays"),
    path("policies/", policies.policy_list, name="policy_list"),
    path("policies/add/", policies.policy_add, name="policy_add"),
    path("policies/<slug:slug>/", policies.policy_read, name="policy_read"),
    path("policies/<slug:slug>/edit/", policies.policy_edit, name="policy_edit"),
]
