"""Does this text speak to somebody who only came to read it?

Looks for phrases that address the reviewer or a model, for fake speakers and system messages, for approvals that are
only claimed, for signs nobody sees, and for blocks whose words are encoded. It finds habits, not intentions: what it
flags may be honest, and what it does not flag is no safer for it. The finding is told beside the text and changes
nothing else.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from apps.delivery.unseen import pieces, seen, smuggled, turns
from apps.desk.texts.links import links_in
from apps.desk.texts.lookalikes import folded, mixed_words

MOST_FINDINGS = 6
_LONGEST_EXCERPT = 140
_NEAR = r"\W+(?:[\w'\u2019-]+\W+){0,5}?"


class Habit(StrEnum):
    """What a text does that a text to be read has no need to do."""

    OVERRULES = "overrules"
    PRESSES = "presses"
    CLAIMS = "claims"
    POSES = "poses"
    HIDES = "hides"
    TURNS = "turns"
    ENCODES = "encodes"
    MIMICS = "mimics"


@dataclass(frozen=True, slots=True)
class Finding:
    """One habit and the words that show it."""

    habit: Habit
    excerpt: str


# (habit, parts of words of which one has to be there at all, what it looks like); folded text in small letters.
_PHRASES: tuple[tuple[Habit, tuple[str, ...], re.Pattern[str]], ...] = tuple(
    (habit, tuple(stems.split()), re.compile(pattern, re.MULTILINE))
    for habit, stems, pattern in (
        (Habit.OVERRULES, "ignor disregard forget overrid bypass",
         rf"\b(?:ignor\w*|disregard|forget|overrid\w+|bypass)\b{_NEAR}"
         r"(?:instructions?|rules?|prompts?|guidelines?|polic(?:y|ies)|directions|restrictions|safeguards?|checks?)\b"),
        (Habit.OVERRULES, "instruction", r"\b(?:new|updated|revised|real|actual) (?:system )?instructions?\s*[:.\n]"),
        (Habit.OVERRULES, "you",
         r"\byou are (?:now|no longer) (?:a|an|the|in|bound|allowed|required|free|acting|operating)\b"),
        (Habit.OVERRULES, "jailbreak developer dan", r"\b(?:jailbreak|developer mode|dan mode|god mode)\b"),
        (Habit.OVERRULES, "prompt",
         rf"\b(?:reveal|print|repeat|show|output){_NEAR}(?:system|hidden|initial) prompt\b"),
        (Habit.OVERRULES, "ignorier vergiss missacht",
         rf"\b(?:ignorier\w*|vergiss|missacht\w*)\b{_NEAR}(?:anweisung\w*|regel\w*|vorgabe\w*|richtlinie\w*)\b"),
        (Habit.OVERRULES, "ignor oubli",
         rf"\b(?:ignore[rz]?|oublie[rz]?)\b{_NEAR}(?:instructions?|consignes?|r[eè]gles?)\b"),
        (Habit.OVERRULES, "ignor olvid descart",
         rf"\b(?:ignor[ae]\w*|olvid[ae]\w*|descart[ae]\w*)\b{_NEAR}(?:instrucciones|reglas|indicaciones)\b"),
        (Habit.PRESSES, "reviewer approver moderator assistant model agent chatbot llm",
         r"\b(?:dear|attention|note (?:to|for)(?: the)?|message (?:to|for)(?: the)?|hey|hello)(?: human| ai| language)*"
         r" (?:reviewers?|approvers?|moderators?|assistants?|models?|agents?|chatbots?|llms?|ai)\b"),
        (Habit.PRESSES, "approv accept mark grant releas",
         rf"\b(?:approve|accept|mark|grant|release)\b(?:{_NEAR})?\s*(?:at once|immediately|right away|"
         r"without (?:any |further )?(?:review|checking|checks?|asking|questions?|verification|delay)|"
         r"as (?:verified|approved|safe|trusted|checked))\b"),
        (Habit.PRESSES, "review approv check verif",
         r"\bno (?:further |additional |human |manual )*(?:review|approval|checks?|verification)s?"
         r"(?: is| are)? (?:needed|required|necessary)\b"),
        (Habit.PRESSES, "approve",
         r"\b(?:you|reviewers?|approvers?) (?:must|should|have to|need to|can safely|may safely)"
         r" (?:now )?(?:approve|accept|confirm)\b"),
        (Habit.PRESSES, "approve", r"\b(?:click|press|choose|select|hit) (?:on )?[\"'“«]?approve\b"),
        (Habit.PRESSES, "ask tell inform notif alert escalat mention contact",
         rf"\b(?:do not|don'?t|never|must not)\W+(?:ask|tell|inform|notify|alert|escalate|mention|contact|"
         rf"involve){_NEAR}(?:anybody|anyone|humans?|reviewers?|supervisors?|users?|security|person|people)\b"),
        (Habit.PRESSES, "genehmig freigeb freigab bestatig bestätig",
         rf"\b(?:genehmig\w*|freigeb\w*|bestätig\w*)\b(?:{_NEAR})?\s*(?:sofort|umgehend|ohne (?:weitere )?"
         r"(?:prüfung|rückfrage\w*|nachfrage\w*))\b"),
        (Habit.PRESSES, "approuv valid",
         rf"\b(?:approuve[rz]?|valide[rz]?)\b(?:{_NEAR})?\s*(?:immédiatement|tout de suite|sans (?:vérif\w+|contrôle|"
         r"demander))\b"),
        (Habit.PRESSES, "aprueb aprob autori",
         rf"\b(?:aprueb\w+|aprobar|autori[cz]\w+)\b(?:{_NEAR})?\s*(?:inmediatamente|ahora mismo|sin (?:revis\w+|"
         r"preguntar|verific\w+))\b"),
        (Habit.CLAIMS, "approved authori signed cleared",
         r"\b(?:supervisor|manager|ceo|cfo|cto|director|legal|compliance|admin(?:istrator)?|head office|security|"
         r"management|boss)(?: team| department)?\W+(?:(?:has|have|had|already|just)\W+){1,3}"
         r"(?:approved|authori[sz]ed|signed off|cleared)\b"),
        (Habit.CLAIMS, "approved verified", r"\b(?:approved|verified|authori[sz]ed)\s*[:=]\s*(?:yes|true|ok)\b"),
        (Habit.POSES, "system assistant developer",
         r"^[\W_]*(?:system|assistant|developer)(?: (?:note|message|prompt|override|instructions?))?"
         r"\s*(?:[:>\]]|#{2,}|-{3,})"),
        (Habit.POSES, "system admin developer",
         r"[#\-=*\[<]{2,}\s*(?:begin |new )?(?:system|admin|developer)"
         r" (?:note|message|prompt|override|instructions?)\b"),
        (Habit.POSES, "<| [inst [/inst <<sys <</sys", r"<\|[a-z_]{2,20}\|>|\[/?inst\]|<</?sys>>"),
        (Habit.POSES, "<system <assistant <instruction <tool_ </",
         r"</?(?:system|assistant|instructions?|tool_(?:call|result|response|use))(?:\s[^<>]{0,80})?>"),
        (Habit.POSES, "role", r"[\"']role[\"']\s*:\s*[\"'](?:system|assistant|developer)[\"']"),
    )
)  # fmt: skip
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{32,}={0,2}")
_LONG_BLOCK = 240
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){24,}")
_MOST_BLOCKS = 8


def findings(text: str) -> list[Finding]:
    """What the text does, each habit at most twice, the worst first; empty for most texts."""
    found: list[Finding] = []
    for finding in _all(text):
        alike = [one for one in found if one.habit is finding.habit]
        if len(alike) < 2 and not any(finding.excerpt in one.excerpt for one in alike):
            found.append(finding)
        if len(found) >= MOST_FINDINGS:
            break
    return found


def _all(text: str) -> Iterator[Finding]:
    visible = seen(text)
    yield from _phrases(visible)
    unseen = "".join(piece.text for piece in pieces(text) if piece.sign)
    if unseen:
        yield from _phrases(smuggled(unseen))
        yield Finding(Habit.HIDES, _excerpt(smuggled(unseen)))
    if turns(text):
        yield Finding(Habit.TURNS, "")
    yield from _encoded(visible)
    for word in mixed_words(visible):
        yield Finding(Habit.MIMICS, _excerpt(word))
    for link in links_in(visible):
        if link.looks and link.doubts:
            yield Finding(Habit.MIMICS, _excerpt(f"{link.looks} = {link.host}"))


def _phrases(text: str) -> Iterator[Finding]:
    if not text:
        return
    plain = folded(text)
    for habit, stems, pattern in _PHRASES:
        if any(stem in plain for stem in stems) and (match := pattern.search(plain)):
            # Folding may change the length of a text; then the folded words are the excerpt.
            source = text if len(plain) == len(text) else plain
            yield Finding(habit, _excerpt(source[match.start() : match.end()]))


def _encoded(text: str) -> Iterator[Finding]:
    for count, match in enumerate(_BASE64.finditer(text)):
        if count >= _MOST_BLOCKS:
            return
        said = _decoded(match.group())
        if said:
            yield from _phrases(said)
            yield Finding(Habit.ENCODES, _excerpt(said))
        elif len(match.group()) >= _LONG_BLOCK and not _HEX.fullmatch(match.group()):
            yield Finding(Habit.ENCODES, "")


def _decoded(block: str) -> str:
    """The words a block spells in base64 or hexadecimal; empty when it spells none."""
    for decode in (_from_hex, _from_base64):
        said = decode(block)
        if said and said.isprintable() and " " in said.strip():
            return said
    return ""


def _from_hex(block: str) -> str:
    try:
        return " ".join(bytes.fromhex(block).decode().split()) if _HEX.fullmatch(block) else ""
    except (ValueError, UnicodeError):
        return ""


def _from_base64(block: str) -> str:
    plain = block.rstrip("=").replace("-", "+").replace("_", "/")
    plain = plain[: len(plain) - (len(plain) % 4 == 1)]
    try:
        return " ".join(base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode().split())
    except (binascii.Error, UnicodeError):
        return ""


def _excerpt(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST_EXCERPT else f"{words[: _LONGEST_EXCERPT - 1]}…"
