"""Which version of an agent is speaking? The same model, prompt, workflow, policy and tools are the same version.

The fingerprint is the SHA-256 of the RFC 8785 canonical JSON of `{model, policy_version, prompt_version,
tools, workflow_version}`, with the tools sorted and each named once, and without `workflow_version` where an agent
states none. The label is how people call it and is no part of it.
Pure.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.audit.canonical import canonical


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """What an agent says about itself in `agent_version`."""

    model: str
    prompt_version: str
    policy_version: str
    tools: tuple[str, ...]
    label: str = ""
    workflow_version: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "VersionFacts":
        """From the request's object; what is missing is empty."""
        return cls(
            model=given.get("model") or "",
            prompt_version=given.get("prompt_version") or "",
            policy_version=given.get("policy_version") or "",
            tools=tuple(sorted(set(given.get("tools") or ()))),
            label=given.get("label") or "",
            workflow_version=given.get("workflow_version") or "",
        )

    @property
    def fingerprint(self) -> str:
        """64 hexadecimal digits."""
        content: dict[str, Any] = {
            "model": self.model,
            "policy_version": self.policy_version,
            "prompt_version": self.prompt_version,
            "tools": list(self.tools),
        }
        if self.workflow_version:
            content["workflow_version"] = self.workflow_version
        return hashlib.sha256(canonical(content)).hexdigest()
