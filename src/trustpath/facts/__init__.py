"""Pure kernel: what somebody said or saw, as immutable rows, and the links derived from them."""
