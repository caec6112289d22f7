"""The platform operator's desk: stores, invoices, money, letters."""
