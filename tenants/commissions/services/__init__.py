"""Writing what leaders earn: one public function a file."""
