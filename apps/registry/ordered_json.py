"""A JSON column that keeps the order of names, which `jsonb` does not: a schema's author chose it for readers."""

import json
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.types.json import Json


class OrderedJSONField(models.JSONField):
    """PostgreSQL's `json`: stored as written. It cannot be compared or indexed inside the database."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "json"

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        # psycopg reads `json` by itself; Django stops it from doing so for `jsonb` only.
        return json.loads(value) if isinstance(value, str) else value

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        if value is None or hasattr(value, "as_sql"):
            return value
        return Json(value, dumps=_dumps)


def _dumps(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False)
