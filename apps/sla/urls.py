"""Addresses of the calendar pages."""

from django.urls import path

from apps.sla import views

app_name = "sla"
urlpatterns = [
    path("calendars/", views.calendar_list, name="calendar_list"),
    path("calendars/<slug:slug>/", views.calendar_read, name="calendar_read"),
]
