"""Addresses under /slices/."""

from django.urls import path

from apps.trust import drift_views, views

app_name = "trust"
urlpatterns = [
    path("", views.slice_list, name="slice_list"),
    path("<int:slice_id>/", views.slice_detail, name="slice_detail"),
    path("<int:slice_id>/stage/", views.slice_move_stage, name="slice_move_stage"),
    path("<int:slice_id>/criteria/", views.slice_criteria, name="slice_criteria"),
    path(
        "recommendations/<uuid:recommendation_id>/ratify/",
        views.recommendation_ratify,
        name="recommendation_ratify",
    ),
    path(
        "recommendations/<uuid:recommendation_id>/decline/",
        views.recommendation_decline,
        name="recommendation_decline",
    ),
    path("drift/", drift_views.drift_list, name="drift_list"),
    path("<int:slice_id>/drift/", drift_views.slice_drift, name="slice_drift"),
    path("drift/<int:alert_id>/answer/", drift_views.drift_answer, name="drift_answer"),
]
