"""Gives every page a place in the site's navigation: decisions by their number, what mkdocs.yml does not name under Explanation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent


def on_config(config: Any) -> Any:
    """Add pages that nobody listed, before mkdocs builds."""
    explanation: list[Any] = next(
        section["Explanation"] for section in config.nav if "Explanation" in section
    )
    named = str(config.nav)
    explanation += [page.name for page in sorted(DOCS.glob("*.md")) if f"'{page.name}'" not in named]
    decisions = [f"decisions/{page.name}" for page in sorted((DOCS / "decisions").glob("*.md"))]
    explanation.append({"Decisions": decisions})
    return config
