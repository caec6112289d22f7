"""Benchmarks: figures as ratios, measured side by side in one run. Never tests: nothing here fails on a slow day."""

import os

import django

# Each bench may be run by itself, and imports the models first of all
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
django.setup()
