"""The form of everything that a file may state: frozen, strict, no unknown keys."""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\s#.\"'][^\s#.\"']*$")]
"""A name in a file: no white space, no dot, no quote, no '#' (which numbers heads: `adviser#3`)."""


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    for number, name in enumerate(names):
        if name in names[:number]:
            raise ValueError(f"{name!r} stands twice in the list")
    return names


Names = Annotated[tuple[Name, ...], AfterValidator(_once)]
"""A list of names, each of which stands in it once."""

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
"""A fraction in [0, 1]."""

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
"""A finite number above 0."""

NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""A finite number of at least 0."""

Finite = Annotated[float, Field(allow_inf_nan=False)]
"""Any finite number."""


class Parameters(BaseModel):
    """Base of all parameter classes: the type, the check, the TOML reader and the JSON schema in one.

    Notes
    -----
    Instances are frozen. Change one with `changed`, which checks the result again.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", validate_default=True)

    def changed(self, **update: object) -> Self:
        """Return a checked copy with the given fields replaced.

        Parameters
        ----------
        **update
            Field names and their new values, as Python objects.

        Raises
        ------
        pydantic.ValidationError
            If the changed object breaks a rule.
        """
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate(fields | update)
