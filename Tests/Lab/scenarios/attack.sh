#!/bin/bash
# An unprivileged user of a node does what he can to the daemon's socket. Its memory stays flat, root is answered, what drifts
# is put right meanwhile, and the journal is quiet.
# Usage: attack.sh [SUITE]     ATTACK_SECONDS=24 for a short one (120), ATTACK_LIMIT=100 to fail when p99 is over so many ms
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

# -- What the user has: attack.pl KIND, until it is stopped
cat >"$scratch/attack.pl" <<'ATTACK'
use strict;
use warnings;
use IO::Select;
use Socket;
my ($kind) = @ARGV;
my $address = pack_sockaddr_un("/run/nucprep/nucprepd.sock");
$SIG{PIPE} = "IGNORE";
sub opened {
    socket(my $socket, AF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
    connect($socket, $address) or die "connect: $!";
    return $socket;
}
# What has hung up is replaced; nothing is read but what tells the end.
sub hold {
    my ($number, $request) = @_;
    my $held = IO::Select->new;
    while (1) {
        while ($held->count < $number) {
            my $socket = opened;
            syswrite($socket, $request) if length $request;
            $held->add($socket);
        }
        if (length $request) { sleep 1; next if time % 5; $held->remove($_) for $held->handles; next }
        for my $socket ($held->can_read(1)) { sysread($socket, my $data, 65536) or $held->remove($socket) }
    }
}
if ($kind eq "polls") {
    while (1) { syswrite(opened, "GET /v1/status?wait=60&after=x HTTP/1.1\r\n\r\n") }
} elsif ($kind eq "connections") {
    while (1) { opened }
} elsif ($kind eq "fresh") {
    while (1) {
        my $socket = opened;
        syswrite($socket, "GET /v1/status?fresh=1 HTTP/1.1\r\nConnection: close\r\n\r\n");
        1 while sysread($socket, my $data, 65536);
    }
} elsif ($kind eq "unread") {
    hold(16, "GET /v1/status HTTP/1.1\r\n\r\n" x 200);
} elsif ($kind eq "idle") {
    hold(64, "");
} elsif ($kind eq "busy") {
    # Takes the processor and leaves the daemon alone: what remains is the floor that root's call is measured against.
    while (1) { }
}
die "cannot $kind";
ATTACK

# -- What root does meanwhile: answers.pl SECONDS; a line for each call: who, status, microseconds, error
# The daemon is asked as `nucprep status` asks it, at the socket of root's own and from the connection to the end of the answer; each tenth time the program
# itself is run, whose start takes the most of its time in such a node.
cat >"$scratch/answers.pl" <<'ANSWERS'
use strict;
use warnings;
use Socket;
use Time::HiRes qw(time sleep);
my $end = time + shift;
for (my $call = 0; $call < 40 || time < $end; $call++) {
    my ($began, $who, $status, $error) = (time, "daemon", "", "");
    if ($call % 10) {
        socket(my $socket, AF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
        if (connect($socket, pack_sockaddr_un("/run/nucprep/root/nucprepd.sock"))) {
            syswrite($socket, "GET /v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            my $answer = "";
            1 while sysread($socket, $answer, 65536, length $answer);
            ($status, $error) = $answer =~ m{^HTTP/1.1 (\d+).*\}\s*$}s ? ($1 == 200 ? 0 : $1, "") : (1, length($answer) . " bytes");
        } else {
            ($status, $error) = (1, "connect: $!");
        }
    } else {
        $who = "program";
        chomp($error = `nucprep status 2>&1 >/dev/null`);
        $status = $? >> 8;
    }
    printf "%s %d %d %s\n", $who, $status, (time - $began) * 1e6, $error;
    sleep 0.05;
}
ANSWERS
# -- resident: a line each second, what the daemon has in memory, in KiB: all of it, its own, and pages of its program
cat >"$scratch/resident" <<'RESIDENT'
while pid=$(systemctl show -p MainPID --value nucprepd); do
    awk '/^(VmRSS|RssAnon|RssFile):/ { printf "%d ", $2 } END { print "" }' "/proc/$pid/status"
    sleep 1
done >/root/attack/memory
RESIDENT

# attackers KIND...: each as a process of the user, as a login of his would have it; calm ends them all.
attackers() { on nuc01 "for kind in $*; do systemd-run -q --collect --uid=attacker --slice=user-4242.slice perl /root/attack/attack.pl \$kind; done"; }
calm() { on nuc01 'systemctl stop user-4242.slice'; }
# percentile PART WHO: of the calls, in milliseconds.
percentile() { grep "^$2 " "$scratch/calls" | sort -n -k3 | awk -v part="$1" '{ value[NR] = $3 } END { n = int(NR * part / 100); printf "%.1f", value[n < NR ? n + 1 : NR] / 1000 }'; }
# measured NAME SECONDS: root's calls for that long.
measured() {
    on nuc01 "perl /root/attack/answers.pl $2" >"$scratch/calls"
    slowest=$(percentile 99 daemon)
    note "$1: root's status, p50 $(percentile 50 daemon) ms, p99 $slowest ms; with the start of nucprep p50 $(percentile 50 program) ms; $(wc -l <"$scratch/calls") calls"
}
# unanswered: root's calls that failed.
unanswered() { grep -v '^[a-z]* 0 ' "$scratch/calls" || true; }
# The figures depend on the machine, so they are printed; who has a quiet one can have them judged.
in_time() { [[ -z ${ATTACK_LIMIT:-} ]] || expect "$1: root is answered in less than $ATTACK_LIMIT ms at p99" awk "BEGIN { exit !($slowest < $ATTACK_LIMIT) }"; }
# attacked KIND...: root's calls while these go on.
attacked() {
    attackers "$@"
    measured "$*" "$part"
    in_time "$*"
    expect_equal "$*: each call of root is answered" '' "$(unanswered)"
}
drift_is_put_right() {
    on nuc01 'sysctl -qw net.ipv4.ip_forward=0'
    eventually 60 "$1: a switch that is turned off is on again" on nuc01 'test "$(cat /proc/sys/net/ipv4/ip_forward)" = 1'
}

must "a node of $suite boots" lab up 1 --suite "$suite"
# Nothing is installed and nothing restarted: what the daemon does and writes is for the attack.
printf '[policy]\nconsent = []\n' >"$scratch/quiet.toml"
configure "$scratch/quiet.toml" quiet.toml nuc01
must 'the package installs' lab install nuc01
must 'there is a user' on nuc01 'useradd --uid 4242 --create-home attacker && mkdir -m 0755 /root/attack && chmod 0711 /root'
for file in attack.pl answers.pl resident; do lab put nuc01 "$scratch/$file" "/root/attack/$file"; done
on nuc01 'chmod 0644 /root/attack/*'
eventually 120 'it looks' on nuc01 'nucprep status'
expect_equal 'nobody else may wait in the queue of root' 'Permission denied' "$(on nuc01 "setpriv --reuid=4242 --clear-groups perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0); connect(S, pack_sockaddr_un(q(/run/nucprep/root/nucprepd.sock))); print \$!'")"
eventually 60 'and keeps IPv4 forwarding on' on nuc01 'test "$(cat /proc/sys/net/ipv4/ip_forward)" = 1'

# -- The same calls on the quiet node, and beside as many processes that leave the daemon alone
part=$((seconds / 12))
measured quiet "$part"
attackers busy busy busy
measured 'busy busy busy' "$part"
calm

# -- All together first, so that what is taken once is taken; then each alone, then all together again
pid=$(on nuc01 'systemctl show -p MainPID --value nucprepd')
on nuc01 'date +%s >/root/attack/began; systemd-run -q --collect --unit=resident bash /root/attack/resident'
attacked polls connections fresh unread idle
drift_is_put_right 'all at first'
calm
for kinds in polls connections 'connections connections' 'connections connections connections' unread fresh idle; do
    # shellcheck disable=SC2086  # one word for each process
    attacked $kinds
    calm
done
((kubeadm)) && on nuc01 'install -o attacker -m 0755 /bin/sleep /home/attacker/kubeadm && systemd-run -q --collect --uid=attacker --slice=user-4242.slice /home/attacker/kubeadm 3600'
attacked polls connections fresh unread idle
drift_is_put_right "all again$( ((kubeadm)) && printf ', and a process called kubeadm')"
measured 'all, for longer' $((part * 3))
expect_equal 'all, for longer: each call of root is answered' '' "$(unanswered)"
calm

# -- What it has cost
on nuc01 'systemctl stop resident'
expect_equal 'it is the same daemon' "$pid" "$(on nuc01 'systemctl show -p MainPID --value nucprepd')"
on nuc01 'tail -n +11 /root/attack/memory' >"$scratch/memory"
# A look takes about a megabyte for as long as it lasts, so the level is what most seconds have.
read -r least level most < <(sort -n "$scratch/memory" | awk '{ all[NR] = $1 } END { print all[1], all[int((NR + 1) / 2)], all[NR] }')
note "memory in KiB (all, its own, its program's): $(on nuc01 'head -n 1 /root/attack/memory') at first, $(head -n 1 "$scratch/memory") in the tenth second, then $least to $most in all, half of the time $level or less, $(tail -n 1 "$scratch/memory") at last"
expect 'memory: flat within 1 MiB from the tenth second on' test $((most - level)) -le 1024 -a $((level - least)) -le 1024
lines=$(on nuc01 'journalctl -q -o cat -u nucprepd -t nucprepd --since "@$(cat /root/attack/began)" | wc -l')
minutes=$(on nuc01 'echo $((($(date +%s) - $(cat /root/attack/began) + 59) / 60))')
note "journal: $lines lines in $minutes minutes"
expect 'journal: fewer than ten lines a minute' test "$lines" -lt $((10 * minutes))
[[ -z ${ATTACK_MEMORY:-} ]] || cp "$scratch/memory" "$ATTACK_MEMORY"
finish
