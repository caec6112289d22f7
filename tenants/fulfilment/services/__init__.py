"""Handing goods out: one public function a file."""
