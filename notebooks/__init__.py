"""Notebooks that are also web apps: one question each."""
