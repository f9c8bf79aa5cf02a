"""Fields that forms of several apps have in common."""

from typing import Any

from django import forms
from django.utils.functional import Promise


class SometimesAsked(forms.CharField):
    """A text that only some answers ask for; its label says which (`asked_when`), and the form checks it."""

    def __init__(self, *, asked_when: str | Promise, **how: Any) -> None:
        super().__init__(required=False, **how)
        self.asked_when = asked_when
