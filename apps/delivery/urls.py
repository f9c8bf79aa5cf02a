"""Addresses of messages and webhooks, and of the stream of a person's own changes."""

from django.urls import path

from apps.delivery import views

app_name = "delivery"
urlpatterns = [
    path("deliveries/", views.delivery_list, name="delivery_list"),
    path("deliveries/<uuid:delivery_id>/", views.delivery_detail, name="delivery_detail"),
    path("deliveries/<uuid:delivery_id>/replay/", views.delivery_replay, name="delivery_replay"),
    path("deliveries/webhooks/", views.endpoint_list, name="endpoint_list"),
    path("deliveries/webhooks/add/", views.endpoint_add, name="endpoint_add"),
    path("deliveries/webhooks/<int:endpoint_id>/", views.endpoint_edit, name="endpoint_edit"),
    path("deliveries/webhooks/<int:endpoint_id>/secret/", views.endpoint_rotate, name="endpoint_rotate"),
    path("deliveries/webhooks/<int:endpoint_id>/switch/", views.endpoint_switch, name="endpoint_switch"),
    path("deliveries/webhooks/<int:endpoint_id>/delete/", views.endpoint_delete, name="endpoint_delete"),
    path("deliveries/webhooks/<int:endpoint_id>/replay/", views.endpoint_replay, name="endpoint_replay"),
    path("live/person/", views.live_events, name="live_events"),
]
