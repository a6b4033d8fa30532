"""A face: renders what workflow returns, and decides nothing."""
