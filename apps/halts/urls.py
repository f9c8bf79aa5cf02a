"""Addresses under /halts/."""

from django.urls import path

from apps.halts import views

app_name = "halts"
urlpatterns = [
    path("", views.halt_list, name="halt_list"),
    path("stop/", views.halt_open, name="halt_open"),
    path("<uuid:halt_id>/keep/", views.halt_keep, name="halt_keep"),
    path("<uuid:halt_id>/lift/", views.halt_lift, name="halt_lift"),
]
