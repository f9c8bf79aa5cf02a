"""The mathematics of trust: pure functions of counts, without ORM, clock or randomness.

`evidence` proves, `regions` says what is tested, `alarm` watches what runs, `coin` draws the audits, `misses`
measures the reviewers, `weighing` handles unequal audit rates, `calibration` draws a picture, `drift` compares with
a baseline.
"""
