"""What the notebooks begin with: what their user asked for, in which language, about which desk."""

from __future__ import annotations

from typing import Any

import marimo as mo

from scenarios.files.desks import names
from scenarios.report import page
from scenarios.texts import text

LANGUAGES = {"English": "en", "中文": "zh"}
OFFERED = ("academy_small", "academy")
"""Desks that a notebook offers without being asked."""


def asked_for() -> dict[str, Any]:
    """Return what the command line (`--lang zh --scenario academy`; after `--` in the app) and the address ask for."""
    return {**mo.cli_args().to_dict(), **mo.query_params().to_dict()}


def language_control(said: dict[str, Any]) -> mo.ui.radio:
    """Return the choice of a language; what was asked for is chosen."""
    return mo.ui.radio(LANGUAGES, value="中文" if said.get("lang") == "zh" else "English", inline=True)


def scenario_control(said: dict[str, Any]) -> mo.ui.dropdown:
    """Return the choice of a desk.

    An address may ask for what the catalogue has, never for a file of this machine.
    """
    asked = [str(said["scenario"])] if said.get("scenario") in names() else []
    offered = list(dict.fromkeys([*asked, *OFFERED]))
    return mo.ui.dropdown(offered, value=offered[0])


def label_of(lang: str, key: str, **values: Any) -> mo.Html:
    """Return words as a paragraph that stands beside a control, so that another language resets no control."""
    return mo.Html(page.paragraph(text(lang, key, **values)))
