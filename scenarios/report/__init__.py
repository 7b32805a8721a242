"""Offline pages for people who decide: HTML with inline pictures, in English and Chinese."""

from scenarios.report.compare import compare_page

__all__ = ["compare_page"]
