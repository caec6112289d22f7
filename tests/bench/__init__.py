"""Benchmarks: figures as ratios, measured side by side in one run. Never tests: nothing here fails on a slow day."""
