"""Addresses under /costs/."""

from django.urls import path

from apps.costs.views import models, plans, runs

app_name = "costs"
urlpatterns = [
    path("run/<int:run_id>/", runs.run_read, name="run_read"),
    path("<slug:slug>/", plans.costs_read, name="costs_read"),
    path("<slug:slug>/months.csv", plans.costs_csv, name="costs_csv"),
    path("<slug:slug>/budgets/", plans.budgets_edit, name="budgets_edit"),
    path("<slug:slug>/model/", models.model_read, name="model_read"),
    path("<slug:slug>/model.csv", models.model_csv, name="model_csv"),
    path("<slug:slug>/model/edit/", models.model_edit, name="model_edit"),
]
