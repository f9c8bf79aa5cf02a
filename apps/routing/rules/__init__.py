"""Rules that admins write: conditions in CEL over what a proposal declares, each with what it asks for when it holds.

`names` is what a condition may speak of, `expressions` compiles and evaluates it, `effects` is what a rule may ask
for, `judging` asks all rules of a policy about one proposal. Pure: no database, request or clock.
"""
