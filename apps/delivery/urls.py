"""Addresses under /deliveries/."""

from django.urls import path

from apps.delivery import views

app_name = "delivery"
urlpatterns = [
    path("", views.delivery_list, name="delivery_list"),
    path("<uuid:delivery_id>/", views.delivery_detail, name="delivery_detail"),
    path("<uuid:delivery_id>/replay/", views.delivery_replay, name="delivery_replay"),
    path("webhooks/", views.endpoint_list, name="endpoint_list"),
    path("webhooks/add/", views.endpoint_add, name="endpoint_add"),
    path("webhooks/<int:endpoint_id>/", views.endpoint_edit, name="endpoint_edit"),
    path("webhooks/<int:endpoint_id>/secret/", views.endpoint_rotate, name="endpoint_rotate"),
    path("webhooks/<int:endpoint_id>/switch/", views.endpoint_switch, name="endpoint_switch"),
    path("webhooks/<int:endpoint_id>/delete/", views.endpoint_delete, name="endpoint_delete"),
    path("webhooks/<int:endpoint_id>/replay/", views.endpoint_replay, name="endpoint_replay"),
]
