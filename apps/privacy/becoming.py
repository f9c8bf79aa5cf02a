"""What a column becomes when it is erased, as the expression of an UPDATE.

A digest of few arguments can be guessed: try them all, and compare. So a digest does not stay as it is. It becomes the
SHA-256 of itself behind 256 random bits, the same bits for all digests of a proposal and its copies. What was equal
among them stays equal and what differed differs, which is all that decisions, grants and statistics ask; the bits are
kept nowhere, so that nobody can try anything out any more, nor tell which other proposal was the same.

A name that has to be unique is made of ReviewHub's own id and a digest of the same bits: the id alone an agent knows,
and could give as the name of something else, which would then stand in the way for good.
"""

import hashlib
import secrets
from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models import Case, F, Func, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Concat

from apps.proposals.states import ERASED

_JSON = models.JSONField()


class Becomes(StrEnum):
    """By what the content of a column is replaced. What may be NULL and is stays so."""

    EMPTY = "nothing"
    WORD = "the word that it was erased"
    MARK = "that word, where there was any"
    MAP = "an empty map"
    LIST = "an empty list"
    KEYED = "a digest that nobody can guess"
    KEYED_EACH = "such a digest each"
    ANEW = "a name made of ReviewHub's own id and of bits nobody knows before"
    ANEW_INSIDE = "the same, inside"
    ANSWER = "what the API answers about an erased proposal"


def new_key() -> str:
    """The random bits for the digests of one proposal; whoever makes them forgets them."""
    return secrets.token_hex(32)


def expression(becomes: Becomes, column: str, key: str) -> Any:
    """What to set the column to. Raises KeyError for an ANSWER, which is no expression."""
    return {
        Becomes.EMPTY: lambda: Value(""),
        Becomes.WORD: lambda: Value(ERASED),
        Becomes.MARK: lambda: _where_any(column, Value(ERASED)),
        Becomes.MAP: lambda: _where_there(column, Value({}, _JSON)),
        Becomes.LIST: lambda: _where_there(column, Value([], _JSON)),
        Becomes.KEYED: lambda: _where_any(column, _keyed(F(column), key)),
        Becomes.KEYED_EACH: lambda: _KeyedEach(F(column), Value(key)),
        Becomes.ANEW: lambda: _Anew(F("pk"), Value(_unguessed(key))),
        Becomes.ANEW_INSIDE: lambda: _AnewInside(F(column), F("subject_id"), Value(_unguessed(key))),
    }[becomes]()


def _where_any(column: str, then: Combinable | Value) -> Case:
    return Case(When(**{column: ""}, then=Value("")), default=then, output_field=models.CharField())


def _where_there(column: str, then: Value) -> Case:
    return Case(When(**{f"{column}__isnull": True}, then=F(column)), default=then, output_field=_JSON)


def _keyed(column: F, key: str) -> Func:
    return Func(
        Concat(Value(key), column),
        template="encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex')",
        output_field=models.CharField(),
    )


class _KeyedEach(Func):
    """(digests, key): each digest with the key, in their order; an empty one stays."""

    template = (
        "(SELECT coalesce(array_agg(CASE WHEN given.one = '' THEN ''"
        " ELSE encode(sha256(convert_to(keyed.bits || given.one, 'UTF8')), 'hex') END ORDER BY given.at), '{}')"
        " FROM (SELECT %(expressions)s) AS keyed (all_of_them, bits), "
        " unnest(keyed.all_of_them) WITH ORDINALITY AS given (one, at))"
    )
    output_field = models.TextField()


def _unguessed(key: str) -> str:
    """What makes a name one that nobody can have given: 64 of the bits, from which the key does not follow."""
    return hashlib.sha256(f"name {key}".encode()).hexdigest()[:16]


class _Anew(Func):
    """(id, bits): the name of a row from now on."""

    template = (
        "(SELECT 'erased-' || named.id::text || '-' || named.bits"
        " FROM (SELECT %(expressions)s) AS named (id, bits))"
    )
    output_field = models.CharField()


class _AnewInside(Func):
    """(data of a message, id of its proposal, bits): the agent's own id in it replaced, if it is there."""

    template = (
        "(SELECT jsonb_set(told.data, '{external_id}', to_jsonb('erased-' || told.id::text || '-' || told.bits), false)"
        " FROM (SELECT %(expressions)s) AS told (data, id, bits))"
    )
    output_field = _JSON
