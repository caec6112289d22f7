"""Products, SKUs, categories, pictures, and importing them from spreadsheets."""
