"""Root fields that a search engine answers: arguments, one question to the engine, and pages for the plan."""
