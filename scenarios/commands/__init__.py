"""The commands of `fairdesk`, one module each.

A module offers `EXAMPLE` (a command line), `arguments(parser, lang)`, which adds its options, and
`run(args)`, which returns the exit code: 0 done, 1 the question has a negative answer, 2 bad input,
3 interrupted. Heavy imports belong into `run`, so that help answers at once.
"""

COMMANDS = (
    "run", "compare", "show", "kpis", "scenarios", "schema", "import", "fit", "staff", "roster", "assign",
    "train", "tune", "score", "rubric", "fairness", "demo",
)  # fmt: skip
"""Names of the commands in the order of the help."""


def module_of(command: str) -> str:
    """Return the full name of a command's module; `import` is a word of Python, so its module is `import_`.

    Examples
    --------
    >>> module_of("import")
    'scenarios.commands.import_'
    """
    return f"{__name__}.{command}{'_' if command == 'import' else ''}"
