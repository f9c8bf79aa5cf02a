"""Addresses under /slices/."""

from django.urls import path

from apps.trust import views

app_name = "trust"
urlpatterns = [
    path("", views.slice_list, name="slice_list"),
    path("<int:slice_id>/", views.slice_detail, name="slice_detail"),
    path("<int:slice_id>/stage/", views.slice_move_stage, name="slice_move_stage"),
]
