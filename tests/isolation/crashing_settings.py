"""The test settings, with the pages of ``crashing`` before the product's."""

from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.isolation.crashing"
