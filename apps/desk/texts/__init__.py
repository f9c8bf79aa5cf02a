"""How text from agents and from outside is read: what in it cannot be seen, what poses as an instruction, and where its
links really lead. Pure, and for the reviewer's eyes only: nothing here decides or routes.
"""
