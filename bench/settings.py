"""The product's settings, with the references of the benchmarks beside the product's routes."""

from csplatform.settings import *  # noqa: F403

ROOT_URLCONF = "bench.references"
