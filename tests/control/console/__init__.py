"""control.console, by its promises."""
