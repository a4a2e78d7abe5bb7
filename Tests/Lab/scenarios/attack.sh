#!/bin/bash
# An unprivileged user of a node does what he can to the daemon's socket. Its memory stays flat, root is answered, what drifts
# is put right meanwhile, and the journal is quiet.
# Usage: attack.sh [SUITE]     ATTACK_SECONDS=24 for a short one (120)
# shellcheck disable=SC2016,SC2317  # what is quoted is for the node; what seems unreachable is called by name
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=../lib/cluster.sh
source "$scenarios/../lib/cluster.sh"

suite=${1:-bookworm}
seconds=${ATTACK_SECONDS:-120}
# A kubeadm that is any user's own program stops nothing. KUBEADM=0 leaves it out.
kubeadm=${KUBEADM:-1}

# -- What the user has: attack KIND SECONDS, each ends by itself
cat >"$scratch/attack.pl" <<'ATTACK'
use strict;
use warnings;
use IO::Select;
use Socket;
my ($kind, $seconds) = @ARGV;
my $end = time + $seconds;
my $address = pack_sockaddr_un("/run/nucprep/nucprepd.sock");
$SIG{PIPE} = "IGNORE";
sub opened {
    socket(my $socket, AF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
    connect($socket, $address) or die "connect: $!";
    return $socket;
}
my $count = 0;
# What has hung up is replaced; nothing is read but what tells the end.
sub hold {
    my ($number, $request) = @_;
    my $held = IO::Select->new;
    while (time < $end) {
        while ($held->count < $number) {
            my $socket = opened;
            syswrite($socket, $request) if length $request;
            $held->add($socket);
            $count++;
        }
        if (length $request) { sleep 1; next if time % 5; $held->remove($_) for $held->handles; next }
        for my $socket ($held->can_read(1)) { sysread($socket, my $data, 65536) or $held->remove($socket) }
    }
}
if ($kind eq "polls") {
    while (time < $end) { syswrite(opened, "GET /v1/status?wait=60&after=x HTTP/1.1\r\n\r\n"); $count++ }
} elsif ($kind eq "connections") {
    while (time < $end) { opened; $count++ }
} elsif ($kind eq "fresh") {
    while (time < $end) {
        my $socket = opened;
        syswrite($socket, "GET /v1/status?fresh=1 HTTP/1.1\r\nConnection: close\r\n\r\n");
        1 while sysread($socket, my $data, 65536);
        $count++;
    }
} elsif ($kind eq "unread") {
    hold(16, "GET /v1/status HTTP/1.1\r\n\r\n" x 200);
} elsif ($kind eq "idle") {
    hold(64, "");
} elsif ($kind eq "busy") {
    # Takes the processor and leaves the daemon alone: what remains is the floor that root's call is measured against.
    while (time < $end) { $count++ for 1 .. 100_000 }
}
print "$kind $count\n";
ATTACK

# -- What root does meanwhile: answers SECONDS FILE; a line for each call, its exit status and its microseconds
cat >"$scratch/answers" <<'ANSWERS'
end=$((SECONDS + $1))
while ((SECONDS < end)); do
    began=${EPOCHREALTIME/[.,]/}
    status=0
    nucprep status >/dev/null 2>>"$2.errors" || status=$?
    echo "$status $((${EPOCHREALTIME/[.,]/} - began))"
    sleep 0.05
done >"$2"
ANSWERS
# -- resident SECONDS FILE: a line each second, what the daemon has in memory, in KiB
cat >"$scratch/resident" <<'RESIDENT'
for ((second = 0; second < $1; second++)); do
    sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$(systemctl show -p MainPID --value nucprepd)/status"
    sleep 1
done >"$2"
RESIDENT

# attackers SECONDS KIND...: each as a process of the user, in a unit as a login of his would be.
attackers() {
    local for=$1 kind
    shift
    for kind in "$@"; do
        on nuc01 "systemd-run -q --collect --uid=attacker --slice=user-4242.slice perl /root/attack/attack.pl $kind $for"
    done
}
# percentile PART FILE: of the calls, in milliseconds.
percentile() { on nuc01 "sort -n -k2 $2 | awk -v part=$1 '{ value[NR] = \$2 } END { n = int(NR * part / 100); printf \"%.1f\", value[n < NR ? n + 1 : NR] / 1000 }'"; }
# measured NAME SECONDS: root's calls for that long.
measured() {
    on nuc01 "bash /root/attack/answers $2 /root/attack/$1"
    note "$1: nucprep status of root, p50 $(percentile 50 "/root/attack/$1") ms, p99 $(percentile 99 "/root/attack/$1") ms, $(on nuc01 "wc -l </root/attack/$1") calls"
}
failures() { on nuc01 "grep -v '^0 ' /root/attack/$1 | cut -d' ' -f1 | sort | uniq -c; sort /root/attack/$1.errors 2>/dev/null | uniq -c"; }
drift_is_put_right() {
    on nuc01 'sysctl -qw net.ipv4.ip_forward=0'
    eventually 30 "$1: a switch that is turned off is on again" on nuc01 'test "$(cat /proc/sys/net/ipv4/ip_forward)" = 1'
}

must "a node of $suite boots" lab up 1 --suite "$suite"
# Nothing is installed and nothing restarted: what the daemon does and writes is for the attack.
printf '[policy]\nconsent = []\n' >"$scratch/quiet.toml"
configure "$scratch/quiet.toml" quiet.toml nuc01
must 'the package installs' lab install nuc01
must 'there is a user' on nuc01 'useradd --uid 4242 --create-home attacker && mkdir -m 0755 /root/attack && chmod 0711 /root'
for file in attack.pl answers resident; do lab put nuc01 "$scratch/$file" "/root/attack/$file"; done
on nuc01 'chmod 0644 /root/attack/*'
eventually 120 'it looks' on nuc01 'nucprep status'
eventually 60 'and keeps IPv4 forwarding on' on nuc01 'test "$(cat /proc/sys/net/ipv4/ip_forward)" = 1'

# -- The same call on the quiet node, and beside as many processes that leave the daemon alone
measured quiet 10
attackers 10 busy busy busy
measured busy 10
sleep 2

# -- Each for a while alone, then all together
pid=$(on nuc01 'systemctl show -p MainPID --value nucprepd')
on nuc01 "date +%s >/root/attack/began; systemd-run -q --collect --unit=resident bash /root/attack/resident $((seconds + 5)) /root/attack/memory"
part=$((seconds / 12))
attackers "$part" polls connections connections connections fresh unread
measured first "$part"
drift_is_put_right first
for kinds in polls connections 'connections connections' 'connections connections connections' unread fresh idle; do
    # shellcheck disable=SC2086  # one word for each process
    attackers "$part" $kinds
    measured "${kinds// /-}" "$part"
    expect_equal "$kinds: each call of root is answered" '' "$(failures "${kinds// /-}")"
done
drift_is_put_right 'after each alone'
((kubeadm)) && on nuc01 'install -o attacker -m 0755 /bin/sleep /home/attacker/kubeadm && systemd-run -q --collect --uid=attacker --slice=user-4242.slice --unit=mimic /home/attacker/kubeadm 600'
attackers $((part * 4)) polls connections fresh unread idle
measured together $((part * 3))
expect_equal 'together: each call of root is answered' '' "$(failures together)"
drift_is_put_right 'together'
((kubeadm)) && on nuc01 'systemctl stop mimic'

# -- What it has cost
eventually 60 'the attack is over' on nuc01 '! systemctl is-active resident && ! pgrep -u attacker'
expect_equal 'it is the same daemon' "$pid" "$(on nuc01 'systemctl show -p MainPID --value nucprepd')"
on nuc01 'tail -n +11 /root/attack/memory' >"$scratch/memory"
read -r least most < <(sort -n "$scratch/memory" | sed -n '1p;$p' | paste -sd' ')
note "memory: $(on nuc01 'head -n 1 /root/attack/memory') KiB at the beginning, from the tenth second on $least to $most KiB, $(head -n 1 "$scratch/memory") at first and $(tail -n 1 "$scratch/memory") at last"
expect 'memory: flat within 1 MiB to both sides' test $((most - least)) -le 2048
lines=$(on nuc01 'journalctl -q -o cat -u nucprepd -t nucprepd --since "@$(cat /root/attack/began)" | wc -l')
minutes=$(on nuc01 'echo $((($(date +%s) - $(cat /root/attack/began) + 59) / 60))')
note "journal: $lines lines in $minutes minutes"
expect 'journal: fewer than ten lines a minute' test "$lines" -lt $((10 * minutes))
finish
