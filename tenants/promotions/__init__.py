"""What a store gives to bring people back: coupons, money off by the total, a cheaper second piece."""
