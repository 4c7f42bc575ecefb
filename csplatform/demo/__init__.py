"""The demo: a year in the life of two fictional CS organisations, written through the services that everyone uses.

Some modules only describe (no database): ``names``, ``shapes``, ``stories``, ``crowd``, ``books``, ``known``, ``moments``,
``usage``. ``load`` writes a book once, and ``history.continue_book`` brings usage and ratings up to the day of a later
start; the other modules write one part each. ``sample`` is no part of the demo: it fills tenants of any size (``seed``).
Everything is deterministic for a given first day. All companies and people are invented.
"""
