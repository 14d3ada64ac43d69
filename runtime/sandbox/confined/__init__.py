"""Sandboxes where the kernel makes no namespaces for us: Landlock, seccomp, rlimits, and a guardian for each."""
