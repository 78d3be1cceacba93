"""How what academic tables hold is seen by whom."""

from academic.entities import catalogue, enrollments, people

ENTITIES = (*catalogue.ENTITIES, *enrollments.ENTITIES, *people.ENTITIES)
