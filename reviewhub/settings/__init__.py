"""Django settings in parts; every value an operator may set is in docs/settings.md."""

from reviewhub.settings.background import *
from reviewhub.settings.base import *
from reviewhub.settings.logging import *
from reviewhub.settings.product import *
from reviewhub.settings.security import *
