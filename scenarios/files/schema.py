"""JSON schemas of scenario files, for editors and for whoever writes files by program."""

import copy
from collections.abc import Mapping
from typing import Any

from scenarios.files.desks import WHAT_IF_KEYS, desk_schema
from scenarios.files.kpis import kpi_file_schema

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_LIMITS = ("required", "minItems", "maxItems", "minProperties", "default")


def scenario_schema() -> dict[str, Any]:
    """Return the JSON schema of a scenario: every key of a desk with its unit and range."""
    schema = copy.deepcopy(desk_schema())
    return {"$schema": _DRAFT, **schema, "title": "Fairdesk scenario"}


def kpis_schema() -> dict[str, Any]:
    """Return the JSON schema of a file of KPIs: switches, and KPIs of one's own."""
    return {"$schema": _DRAFT, **copy.deepcopy(kpi_file_schema()), "title": "Fairdesk KPIs"}


def what_if_schema() -> dict[str, Any]:
    """Return the JSON schema of a what-if: any part of a desk may be changed, none must be."""
    desk = copy.deepcopy(desk_schema())
    parts = {name: _loose(part) for name, part in desk.pop("$defs").items()}
    text = {"type": "string"}
    change = {**_loose(desk), "title": "Change", "description": "New values of keys that the base has."}
    tables = {
        "title": {**text, "description": "What the what-if is about."},
        "asks": {**text, "description": "The question that it asks."},
        "base": {**text, "description": "Name or file of the scenario that it changes."},
        "remove": {
            "type": "array",
            "items": {"type": "string"},
            "description": 'Dotted keys of entries that the base has and this does not: "demand.kinds.refund".',
        },
        "change": change,
        "add": {
            **_loose(desk),
            "title": "Add",
            "description": "Whole new entries, under names that the base lacks.",
        },
        "scale": {
            "type": "object",
            "description": 'Factors by dotted key, where * is any name: "demand.kinds.*.per_week" = 1.3.',
            "additionalProperties": {"anyOf": [{"type": "number", "minimum": 0}, {"type": "object"}]},
        },
    }
    return {
        "$schema": _DRAFT, "title": "Fairdesk what-if", "type": "object", "additionalProperties": False,
        "properties": {key: tables[key] for key in WHAT_IF_KEYS}, "$defs": parts,
    }  # fmt: skip


def _loose(node: Any) -> Any:
    """Return a schema without what a part need not have; an entry of a list may be changed by its number."""
    if isinstance(node, list):
        return [_loose(each) for each in node]
    if not isinstance(node, Mapping):
        return node
    loose = {
        key: _loose(value)
        for key, value in node.items()
        if key not in _LIMITS or ("type" not in node and "anyOf" not in node)
    }
    if node.get("type") == "array" and "$ref" in node.get("items", {}):
        by_number = {
            "type": "object",
            "patternProperties": {"^[0-9]+$": loose["items"]},
            "additionalProperties": False,
        }
        return {"anyOf": [loose, by_number]}
    return loose
