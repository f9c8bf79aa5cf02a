"""The conditions of rules: CEL over all names a rule may speak of (see `registry.conditions`)."""

from apps.registry.conditions.expressions import LONGEST, BadExpression, Language
from apps.routing.rules.names import NAMES

RULES = Language(NAMES)

__all__ = ["LONGEST", "RULES", "BadExpression"]
