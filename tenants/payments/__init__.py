"""Shoppers' money: payments, refunds, and the methods that move it."""
