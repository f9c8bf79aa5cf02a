"""The verbs of the registry, by noun."""

from apps.registry.actions.versions import UnknownVersion, version_of

__all__ = ["UnknownVersion", "version_of"]
