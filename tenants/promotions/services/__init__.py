"""The stories of coupons and promotions: one public function a file."""
