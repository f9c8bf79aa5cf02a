"""Text for places that hold one line: titles and the subjects of e-mails."""

from apps.delivery.unseen import seen


def one_line(text: str) -> str:
    """At most 200 printable characters on one line, so that no text can add a header or turn what stands after it."""
    line = "".join(character if character.isprintable() else " " for character in seen(text))
    return " ".join(line.split())[:200]


def short(text: str) -> str:
    """At most 100 characters on one line: how a title names a task, with room for what is said about it."""
    line = one_line(text)
    return line if len(line) <= 100 else f"{line[:99].rstrip()}…"
