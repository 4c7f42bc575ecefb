"""The demo: a year in the life of two fictional CS organisations, written through the services that everyone uses.

``plan`` modules describe (no database): ``names``, ``shapes``, ``stories``, ``crowd``, ``neighbour``, ``usage``.
``load`` writes a plan once; ``continue_book`` brings usage and ratings up to the day of a later start.
Everything is deterministic for a given first day. All companies and people are invented.
"""
