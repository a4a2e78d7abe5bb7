#!/bin/bash
# Bad input and bad luck: what cannot be read is unknown, what cannot be done is refused by name, nothing is ever called met
# for it, no file is lost or cut short, and the daemon goes on.
# Usage: broken.sh [SUITE]
# shellcheck disable=SC2016,SC2317  # what is quoted is for the node; what seems unreachable is called by name
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=../lib/cluster.sh
source "$scenarios/../lib/cluster.sh"
# shellcheck source=../lib/independent.sh
source "$scenarios/../lib/independent.sh"

suite=${1:-bookworm}
tried() { on nuc01 'journalctl -q --no-pager -u nucprep-refresh -o cat' | grep -cE 'Failed with result|Deactivated successfully|Finished' || true; }
tried_more_than() { test "$(tried)" -gt "$1"; }
nothing_installed() { ! on nuc01 'dpkg-query -W kubeadm kubelet kubectl 2>/dev/null | grep "[0-9]"'; }
# same FILE: byte for byte as the copy of it in /root.
same() { on nuc01 "cmp $1 /root/$(basename "$1").broken"; }
# repaired SENTENCE: the node is well again once the daemon has looked.
repaired() {
    look_again nuc01
    eventually 180 "$1" all_met nuc01
}

must "a bare node of $suite boots" lab up 1 --suite "$suite"
cluster_configuration 1 >"$scratch/nucprep.toml"
configure "$scratch/nucprep.toml" cluster.toml nuc01

# -- A repository that cannot be trusted, or is not there
lab repository unsigned
must 'the package installs' lab install nuc01
for trouble in unsigned expired foreign dead; do
    lab repository "$trouble"
    before=$(tried)
    [[ $trouble == unsigned ]] || look_again nuc01
    eventually 240 "$trouble: apt is asked" tried_more_than "$before"
    expect "$trouble: nothing comes from it" nothing_installed
    expect "$trouble: the packages are not called met" open nuc01 package-versions
    expect_fails "$trouble: the node is not ready" on nuc01 'nucprep report'
    note "$(verdicts nuc01 --findings package-versions)"
done
expect_no_output_like 'nothing was trusted for the sake of it' 'trusted|allow-unauthenticated|allow-insecure' on nuc01 'grep -rhv "^#" /etc/apt/sources.list* /etc/apt/apt.conf.d || true'

# -- Somebody else works with packages
cat >"$scratch/lock.pl" <<'LOCK'
use Fcntl;
open(my $lock, "+<", "/var/lib/dpkg/lock-frontend") or die;
my $whole = pack("s! s! x![q] q q i x![q]", F_WRLCK, 0, 0, 0, 0);
fcntl($lock, F_SETLK, $whole) or die "the lock is taken: $!";
sleep 600;
LOCK
lab put nuc01 "$scratch/lock.pl" /root/lock.pl
on nuc01 'systemd-run -q --collect --unit=holder perl /root/lock.pl'
lab repository signed
look_again nuc01
eventually 60 'the lock is seen' on nuc01 'journalctl -q -o cat -u nucprepd -u nucprep-provision | grep -qi lock || nucprep status | grep -qi lock || nucprep plan | grep -qi lock'
expect 'while somebody holds it, nothing is installed' nothing_installed
# However often it is refused, it is no failure.
for number in 1 2 3 4 5 6; do
    eventually 60 "it is looked again, $number" on nuc01 'touch /var/lib/dpkg/nuclab && rm /var/lib/dpkg/nuclab && nucprep status --fresh >/dev/null'
done
expect_output 'who holds it is told' "process [0-9]+ \\(perl\\) holds (the lock of dpkg|dpkg's lock)" on nuc01 'nucprep status'
expect 'and nobody takes it away' on nuc01 'systemctl is-active holder && test -e /var/lib/dpkg/lock-frontend'
on nuc01 'systemctl stop holder'
eventually 240 'when it is free, the node becomes ready' all_met nuc01
expect_equal 'with exactly what was asked for' "$(held_at "$wanted_version")" "$(versions nuc01)"

# -- A key that apt may not read
keyring=/etc/apt/keyrings/kubernetes-apt-keyring.gpg
on nuc01 "chmod 0600 $keyring"
eventually 60 'a key that only root may read is not called good' is unmet nuc01 apt-key
expect_output 'and the user of apt is named' '_apt' verdicts nuc01 --findings apt-key
expect_output 'apt says so too' 'not readable|NO_PUBKEY|Permission denied' on nuc01 'apt-get update 2>&1 || true'
on nuc01 "chmod 0644 $keyring && apt-get update -q"
eventually 60 'with the mode that is told the node is ready again' all_met nuc01

# -- Packages that are lost while nobody offers them: apt has kept what it fetched, and knows its digests
lab repository dead
without_daemon nuc01 'apt-mark unhold kubelet kubeadm kubectl && dpkg --purge kubeadm kubectl kubelet' >"$scratch/purged"
expect 'purged: they are gone' nothing_installed
# The script of the kubelet's package starts a unit that comes after the daemon: were the daemon not up while apt is at work,
# each would wait for the other until the daemon's patience of five minutes ends.
expect 'purged: nobody waits for the daemon while it waits for apt' on nuc01 'timeout 150 systemctl restart nucprepd'
eventually 180 'purged: they come back from what apt has kept' all_met nuc01
expect_equal 'purged: exactly what was asked for, and held' "$(held_at "$wanted_version")" "$(versions nuc01)"
lab repository signed

# -- Files that make no sense
containerd=$(on nuc01 'systemctl show -p MainPID --value containerd')
on nuc01 'cp -p /etc/containerd/config.toml /root/config.toml && printf "[plugins\nversion = \"\n" >>/etc/containerd/config.toml && cp /etc/containerd/config.toml /root/config.toml.broken'
look_again nuc01
expect 'containerd: what does not parse is not called met' open nuc01 containerd-systemd-cgroup
expect 'containerd: its file is kept byte for byte' same /etc/containerd/config.toml
expect_equal 'containerd: and it runs on' "$containerd" "$(on nuc01 'systemctl show -p MainPID --value containerd')"
on nuc01 'cp -p /root/config.toml /etc/containerd/config.toml'
repaired 'containerd: a good file is good again'

on nuc01 'cp -p /etc/hosts /root/hosts && yes "# nothing of interest, many times over" | head -c 100M >>/etc/hosts'
look_again nuc01
expect 'hosts: 100 MB are unknown' is unknown nuc01 hosts-entries
expect_equal 'hosts: and stay 100 MB' "$((100 * 1024 * 1024))" "$(on nuc01 'echo $(($(stat -c %s /etc/hosts) - $(stat -c %s /root/hosts)))')"
on nuc01 'cat /root/hosts >/etc/hosts'
repaired 'hosts: the old file is good again'

on nuc01 'printf "127.0.0.1 localhost\n" >/srv/hosts && cp /srv/hosts /root/hosts.broken && ln -sf /srv/hosts /etc/hosts'
look_again nuc01
expect 'hosts: a link out of /etc is not followed into a repair' open nuc01 hosts-entries
expect_equal 'hosts: the link is kept' /srv/hosts "$(on nuc01 'readlink /etc/hosts')"
expect 'hosts: what it leads to as well' same /srv/hosts
on nuc01 'rm /etc/hosts && cp -p /root/hosts /etc/hosts'
repaired 'hosts: a file in its place is good again'

on nuc01 'printf "nuc\001\n" >/etc/hostname && cp /etc/hostname /root/hostname.broken'
look_again nuc01
eventually 60 'hostname: a control character is put right, or not called met' eval \
    'open nuc01 hostname || test "$(on nuc01 "cat /etc/hostname")" = nuc01'
on nuc01 'hostnamectl set-hostname nuc01'
repaired 'hostname: the right name is good again'

on nuc01 'head -c 4096 /dev/urandom >/etc/apt/sources.list.d/junk.list && cp /etc/apt/sources.list.d/junk.list /root/junk.list.broken'
look_again nuc01
expect 'apt: sources that do not parse are not called met' open nuc01 apt-repository
expect 'apt: they are kept' same /etc/apt/sources.list.d/junk.list
on nuc01 'rm /etc/apt/sources.list.d/junk.list'
repaired 'apt: without them all is good again'

on nuc01 'cp -p /var/lib/dpkg/status /root/status && sed -i "/^Package: socat\$/,/^\$/s/^Status: .*/Status: install ok half-configured/" /var/lib/dpkg/status'
look_again nuc01
expect 'dpkg: a package in the middle of its installation is not called met' open nuc01 package-system-healthy
expect 'dpkg: nobody configures it unasked' on nuc01 'grep -q half-configured /var/lib/dpkg/status'
expect_output 'dpkg: and the command is told' 'dpkg --configure -a' on nuc01 'nucprep status'
# The same with an order of ours under way, as a power cut leaves it.
on nuc01 'systemctl stop nucprepd 2>/dev/null; echo "NUCPREP_PACKAGES=\"socat\"" >/var/lib/nucprep/package-order && systemctl start nucprepd'
eventually 120 'dpkg: what an order of ours left is finished by itself' all_met nuc01
expect_fails 'dpkg: and the order is over' on nuc01 'test -e /var/lib/nucprep/package-order'

# -- A writer that takes its time: it writes in place, with pauses, while one look after the other comes
on nuc01 'cp -p /etc/fstab /root/fstab.written && echo "# first" >>/root/fstab.written && date +%s >/root/mark
    { cat /root/fstab.written; echo "/dev/vdz none swap sw 0 0"; for number in 1 2 3 4 5; do sleep 0.8; echo "# line $number"; done; } >/etc/fstab &
    while kill -0 $! 2>/dev/null; do nucprep status --fresh >/dev/null || true; done; wait'
eventually 60 'writer: its swap line is taken out once it has closed the file' on nuc01 'grep -q "^#.*/dev/vdz none swap" /etc/fstab'
expect_equal 'writer: every line that it wrote is in the file' "$(on nuc01 'cat /root/fstab.written; printf "# line %d\n" 1 2 3 4 5')" "$(on nuc01 'grep -v /dev/vdz /etc/fstab')"
expect_output 'writer: why the change had to wait is told' '/etc/fstab: (another process has it open for writing|it has changed since it was read)' on nuc01 'journalctl -q -o cat -t nucprepd --since "@$(cat /root/mark)"'
eventually 30 'writer: nothing is left beside the file' on nuc01 'test -z "$(find /etc -name ".*.nucprep.*")"'
on nuc01 'sed -i "/vdz/d; /^# first$/d; /^# line [1-5]$/d" /etc/fstab'
repaired 'writer: without its lines all is good again'

# -- Places where nothing can be written
without_daemon nuc01 'rm /etc/apt/preferences.d/nucprep && mount --bind /etc/apt /etc/apt && mount -o remount,bind,ro /etc/apt'
look_again nuc01
eventually 60 'read-only: a pin that cannot be written is not called met' open nuc01 apt-pins
expect_fails 'read-only: and is not there' on nuc01 'test -e /etc/apt/preferences.d/nucprep'
on nuc01 'umount /etc/apt'
repaired 'read-only: writable again, it is written'

# systemd starts no sandbox on a full disk, so the daemon has to run before. What is appended fits into the file's last block.
on nuc01 'cp -p /etc/hosts /root/hosts.broken
    dd if=/dev/zero of=/second.img bs=1M count=16 status=none && chmod 0600 /second.img && mkswap -q /second.img
    fallocate -l "$(df --output=avail -B1 / | tail -n 1)" /filler; dd if=/dev/zero of=/filler2 bs=64k status=none; dd if=/dev/zero of=/filler3 bs=1k status=none
    for number in $(seq 2000); do echo x >/filler.$number || break; done 2>/dev/null; true'
expect_fails 'full: the disk is' on nuc01 'echo more >/filler.more'
on nuc01 'echo "/second.img none swap sw 0 0" >>/etc/fstab && cp /etc/fstab /run/fstab.broken'
eventually 60 'full: a line that cannot be taken out is not called met' open nuc01 swap-off
on nuc01 'swapon /second.img && sleep 10'
expect 'full: still not' open nuc01 swap-off
expect 'full: no file is cut short' on nuc01 'cmp /etc/fstab /run/fstab.broken && cmp /etc/hosts /root/hosts.broken'
expect_equal 'full: nothing is left of the attempt' '' "$(on nuc01 'find /etc -name ".*.nucprep.*"')"
on nuc01 'rm -f /filler*'
repaired 'full: with room, it is taken out'
expect_equal 'full: and the area ended' '' "$(on nuc01 'swapon --noheadings')"

# -- A containerd that does not come back
without_daemon nuc01 'mkdir -p /etc/systemd/system/containerd.service.d && printf "[Service]\nExecStartPre=/bin/sh -c \"! grep -q \\\\\"SystemdCgroup = true\\\\\" /etc/containerd/config.toml\"\n" \
    >/etc/systemd/system/containerd.service.d/site.conf &&
    sed -i "s/SystemdCgroup = true/SystemdCgroup = false/" /etc/containerd/config.toml && cp -p /etc/containerd/config.toml /root/config.toml.broken &&
    systemctl daemon-reload && systemctl restart containerd && date +%s >/root/mark'
look_again nuc01
eventually 240 'containerd fails with the edit' on nuc01 'journalctl -q -o cat -u containerd --since "@$(cat /root/mark)" | grep -q "Control process exited"'
eventually 120 'the old file is put back' same /etc/containerd/config.toml
eventually 120 'and containerd runs with it' on nuc01 "systemctl is-active containerd && ctr plugins ls | grep -E '^io\\.containerd\\.grpc\\.v1 +cri .* ok'"
expect 'it is not called met' open nuc01 containerd-systemd-cgroup
expect_output 'and somebody says so' 'containerd' on nuc01 'journalctl -q -o cat -t nucprepd -p warning --since "@$(cat /root/mark)"'
run=$(on nuc01 'systemctl show -p InvocationID --value containerd')
look=$(on nuc01 'nucprep status --json' | grep -o '"generation":[0-9]*')
on nuc01 'touch /etc/hosts'
sleep 45
expect_equal "it is not tried again for the sake of it (before: $look)" "$run" "$(on nuc01 'systemctl show -p InvocationID --value containerd')"
# An hour later: until then three restarts are enough.
on nuc01 'rm -r /etc/systemd/system/containerd.service.d && systemctl daemon-reload && rm /var/lib/nucprep/containerd-restarts'
repaired 'without what broke it, it is done'
expect 'containerd: the edit is there' dump_is_right nuc01

# -- All that time
expect_equal 'the daemon never ended by itself' '' "$(on nuc01 'journalctl -q --no-pager -o cat -u nucprepd | grep -E "Main process exited|Failed with result|Watchdog|oom"' || true)"
finish
