"""Addresses under /deliveries/."""

from django.urls import path

from apps.delivery.views import channels, deliveries, endpoints

app_name = "delivery"
urlpatterns = [
    path("", deliveries.delivery_list, name="delivery_list"),
    path("<uuid:delivery_id>/", deliveries.delivery_detail, name="delivery_detail"),
    path("<uuid:delivery_id>/replay/", deliveries.delivery_replay, name="delivery_replay"),
    path("webhooks/", endpoints.endpoint_list, name="endpoint_list"),
    path("webhooks/add/", endpoints.endpoint_add, name="endpoint_add"),
    path("webhooks/<int:endpoint_id>/", endpoints.endpoint_edit, name="endpoint_edit"),
    path("webhooks/<int:endpoint_id>/secret/", endpoints.endpoint_rotate, name="endpoint_rotate"),
    path("webhooks/<int:endpoint_id>/switch/", endpoints.endpoint_switch, name="endpoint_switch"),
    path("webhooks/<int:endpoint_id>/delete/", endpoints.endpoint_delete, name="endpoint_delete"),
    path("webhooks/<int:endpoint_id>/replay/", endpoints.endpoint_replay, name="endpoint_replay"),
    path("channels/", channels.channel_list, name="channel_list"),
    path("channels/add/", channels.channel_add, name="channel_add"),
    path("channels/of/<slug:slug>/", channels.channel_edit, name="channel_edit"),
    path("channels/of/<slug:slug>/switch/", channels.channel_switch, name="channel_switch"),
    path("channels/of/<slug:slug>/test/", channels.channel_test, name="channel_test"),
    path("channels/of/<slug:slug>/delete/", channels.channel_delete, name="channel_delete"),
    path("channels/of/<slug:slug>/replay/", channels.channel_replay, name="channel_replay"),
]
