"""Settings: environment.py reads, base.py says, tenancy.py places the tables, the others override little."""
