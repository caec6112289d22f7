"""The stories of billing, one public function a file, named like it."""
