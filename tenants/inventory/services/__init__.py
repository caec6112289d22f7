"""Writing stock: one public function a file, all of them through move_stock."""
