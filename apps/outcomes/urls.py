"""Addresses under /outcomes/."""

from django.urls import path

from apps.outcomes.views import kpis, logs, portfolio, process

app_name = "outcomes"
urlpatterns = [
    path("", portfolio.portfolio, name="portfolio"),
    path("<slug:slug>/kpis/add/", kpis.kpi_add, name="kpi_add"),
    path("portfolio.csv", portfolio.portfolio_csv, name="portfolio_csv"),
    path("slices.csv", portfolio.portfolio_slices_csv, name="portfolio_slices_csv"),
    path("<slug:slug>/logs.csv", logs.log_list_csv, name="log_list_csv"),
    path("<slug:slug>/logs/", logs.log_list, name="log_list"),
    path("<slug:slug>/process/", process.process_read, name="process_read"),
    path("<slug:slug>/process.csv", process.process_csv, name="process_csv"),
    path("kpi/<int:kpi_id>/", kpis.kpi_read, name="kpi_read"),
    path("kpi/<int:kpi_id>/edit/", kpis.kpi_edit, name="kpi_edit"),
    path("kpi/<int:kpi_id>/baseline/", kpis.kpi_baseline, name="kpi_baseline"),
    path("kpi/<int:kpi_id>/cases/", kpis.kpi_cases, name="kpi_cases"),
    path("kpi/<int:kpi_id>/cases.csv", kpis.kpi_cases_csv, name="kpi_cases_csv"),
    path("kpi/<int:kpi_id>/statements.csv", kpis.kpi_statements_csv, name="kpi_statements_csv"),
    path("kpi/<int:kpi_id>/weeks.csv", kpis.kpi_weeks_csv, name="kpi_weeks_csv"),
    path("kpi/<int:kpi_id>/reading/", kpis.kpi_reading, name="kpi_reading"),
    path("kpi/<int:kpi_id>/state/", kpis.kpi_state, name="kpi_state"),
    path("log/<int:log_id>/", logs.log_read, name="log_read"),
    path("log/<int:log_id>/progress/", logs.log_progress, name="log_progress"),
    path("log/<int:log_id>/export/", logs.log_export, name="log_export"),
    path("log/<int:log_id>/cases/", process.process_cases, name="process_cases"),
    path("log/<int:log_id>/case.csv", logs.log_case_csv, name="log_case_csv"),
    path("log/<int:log_id>/case/", logs.log_case, name="log_case"),
]
