"""Addresses under /audit/."""

from django.urls import path

from apps.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.event_list, name="event_list"),
    path("seals/", views.seal_list, name="seal_list"),
    path("proposals/<uuid:proposal_id>/", views.proposal_story, name="proposal_story"),
]
