"""Ask what this host can do where user namespaces are forbidden, as in many containers. Argument: a state directory."""

import platform
import sys

from runtime.__main__ import main
from runtime.sandbox import libc, seccomp

libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
libc.install_seccomp_filter(seccomp.program(platform.machine()))
sys.exit(main(["doctor", "--state", sys.argv[1]]))
