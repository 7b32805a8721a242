"""A desk's people in their seats, and who is on duty when."""

from sim.crew.crew import PPM, Crew, Duty, crew_of, skills_of
from sim.crew.naming import name_of, named

__all__ = ["PPM", "Crew", "Duty", "crew_of", "name_of", "named", "skills_of"]
