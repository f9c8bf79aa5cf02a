"""Accounts: people, teams, sign-in, absence, roles and rights."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    verbose_name = "Accounts"
