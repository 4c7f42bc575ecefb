"""The model in code: from observations to a score. Numbers in, numbers out; no Django, no clock.

One implementation serves one account and a million. Principles: a score is an opinion, not a probability;
missing is never zero; every number carries its evidence (0..1) and its age; old evidence loses weight, not
value, and a negative sentiment keeps its weight until re-rated; everything shown as a sum sums exactly.

The model
---------
    normalise   x = 100 clip((v - floor) / (target - floor), 0, 1)
    freshness   f(age; g, h) = 2^(-max(0, age - g) / h)

A measure gives x (0..100) and f (its evidence). *latest*: the account's newest value. *people*: over those
who count (active and tracked) with evidence x = sum w f x / sum w f, f = sum w f / W, W the influence of all
who count, empty seats included; a seat is a required role that nobody who counts holds, vacant (x = 0, f = 1
in relationship) if someone held it and left, else unknown. *answers*: over active people who answered the
same mean, f = max f. Nobody with evidence: missing, x counts as 50, f = 0.

    W = sum w f,  D = W + L (1 - W),  omega = w f / D,  score = 50 + sum omega (x - 50)

People: (w / D)(w_i f_i / W_people)(x_i - 50); answers: omega (w_i f_i / sum w_i f_i)(x_i - 50). Between two
moments: value part mean(omega) dx, evidence part (mean(x) - 50) d(omega). Bands by cuts with a margin of
hysteresis, unknown below the least evidence; flags cap the band, never the score. `scorecard` holds the
numbers a tenant may set, `people` who counts and who speaks, `measures` x and f, `score` the combination and
its splits, `bands` the words and flags, `coverage`, `usage`, `survey` and `value` what their names say.

Frames
------
A *case* is one account at one moment, numbered 0..n-1: a book tonight, or one account on 365 nights. A frame
is a dict of columns (lists or numpy arrays) or a DataFrame; an absent frame has no rows. Rows may come in any
order; sorted ones are faster. Ages are (at - observed_at) in days, as real numbers, of observations with
observed_at <= at (and, as known then, recorded_at <= at), withdrawn ones skipped. `persona` is an integer, a
UUID or a string, the same kind in every frame (integers are fastest; their order is the order of summation).
A name column (role, slot, measure, bands) holds names or their integer positions in the tuple given.

people        one row per (case, persona), those who left included: they leave the seat vacant
              case int, persona, role (ROLES; of a leaver, the last held), influence float 1..5 or NaN/None
              for the role's, active bool (default True), tracked bool (default True)
ratings       candidates to speak: per (case, persona, slot) the newest observation by the account's owner and
              the newest by anyone (one row if they are the same; more rows do no harm)
              case, persona, slot (SLOTS: relationship, brand, product, service), value float (strength 0..3
              none to very good; facets -1, 0, 1; NaN/None clears), age_days float, by_owner bool,
              [rank: order of (recorded_at, id), breaks ties of age; without it the later row wins]
observations  an account's own measures, newest per (case, measure); `usage_rows` gives the computed ones
              case, measure (a key), value float in the measure's unit (NaN/None clears), age_days, [rank]
answers       newest per (case, persona, measure); people not active are skipped
              case, persona, measure (a key), value float, age_days, [rank]
facts         columns of length n, all optional: critical_escalation bool, renewal_days float (days until the
              renewal, NaN for none), not_live bool (from usage), override (BANDS, None or -1 for none),
              previous_band (BANDS, uncapped, of the last snapshot; None or 0 for none), previous_quadrant
              (QUADRANTS, likewise), new_version bool (last snapshot made under another scorecard version),
              tier (text or None: which roles are required)

`assess(card, n, people=, ratings=, observations=, answers=, facts=)` returns an `Assessment`;
`halves(assessment)` two of n from one of 2n cases;
`split_people(assessment)` its parts down to person and seat; `split_change(before, after)` why it moved;
`rows` turns it into plain dicts. Arrays per case are (n,), per measure and case (K, n), per person (p,) in the
order of the roster (case, persona); bands, flags, roles and quadrants are positions in BANDS, FLAGS, ROLES and
QUADRANTS. A few thousand cases a call cost least per case. Each case reads the memory it is given: nights of one
account in one call get theirs from `bands.walk`, then `bands.show_bands`.

The Larkspur example
--------------------
>>> from health import formulas
>>> who = ["dana", "eli", "farid", "gita", "hugo", "ines"]
>>> people = {
...     "case": [0] * 6,
...     "persona": who,
...     "role": ["champion", "economic_buyer", "technical_owner", "power_user", "end_user", "champion"],
...     "active": [True] * 5 + [False],
... }
>>> strength, mood = [3, 1, 2, 2, 3], [1, 0, -1, 1, 1]
>>> age = [20, 75, 120, 10, 5]
>>> rated = ["dana", "eli", "farid", "gita", "ines"]
>>> ratings = {
...     "case": [0] * 20,
...     "persona": rated * 4,
...     "slot": [slot for slot in formulas.SLOTS for _ in rated],
...     "value": strength + mood * 3,
...     "age_days": age * 4,
...     "by_owner": [True] * 20,
... }
>>> observations = {
...     "case": [0] * 4,
...     "measure": ["frequency", "effectiveness", "breadth", "trend"],
...     "value": [0.42, 0.50, 0.40, -0.12],
...     "age_days": [1, 20, 1, 1],
... }
>>> answers = {
...     "case": [0, 0],
...     "persona": ["dana", "dana"],
...     "measure": ["nps", "csat"],
...     "value": [8, 4.2],
...     "age_days": [120, 30],
... }
>>> card = formulas.read_scorecard(formulas.default_scorecard())
>>> larkspur = formulas.assess(
...     card, 1, people=people, ratings=ratings, observations=observations, answers=answers
... )
>>> print(f"{larkspur.health.score[0]:.6f} {larkspur.health.evidence[0]:.6f}")
59.203186 0.781574
>>> formulas.BANDS[larkspur.band[0]], formulas.QUADRANTS[larkspur.quadrant[0]]
('watch', 'engaged')
>>> for key, part in zip(card.keys, larkspur.health.part[:, 0]):
...     print(f"{key:13} {part:+.6f}")
frequency     +2.750377
effectiveness +0.000000
breadth       +0.000000
trend         -0.841952
relationship  +1.865464
sentiment     +1.403253
nps           +1.500188
csat          +2.525856
ces           +0.000000
goodwill      +0.000000
>>> print(f"{larkspur.coverage.coverage[0]:.6f} {larkspur.coverage.effective_threads[0]:.6f}")
50.078964 2.798073
"""

from health.formulas.bands import QUADRANTS
from health.formulas.change import Change, split_change
from health.formulas.coverage import Coverage, no_thread_probability, yearly_departure
from health.formulas.frames import BadFrame, stack_frames
from health.formulas.measures import Reading, freshness, normalise
from health.formulas.parting import halves
from health.formulas.people import SENTIMENTS, SLOTS, STRENGTHS, Roster, read_roster
from health.formulas.rows import coverage_rows, flag_rows, measure_rows
from health.formulas.score import (
    Assessment,
    Combined,
    Parts,
    assess,
    split_people,
)
from health.formulas.scorecard import (
    AXES,
    BANDS,
    FLAGS,
    RED_FLAGS,
    ROLES,
    Card,
    default_scorecard,
    read_scorecard,
    required_roles,
)
from health.formulas.scorecard_rules import MOST_TIERS, validate_scorecard
from health.formulas.usage import usage_rows

__all__ = [
    "AXES",
    "BANDS",
    "FLAGS",
    "MOST_TIERS",
    "QUADRANTS",
    "RED_FLAGS",
    "ROLES",
    "SENTIMENTS",
    "SLOTS",
    "STRENGTHS",
    "Assessment",
    "BadFrame",
    "Card",
    "Change",
    "Combined",
    "Coverage",
    "Parts",
    "Reading",
    "Roster",
    "assess",
    "coverage_rows",
    "default_scorecard",
    "flag_rows",
    "freshness",
    "halves",
    "measure_rows",
    "no_thread_probability",
    "normalise",
    "read_roster",
    "read_scorecard",
    "required_roles",
    "split_change",
    "split_people",
    "stack_frames",
    "usage_rows",
    "validate_scorecard",
    "yearly_departure",
]
