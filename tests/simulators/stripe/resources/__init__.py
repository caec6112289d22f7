"""Stripe's resources, one file each: functions of (store, parameters, ids in the path) that return an object."""
