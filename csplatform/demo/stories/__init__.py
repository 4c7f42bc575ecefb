"""Twelve accounts of Northwind's book, each a story that a CSM or a leader would tell, and one that is to be won."""

from csplatform.demo.stories.fit import bad_fit, perfect_fit, prospect, stuck
from csplatform.demo.stories.moods import captive, forgetful_fan, outage, surprise_churn
from csplatform.demo.stories.people import champion_gone, handed_over, larkspur, nobody_rated, two_opinions

STORIES = (
    larkspur,
    champion_gone,
    captive,
    forgetful_fan,
    surprise_churn,
    nobody_rated,
    two_opinions,
    handed_over,
    outage,
    stuck,
    perfect_fit,
    bad_fit,
)
PROSPECTS = (prospect,)
