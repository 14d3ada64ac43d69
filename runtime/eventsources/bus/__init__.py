"""EventBridge: rules that choose events by a pattern, or make one by the clock, and bring them to their targets."""
