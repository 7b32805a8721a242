"""One offline HTML page: escaped text, tables and inline SVG, nothing fetched from anywhere."""

from collections.abc import Sequence
from html import escape
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote as quote_address

from scenarios.texts import text

SHOWN = "show.html"
"""Page of `fairdesk show`."""

_STYLE = """
:root { --ink: #1f2933; --faint: #6b7783; --line: #dfe4e8; --accent: #3b6ea5; --soft: #f5f7f9; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff; line-height: 1.55;
  font-family: system-ui, "Segoe UI", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC",
    "WenQuanYi Micro Hei", sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1.25rem 3rem; }
h1 { font-size: 1.55rem; margin: 0 0 .3rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .3rem; }
p { margin: .4rem 0; } p.lead { font-size: 1.05rem; } .note { color: var(--faint); font-size: .88rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; padding: .32rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--faint); font-weight: 600; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.number, td:last-child { white-space: nowrap; }
table.wordy td:last-child { white-space: normal; min-width: 11rem; }
table.wordy td:first-child { min-width: 6rem; }
tr.marked td { background: #fff6e9; } .wide { overflow-x: auto; }
td small { color: var(--faint); }
figure { margin: .6rem 0 0; } figcaption { color: var(--faint); font-size: .88rem; }
svg { width: 100%; height: auto; }
svg text { font-family: "DejaVu Sans", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC",
    "WenQuanYi Micro Hei", sans-serif !important; }
pre { background: var(--soft); padding: .8rem; overflow: auto; font-size: .8rem; max-height: 30rem; }
blockquote { border-left: 4px solid var(--accent); margin: .8rem 0; padding: .2rem 1rem; background: var(--soft); }
@media print { main { max-width: none; } h2 { break-after: avoid; } figure, tr { break-inside: avoid; } }
"""


class Made(str):
    """HTML that this module made: it is not escaped again."""

    __slots__ = ()


def link(href: str, words: str) -> Made:
    """Return a link to a file beside the page.

    Parameters
    ----------
    href
        Its path from the page, with `/` between folders; whatever an address cannot hold is encoded.
    words
        What to click.
    """
    return Made(f'<a href="{quote_address(href)}">{escape(words)}</a>')


def heading(title: str) -> str:
    """Return a heading of the second level."""
    return f"<h2>{escape(title)}</h2>"


def subheading(title: str) -> str:
    """Return a heading of the third level."""
    return f"<h3>{escape(title)}</h3>"


def paragraph(words: str, kind: str = "") -> str:
    """Return a paragraph; `kind` may be `lead` or `note`. What `link` made stays as it is."""
    said = words if isinstance(words, Made) else escape(words)
    return f'<p class="{kind}">{said}</p>' if kind else f"<p>{said}</p>"


def quote(words: str) -> str:
    """Return a sentence set apart."""
    return f"<blockquote><p>{escape(words)}</p></blockquote>"


def points(lines: Sequence[str]) -> str:
    """Return a list of sentences."""
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def table(
    heads: Sequence[str],
    lines: Sequence[Sequence[str]],
    numbers: Sequence[int] = (),
    marked: Sequence[int] = (),
    *,
    wordy: bool = False,
) -> str:
    """Return a table.

    Parameters
    ----------
    heads, lines
        Heads and cells; what `link` made stays as it is.
    numbers
        Columns that hold numbers.
    marked
        Lines that are set off.
    wordy
        Whether the last column holds sentences, which go on over several lines.
    """

    def cell(tag: str, place: int, words: str) -> str:
        kind = ' class="number"' if place in numbers else ""
        return f"<{tag}{kind}>{words if isinstance(words, Made) else escape(words)}</{tag}>"

    head = "".join(cell("th", place, words) for place, words in enumerate(heads))
    body = "".join(
        f"<tr{' class="marked"' if number in marked else ''}>"
        + "".join(cell("td", place, words) for place, words in enumerate(line))
        + "</tr>"
        for number, line in enumerate(lines)
    )
    kind = ' class="wordy"' if wordy else ""
    return f'<div class="wide"><table{kind}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def stacked(words: str, under: str) -> Made:
    """Return a cell with smaller words under its own; only its own where there are none to stand under."""
    return Made(escape(words) + (f"<br><small>{escape(under)}</small>" if under else ""))


def figure(drawn: str, caption: str) -> str:
    """Return a picture, SVG text of our own, with its caption."""
    said = escape(caption, quote=True)
    return f'<figure role="img" aria-label="{said}">{drawn}<figcaption>{said}</figcaption></figure>'


def beside(path: Path, lang: str) -> str:
    """Return a link to the page of `fairdesk show` that stands in the folder of a page; nothing if there is none."""
    if not path.with_name(SHOWN).exists():
        return ""
    return f'<p class="note"><a href="{SHOWN}">{escape(text(lang, "page.shown"))}</a></p>'


def source(title: str, words: str) -> str:
    """Return a text that unfolds, such as the scenario that made the page."""
    return f"<details><summary>{escape(title)}</summary><pre>{escape(words)}</pre></details>"


def page(lang: str, title: str, parts: Sequence[str], foot: str) -> str:
    """Return the whole page.

    Parameters
    ----------
    lang
        `en` or `zh`.
    title
        Title of the page.
    parts
        HTML made by the functions of this module.
    foot
        What the figures were made with: seeds and engine; versions are added.
    """
    made = text(lang, "page.made", fairdesk=version("fairdesk"), polars=version("polars"), numpy=version("numpy"))
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>\n"
        + "\n".join(parts)
        + f"\n{paragraph(f'{foot} {made}', 'note')}</main></body></html>\n"
    )


def write(path: Path, made: str) -> None:
    """Write a page at once: a reader never sees half of it."""
    partly = path.with_suffix(".part")
    try:
        partly.write_text(made, "utf-8")
        partly.replace(path)
    finally:
        partly.unlink(missing_ok=True)
