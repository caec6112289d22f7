"""Stories of selling: one public function a file, each an outermost transaction of its own."""
