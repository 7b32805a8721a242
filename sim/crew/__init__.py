"""A desk's people in their seats, and who is on duty when."""

from sim.crew.crew import PPM, Crew, Duty, crew_of, skills_of

__all__ = ["PPM", "Crew", "Duty", "crew_of", "skills_of"]
