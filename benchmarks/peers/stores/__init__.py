"""Vector stores beside each other on the same vectors, for `benchmarks.scale_peers`; each runs in an environment of its own."""
