"""Short measurements that say how exactly the promises are kept on this host; ``doctor --measure`` prints them."""
