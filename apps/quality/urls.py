"""Addresses of quality, beside those of outcomes under /outcomes/."""

from django.urls import path

from apps.quality.views import scorecards, targets, watches

app_name = "quality"
urlpatterns = [
    path("<slug:slug>/scorecard/", scorecards.scorecard_read, name="scorecard_read"),
    path("<slug:slug>/scorecard.csv", scorecards.scorecard_csv, name="scorecard_csv"),
    path("<slug:slug>/scorecard/<slug:key>/cases/", scorecards.figure_cases, name="figure_cases"),
    path("<slug:slug>/quality/", watches.watch_read, name="watch_read"),
    path("<slug:slug>/quality.csv", watches.watch_csv, name="watch_csv"),
    path("<slug:slug>/targets/", targets.targets_edit, name="targets_edit"),
    path("alert/<int:alert_id>/acknowledge/", targets.alert_acknowledge, name="alert_acknowledge"),
]
