#!/bin/bash
# The power of a node is cut in the middle of its preparation, again and again, each time from the same bare disk. After each
# cut every file is the old one or the new one, dpkg is healthy, and the node becomes ready without a hand.
# Usage: power.sh [CUTS]   (4; the moments are spread over the preparation)
# shellcheck disable=SC2016,SC2317  # what is quoted is for the node; what seems unreachable is called by name
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=../lib/cluster.sh
source "$scenarios/../lib/cluster.sh"
# shellcheck source=../lib/independent.sh
source "$scenarios/../lib/independent.sh"

cuts=${1:-4}
lab_state=$(cd "$scenarios/../../.." && pwd -P)/.lab
disk=$lab_state/nodes/nuc01/disk.cow
bare=$lab_state/nodes/nuc01/bare.cow

# The moments: what the journal or the file system of the node shows first, and how much later the power goes, in
# hundredths of a second. The first four cover the four kinds of work.
moments=(
    'packages-unpacked:grep -rqs "half-installed\|unpacked" /var/lib/dpkg/status /var/lib/dpkg/updates:0'
    'fstab-written:grep -qs "^#/swap" /etc/fstab:0'
    'containerd-restart:journalctl -q -b -o cat -u containerd | grep -q "Stopping containerd\|Stopped containerd":0'
    'key-download:systemctl is-active -q nucprep-fetch-key || test -e /run/nucprep/fetch-key.env:0'
    'packages-unpacked:grep -rqs "half-installed\|unpacked" /var/lib/dpkg/status /var/lib/dpkg/updates:60'
    'order-written:test -e /run/nucprep/provision.env:0'
    'packages-fetched:ls /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb:0'
    'packages-configured:grep -rqs "half-configured" /var/lib/dpkg/status /var/lib/dpkg/updates:0'
    'daemon-started:test -e /run/nucprep/nucprepd.sock:0'
    'daemon-started:test -e /run/nucprep/nucprepd.sock:50'
    'swap-guarded:test -e /etc/systemd/system/swap.d/50-nucprep.conf || ! grep -qs "^/swap" /etc/fstab:20'
    'hostname-set:grep -qs nuc01 /etc/hostname:0'
    'hosts-written:grep -qs "BEGIN nucprep" /etc/hosts:0'
    'module-listed:test -e /etc/modules-load.d/nucprep.conf:0'
    'sysctl-written:test -e /etc/sysctl.d/99-zz-nucprep.conf:0'
    'source-written:test -e /etc/apt/sources.list.d/kubernetes.list:0'
    'lists-fetched:test -e /run/nucprep/out/refresh || systemctl is-active -q nucprep-refresh:30'
    'containerd-edited:grep -qs "SystemdCgroup = true" /etc/containerd/config.toml:0'
    'containerd-restart:journalctl -q -b -o cat -u containerd | grep -q "Stopping containerd\|Stopped containerd":80'
    'packages-unpacked:grep -rqs "half-installed\|unpacked" /var/lib/dpkg/status /var/lib/dpkg/updates:150'
    'hold-ordered:test -e /run/nucprep/hold.env:0'
    'packages-unpacked:grep -rqs "half-installed\|unpacked" /var/lib/dpkg/status /var/lib/dpkg/updates:300'
    'pins-written:test -e /etc/apt/preferences.d/nucprep:0'
    'packages-configured:grep -rqs "half-configured" /var/lib/dpkg/status /var/lib/dpkg/updates:100'
)

# torn: the files that were neither left alone nor written whole; nothing is printed when all is well.
cat >"$scratch/torn" <<'TORN'
#!/bin/sh
# A file of ours ends with a line end and begins with who wrote it; a file of others has the lines that it had.
for file in /etc/modules-load.d/nucprep.conf /etc/sysctl.d/99-zz-nucprep.conf /etc/systemd/system/swap.d/50-nucprep.conf \
    /etc/apt/preferences.d/nucprep /etc/apt/apt.conf.d/52nucprep /etc/apt/sources.list.d/kubernetes.list; do
    test -e "$file" || continue
    head -n 1 "$file" | grep -q '^# Written by nucprepd' || echo "$file: it begins with $(head -c 40 "$file")"
    test -z "$(tail -c 1 "$file")" || echo "$file: its last line has no end"
    grep -qv '^#' "$file" || echo "$file: it says nothing"
done
sed 's|^#/swap|/swap|' /etc/fstab | cmp -s - /root/fstab.bare || echo "/etc/fstab: a line is another: $(cat /etc/fstab)"
grep -v debian /root/hosts.bare | while read -r line; do
    sed 's/[[:space:]]*$//' /etc/hosts | grep -qxF -- "$line" || echo "/etc/hosts: \"$line\" is gone"
done
if grep -q 'BEGIN nucprep' /etc/hosts && ! grep -q 'END nucprep' /etc/hosts; then echo '/etc/hosts: the block has no end'; fi
case $(cat /etc/hostname) in debian | nuc01) ;; *) echo "/etc/hostname: $(cat /etc/hostname)" ;; esac
key=/etc/apt/keyrings/kubernetes-apt-keyring.gpg
test ! -e "$key" || test -s "$key" || echo "$key: it is empty"
test ! -e /etc/containerd/config.toml || containerd -c /etc/containerd/config.toml config dump >/dev/null 2>&1 || echo '/etc/containerd/config.toml: containerd cannot read it'
dpkg --get-selections >/dev/null 2>&1 || echo "dpkg: its database cannot be read"
TORN

# Looked at in each boot before the daemon starts, which would put it right.
cat >"$scratch/nuclab-torn.service" <<'UNIT'
[Unit]
Before=nucprepd.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'sh /root/torn >/run/torn 2>&1; echo looked >>/run/torn; echo "$(dpkg --audit | grep -c "^ ") packages unfinished, $(ls /var/lib/dpkg/updates | wc -l) notes, the order $(tail -qn 1 /var/lib/nucprep/package-order 2>&1)" >/run/left'
[Install]
WantedBy=multi-user.target
UNIT

no_torn_file() {
    on nuc01 'cat /run/torn' | tee "$scratch/torn.output"
    [[ $(<"$scratch/torn.output") == looked ]]
}
healthy() { on nuc01 'test -z "$(dpkg --audit)" && test -z "$(ls /var/lib/dpkg/updates)" && apt-get check -q'; }
nothing_left() { test -z "$(on nuc01 'find /etc -xdev -name ".*.nucprep.*"; ls /var/lib/nucprep/package-order 2>/dev/null')"; }

# rewind: the node's power goes, and it starts again from the bare disk.
rewind() {
    local pid
    read -r pid _ <"$lab_state/nodes/nuc01/process" && kill -KILL "$pid" 2>/dev/null
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
    cp --sparse=always "$bare" "$disk"
    lab reboot nuc01 </dev/null
}

must 'a bare node boots' lab up 1
cluster_configuration 1 >"$scratch/nucprep.toml"
configure "$scratch/nucprep.toml" cluster.toml nuc01
lab put nuc01 "$scratch/torn" /root/torn
lab put nuc01 "$scratch/nuclab-torn.service" /etc/systemd/system/nuclab-torn.service
# A real dpkg waits for the disk; the lab's is told not to.
on nuc01 'rm -f /etc/dpkg/dpkg.cfg.d/nuclab; cp /etc/fstab /root/fstab.bare; cp /etc/hosts /root/hosts.bare; systemctl enable -q nuclab-torn'
# Installed, but not started before the disk is copied.
on nuc01 'printf "#!/bin/sh\nexit 101\n" >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d'
must 'the package installs' lab install nuc01
on nuc01 'rm /usr/sbin/policy-rc.d; systemctl stop nucprepd.service nucprepd.socket nucprep-reach.socket; systemctl disable -q nucprepd.service nucprepd.socket nucprep-reach.socket
    rm -rf /var/lib/nucprep; sync; systemctl is-active nucprepd' || true
# In order, so that the bare disk is a clean one.
on nuc01 'systemctl poweroff' || true
while kill -0 "$(cut -d" " -f1 "$lab_state/nodes/nuc01/process")" 2>/dev/null; do sleep 0.2; done
cp --sparse=always "$disk" "$bare"
must 'it starts again from its disk' lab reboot nuc01
good=0
for ((number = 0; number < cuts; number++)); do
    moment=${moments[number % ${#moments[@]}]}
    name=${moment%%:*} delay=${moment##*:} condition=${moment#*:}
    condition=${condition%:*}
    # The same moment once more comes a little later.
    delay=$((delay + 35 * (number / ${#moments[@]})))
    before=$failed began=$SECONDS
    ((number == 0)) || must "cut $((number + 1)): the node is bare again" rewind
    on nuc01 'systemctl enable -q nucprepd.service nucprepd.socket nucprep-reach.socket; sync; systemctl start --no-block nucprepd.socket nucprepd.service'
    # One line to the node, which says so the moment it sees it; the limit only ends a wait that would not.
    seen=$(on nuc01 "for n in \$(seq 1500); do if $condition; then seen=seen; break; fi; sleep 0.02; done >/dev/null 2>&1; echo \${seen:-missed}")
    sleep "$((delay / 100)).$(printf %02d $((delay % 100)))"
    title="cut $((number + 1)) ($name +${delay}0 ms, $seen)"
    must "$title: the power goes and comes back" lab cut nuc01
    expect "$title: every file is the old one or the new one" no_torn_file
    note "$title: dpkg was left with $(on nuc01 'cat /run/left' 2>/dev/null || true)"
    eventually 420 "$title: the node becomes ready without a hand" all_met nuc01
    expect "$title: dpkg is healthy" healthy
    eventually 60 "$title: nothing is left of what was interrupted" nothing_left
    expect_equal "$title: the packages are exactly those that were asked for" "$(held_at "$wanted_version")" "$(versions nuc01)"
    if ((failed == before)); then
        good=$((good + 1))
        note "$title: good after $((SECONDS - began)) s"
    else
        note "$title: BAD after $((SECONDS - began)) s"
        note "$(on nuc01 'journalctl -q -b --no-pager -t nucprepd -t nucprep-provision | tail -n 40' || true)"
    fi
done
note "$good of $cuts cuts ended well"
finish
