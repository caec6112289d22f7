"""control.account, by its promises."""
