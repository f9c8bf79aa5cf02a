"""Addresses under /assurance/."""

from django.urls import path

from apps.assurance.views import readiness

app_name = "assurance"
urlpatterns = [
    path("", readiness.readiness_list, name="readiness_list"),
    path("<slug:slug>/readiness/", readiness.readiness_read, name="readiness_read"),
    path("<slug:slug>/readiness/<slug:item>/", readiness.item_set, name="item_set"),
    path("<slug:slug>/readiness/<slug:item>/reopen/", readiness.item_reopen, name="item_reopen"),
    path("<slug:slug>/trigger/<int:run_id>/", readiness.trigger_read, name="trigger_read"),
]
