"""Configuration as code: a YAML file in, checked as a whole and applied by the apps' verbs; or a file out."""

from reviewhub.configuration.importing import Change, import_configuration
from reviewhub.configuration.problems import WrongConfiguration
from reviewhub.configuration.writing import export_configuration

__all__ = ["Change", "WrongConfiguration", "export_configuration", "import_configuration"]
