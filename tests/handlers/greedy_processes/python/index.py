import subprocess


def handler(event, context):
    finished = subprocess.run(["/bin/sh", "/var/task/breed.sh"], stderr=subprocess.DEVNULL)
    return "refused" if finished.returncode else "nothing"
