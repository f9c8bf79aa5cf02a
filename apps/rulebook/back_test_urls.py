"""Addresses of the pages of back-tests."""

from django.urls import path

from apps.rulebook.views import back_tests

app_name = "back_tests"
urlpatterns = [
    path("drafts/<int:draft_id>/back-tests/", back_tests.back_test_list, name="back_test_list"),
    path("back-tests/<int:back_test_id>/", back_tests.back_test_read, name="back_test_read"),
    path("back-tests/<int:back_test_id>/progress/", back_tests.back_test_progress, name="back_test_progress"),
    path("back-tests/<int:back_test_id>/cancel/", back_tests.back_test_cancel, name="back_test_cancel"),
    path(
        "back-tests/<int:back_test_id>/cases/<slug:kind>/", back_tests.back_test_cases, name="back_test_cases"
    ),
]
