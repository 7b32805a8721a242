"""A desk whose people do nothing for the sake of their figures."""

from sim.desk.desk import Desk


def is_honest(desk: Desk) -> bool:
    """Return whether nobody at a desk has any conduct stated."""
    staff = desk.staff
    return not any(person.conduct for person in staff.persons.values()) and not any(
        role.conduct for role in staff.roles.values()
    )


def honest(desk: Desk) -> Desk:
    """Return the same desk with every conduct off: the same people of the same abilities, in the same worlds.

    Parameters
    ----------
    desk
        Any desk; if nobody at it has any conduct, it is returned itself.

    Returns
    -------
    Desk
        Without `conduct` of persons and roles, and without `reaction`.
    """
    staff = desk.staff
    if is_honest(desk):
        return desk if desk.reaction is None else desk.changed(reaction=None)
    persons = {name: person.changed(conduct={}) for name, person in staff.persons.items()}
    roles = {name: role.changed(conduct={}) for name, role in staff.roles.items()}
    return desk.changed(staff=staff.changed(persons=persons, roles=roles), reaction=None)
