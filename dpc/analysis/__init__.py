"""What must be known of a program before it is transformed. Analyses change nothing."""
