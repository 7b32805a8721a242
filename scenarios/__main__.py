"""The process of `fairdesk`, also `python -m scenarios`: the command line, and Ctrl-C before and after it.

Nothing is imported up here: until `main` runs, Ctrl-C would end in a traceback.
"""


def main() -> int:
    """Run the command line with the arguments of the process, and return the exit code."""
    try:
        from scenarios.cli import main as run

        code = run()
        _ignore_from_now_on()
    except KeyboardInterrupt:
        _ignore_from_now_on()
        code = _stopped()
    return code


def _ignore_from_now_on() -> None:
    """Let Ctrl-C do nothing any more: the process is ending anyway.

    An interrupt that came while Python executed a text, as it does for each dataclass, is forgotten: else `python -m`
    would end by that signal, whatever we return. Executing another text does so.
    """
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    exec("")


def _stopped() -> int:
    """Say what the command line would have said, had it come so far; return the exit code."""
    import sys

    from scenarios.codes import INTERRUPTED
    from scenarios.texts import text

    lang = "zh" if {"zh", "--lang=zh"} & set(sys.argv) else "en"
    if sys.stderr is not None:
        print(f"fairdesk: {text(lang, 'error.interrupted')}", file=sys.stderr)
    return INTERRUPTED


if __name__ == "__main__":
    import sys

    sys.exit(main())
