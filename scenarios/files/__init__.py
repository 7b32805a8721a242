"""Files that planners write: desks, what-ifs, rubrics, judges, KPIs, rosters; read as if they were hostile."""
