"""HTTP in, HTTP out: who is calling, may they, which operation, which wire format."""
