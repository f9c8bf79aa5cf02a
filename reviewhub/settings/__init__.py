"""Django settings in parts; every value an operator may set is in docs/settings.md."""

from reviewhub.settings.base import *  # noqa: F403  (settings are a flat namespace by Django's design)
from reviewhub.settings.background import *  # noqa: F403
from reviewhub.settings.security import *  # noqa: F403
from reviewhub.settings.product import *  # noqa: F403
from reviewhub.settings.logging import *  # noqa: F403
