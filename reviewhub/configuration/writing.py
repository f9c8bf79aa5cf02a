"""Writes what is configured now as YAML that a person can read and edit."""

from typing import Any

import yaml

from reviewhub.configuration.sections import Explained, Section, sections

HEADER = """\
# ReviewHub configuration. Apply with `manage.py config_import FILE`, look first with `--dry-run`.
# An entry is complete: what it leaves out has its default. Entries not named here stay as they are.
# Secrets, passwords and keys are never in this file.
"""


def export_configuration() -> str:
    """Every section as it is now; importing it changes nothing."""
    return HEADER + "\n" + "\n".join(as_yaml({section.key: _written(section)}) for section in sections())


def _written(section: Section) -> list[dict[str, Any]]:
    return section.exported() if isinstance(section, Explained) else section.current()


def as_yaml(value: Any) -> str:
    """Block style, keys in the given order, text unescaped where YAML allows."""
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100))


class _Dumper(yaml.SafeDumper):
    """Indents lists under their name and writes short lists of words on one line; never anchors."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def write_list(self, data: list[Any]) -> yaml.Node:
        is_short = len(data) <= 8 and all(isinstance(item, str) and len(item) <= 20 for item in data)
        return self.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=is_short)


_Dumper.add_representer(list, _Dumper.write_list)
