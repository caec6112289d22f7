"""Stock and its moves: on hand is always the sum of moves."""
