"""Addresses of quality, beside those of outcomes under /outcomes/."""

from django.urls import path

from apps.quality.views import scorecards

app_name = "quality"
urlpatterns = [
    path("<slug:slug>/scorecard/", scorecards.scorecard_read, name="scorecard_read"),
    path("<slug:slug>/scorecard.csv", scorecards.scorecard_csv, name="scorecard_csv"),
    path("<slug:slug>/scorecard/<slug:key>/cases/", scorecards.figure_cases, name="figure_cases"),
]
