"""What the store keeps survives the end of the process: a checkpoint of its state, and the calls since."""
