"""Persistence: facts with validity intervals, and the engines that judge them."""
