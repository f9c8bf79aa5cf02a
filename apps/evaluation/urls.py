"""Addresses of evaluation, under /outcomes/ beside those of outcomes."""

from django.urls import path

from apps.evaluation.views import judges, samples, shadows

app_name = "evaluation"
urlpatterns = [
    path("<slug:slug>/shadow/", shadows.shadow_read, name="shadow_read"),
    path("<slug:slug>/shadow.csv", shadows.shadow_csv, name="shadow_csv"),
    path("<slug:slug>/shadow/cases/", shadows.shadow_cases, name="shadow_cases"),
    path("<slug:slug>/judges/", judges.judge_list, name="judge_list"),
    path("<slug:slug>/judges.csv", judges.judge_csv, name="judge_csv"),
    path("<slug:slug>/sample/", samples.sample_take, name="sample_take"),
    path("judge/<int:judge_id>/cases/", judges.judge_cases, name="judge_cases"),
]
