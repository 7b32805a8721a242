"""Exit codes of `fairdesk`: done; the question has a negative answer; bad input; stopped before the end."""

DONE, NEGATIVE, BAD_INPUT, INTERRUPTED = 0, 1, 2, 3
