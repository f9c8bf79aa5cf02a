"""How outcomes are measured: pure functions over numbers, with their formulas, sources and units."""
