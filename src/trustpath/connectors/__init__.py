"""One folder for each kind of outside system; none of them knows another."""
