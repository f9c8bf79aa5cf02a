"""Addresses under /assurance/."""

from django.urls import path

from apps.assurance.views import readiness, register

app_name = "assurance"
urlpatterns = [
    path("", readiness.readiness_list, name="readiness_list"),
    path("register/", register.register_read, name="register_read"),
    path("register.csv", register.register_csv, name="register_csv"),
    path("slices/<int:slice_id>/review/", register.slice_review, name="slice_review"),
    path("<slug:slug>/readiness/", readiness.readiness_read, name="readiness_read"),
    path("<slug:slug>/readiness/<slug:item>/", readiness.item_set, name="item_set"),
    path("<slug:slug>/readiness/<slug:item>/reopen/", readiness.item_reopen, name="item_reopen"),
    path("<slug:slug>/trigger/<int:run_id>/", readiness.trigger_read, name="trigger_read"),
]
