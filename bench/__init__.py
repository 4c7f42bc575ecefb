"""The benchmarks: ratios whose two sides are measured in the same run, on real servers with durable commits."""
