"""How a condition is taken apart into texts, notes, brackets and joints. Pure: reads the text, not what it means."""

import re

# What may stand for a text inside quotes, so that what is written there is no operator.
TOKENS = re.compile(
    r"(?P<text>[rRbB]{0,2}(?:\"\"\".*?\"\"\"|'''.*?'''|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'))"
    r"|(?P<note>//[^\n]*)|(?P<both>&&)|(?P<either>\|\|)|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<other>.)",
    re.DOTALL,
)
_CLOSES = {"(": ")", "[": "]", "{": "}"}


def without_texts(text: str) -> str:
    """The condition without what stands in quotes and notes, where no name and no word of the language is."""
    return "".join(
        token[0] if token.lastgroup not in ("text", "note") else '""' for token in TOKENS.finditer(text)
    )


def lone_bracket(text: str) -> tuple[str, int] | None:
    """The first bracket without its other half, and where it stands (from 0); None where all are in pairs."""
    opened: list[tuple[str, int]] = []
    for token in TOKENS.finditer(text):
        if token.lastgroup == "open":
            opened.append((token[0], token.start()))
        elif token.lastgroup == "close":
            if not opened or _CLOSES[opened[-1][0]] != token[0]:
                return token[0], token.start()
            opened.pop()
    return opened[-1] if opened else None
