"""Who does which ticket next: a rolling plan, and a plan for the tickets that are open now."""
