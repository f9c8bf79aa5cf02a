"""The `chat_channels:` section of the configuration file. Addresses are secrets and not in it."""

from datetime import datetime
from typing import Any

from apps.accounts.config import ConfigEntry, Name, Slug
from apps.accounts.models import User
from apps.delivery import channel_actions, queries


class ChannelEntry(ConfigEntry):
    """One chat channel. A new one is switched off until an admin types its address on its page."""

    slug: Slug
    name: Name

    def canonical(self) -> dict[str, Any]:
        return {"slug": self.slug, "name": self.name}


class ChatChannels:
    """Reads and writes the channels admins registered; people's own are not configuration."""

    key = "chat_channels"
    Model = ChannelEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """Every registered channel, by slug."""
        rows = sorted(queries.channels(), key=lambda row: str(row.slug))
        return [{"slug": row.slug, "name": row.name} for row in rows]

    @staticmethod
    def apply(entries: list[ChannelEntry], *, by: User | None, now: datetime) -> None:
        """Register or rename each. Raises NotAllowed."""
        for entry in entries:
            channel_actions.save_channel(slug=entry.slug, name=entry.name, by=by, now=now)


SECTIONS = [ChatChannels]
