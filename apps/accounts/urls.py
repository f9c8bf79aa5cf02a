"""Addresses of the pages about people, teams and roles."""

from django.urls import path

from apps.accounts.views import absences, people, profile, roles, teams

app_name = "accounts"
urlpatterns = [
    path("", people.people_list, name="people_list"),
    path("add/", people.person_add, name="person_add"),
    path("profile/", profile.person_profile, name="person_profile"),
    path("absences/", absences.absence_list, name="absence_list"),
    path("roles/", roles.role_list, name="role_list"),
    path("teams/add/", teams.team_add, name="team_add"),
    path("teams/<slug:slug>/", teams.team_edit, name="team_edit"),
    path("person/<slug:short>/", people.person_detail, name="person_detail"),
    path("person/<slug:short>/edit/", people.person_edit, name="person_edit"),
    path("person/<slug:short>/offices/", people.person_offices, name="person_offices"),
    path("person/<slug:short>/active/", people.person_active, name="person_active"),
    path("person/<slug:short>/link/", people.person_link, name="person_link"),
    path("person/<slug:short>/away/", absences.person_away, name="person_away"),
    path("person/<slug:short>/away/<int:absence_id>/cancel/", absences.person_back, name="person_back"),
]
