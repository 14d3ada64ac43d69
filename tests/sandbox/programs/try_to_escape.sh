# Try what the tools of the system can do with privileges; print the name of each attempt that went well.
attempt() {
  name=$1
  shift
  "$@" </dev/null >/dev/null 2>&1 && printf '%s; ' "$name"
}
attempt 'new user namespace' unshare --user --map-root-user true
attempt 'new network namespace' unshare --net true
attempt 'new process namespace' unshare --fork --pid true
attempt 'mount' mount -t tmpfs none /tmp
attempt 'mount again' mount -o remount,rw /
attempt 'bind' mount --bind /tmp /etc
attempt 'unmount' umount /proc
attempt 'namespaces of process 1' nsenter --target 1 --all true
attempt 'namespaces of the parent' nsenter --target $PPID --mount true
attempt 'change root' chroot /tmp true
attempt 'become root' su -c true
attempt 'device' mknod /tmp/device b 7 0
attempt 'loop device' losetup --find /tmp
attempt 'secrets' cat /etc/shadow
attempt 'process 1' cat /proc/1/environ
attempt 'root of process 1' ls /proc/1/root/
attempt 'kill process 1' kill -9 1
attempt 'kernel messages' dmesg
attempt 'kernel setting' sh -c 'echo 1 >/proc/sys/kernel/sysrq'
attempt 'oom score' sh -c 'echo -1000 >/proc/self/oom_score_adj'
attempt 'name of the host' hostname mine
attempt 'time' date --set=2014-11-13
attempt 'addresses that are not random' setarch -R true
attempt 'more descriptors' sh -c 'ulimit -n 4096'
attempt 'core files' sh -c 'ulimit -c 1000'
attempt 'cgroup' sh -c 'ls -d /sys/fs/cgroup/*'
attempt 'interface' ip link add mine type dummy
echo 'that was all'
