"""The stories of a group buy: one public function a file."""
