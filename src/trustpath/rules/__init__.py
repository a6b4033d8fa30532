"""Pure kernel: the rule catalogue and what a rule's answer means."""
