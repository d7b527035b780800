"""Rules: what cannot work, or is probably a mistake, although each value is valid by itself.

Every rule is one function over sections that are valid; it yields findings, and its docstring says
where the fact comes from. Shapes are not here: the plan finds those.
"""
