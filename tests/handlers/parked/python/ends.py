"""Functions whose process ends, each in its own way."""

import atexit
import os
import signal
import sys
import threading
import time


class Torn:
    def __del__(self):
        os.write(1, b"torn down\n")


def tell_the_end():
    atexit.register(print, "at exit")
    sys.modules[__name__].torn = Torn()
    threading.Thread(target=lambda: (time.sleep(0.05), os.write(1, b"a thread is waited for\n"))).start()
    sys.stdout.write("not flushed by me")


def leaves(event, context):
    tell_the_end()
    sys.exit(3)


def leaves_with_words(event, context):
    tell_the_end()
    sys.exit("these words")


def leaves_without_status(event, context):
    tell_the_end()
    sys.exit()


def is_interrupted(event, context):
    atexit.register(print, "at exit")
    sys.stdout.write("not flushed by me")
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(10)


def breaks_off(event, context):
    tell_the_end()
    os._exit(5)


def breaks_its_pipe(event, context):
    reader, writer = os.pipe()
    os.close(reader)
    os.write(writer, b"x")


def raises_what_nobody_catches(event, context):
    tell_the_end()
    raise BaseException("nobody")


def cannot_flush(event, context):
    sys.stdout.stream.write("x")
    os.close(1)
    sys.exit(0)


def is_terminated(event, context):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(10)


def forks(event, context):
    pid = os.fork()
    if pid == 0:
        sys.exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
