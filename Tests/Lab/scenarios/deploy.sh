#!/bin/bash
# From three bare machines to GO, from one chair: a person with a password and no SSH key installs the package on the first
# machine, and types three commands there: init, deploy, report.
# Usage: deploy.sh [SUITE]
# shellcheck disable=SC2016,SC2317  # what is quoted is for the node; what seems unreachable is called by name
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=../lib/cluster.sh
source "$scenarios/../lib/cluster.sh"
# shellcheck source=../lib/independent.sh
source "$scenarios/../lib/independent.sh"
# shellcheck source=../lib/person.sh
source "$scenarios/../lib/person.sh"

suite=${1:-bookworm}
nodes=(nuc01 nuc02 nuc03)
others=(nuc02 nuc03)
is_go() { types 'nucprep report --deadline 60' >/dev/null 2>&1; }

must "three bare nodes of $suite boot" lab up 3 --suite "$suite"
for node in "${nodes[@]}"; do
    expect "$node: gist may use sudo, with a password" add_person "$node"
done
expect_fails 'gist has no SSH key' on nuc01 'ls /home/gist/.ssh/id_*'
expect_fails 'and knows no host key' on nuc01 'test -e /home/gist/.ssh/known_hosts'

# -- The first machine: the package, and what is the lab's alone
put_package nuc01
must 'gist installs the package on nuc01' types 'sudo apt-get -q -y install ./nucprep.deb'
lab_only >"$scratch/lab.toml"
configure "$scratch/lab.toml" lab.toml nuc01

# -- The three commands
must 'init writes the cluster file' types 'sudo nucprep init --name lab5 nuc01=10.77.0.11 nuc02=10.77.0.12 nuc03=10.77.0.13'
deploys 'without a terminal deploy asks nobody, and is not done' 3 '</dev/null 2>&1 | cat; exit ${PIPESTATUS[0]}'
said 'it says that the host key is not known' 'host key is not known'
expect_fails 'nothing was copied to nuc02' on nuc02 'ls -d /tmp/tmp.* /etc/nucprep'
deploys 'deploy ends with the verdict of a ready cluster' 0 ''
said 'it offered to make a key' 'You have no SSH key'
said 'ssh showed the fingerprint' "$(on nuc02 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub' | awk '{print $2}' | sed 's/[+]/[+]/g')"
said 'sudo asked for its password there' 'sudo asks for your password there'
said 'it installed the package' 'nuc03  installed nucprep .*, wrote the configuration'
said 'one could watch what a node did' 'nuc0[123]  .*(install|restart|write|load)'
said 'its last word is the verdict' '^GO'
eventually 600 'the report is GO' is_go
expect_output 'it prints the join of each worker' 'ssh -t 10\.77\.0\.13 "sudo ' types 'nucprep report'
for node in "${nodes[@]}"; do
    expect_ready "$node" "${nodes[@]}"
done

# -- A second run changes nothing, and says so
for node in "${others[@]}"; do
    photograph "$node" /etc/nucprep /var/cache/nucprep /var/lib/dpkg/status >"$scratch/$node.before"
    on "$node" 'systemctl show -p MainPID nucprepd' >>"$scratch/$node.before"
done
deploys 'a second deploy has nothing to do' 0 ''
said 'and says so' 'nuc02  is as it should be; nothing was changed'
for node in "${others[@]}"; do
    photograph "$node" /etc/nucprep /var/cache/nucprep /var/lib/dpkg/status >"$scratch/$node.after"
    on "$node" 'systemctl show -p MainPID nucprepd' >>"$scratch/$node.after"
    expect "$node: it is as it was" diff "$scratch/$node.before" "$scratch/$node.after"
    expect_fails "$node: no folder of a run is left" on "$node" 'ls -d /tmp/tmp.*'
done

# -- What goes wrong on one node stops no other, and is finished by the next run
on nuc03 'dd if=/dev/zero of=/tmp/filler bs=1M status=none' || true
on nuc01 'sed -i "s/^name = \"lab5\"/name = \"lab6\"/" /etc/nucprep/nucprep.toml && systemctl reload nucprepd'
deploys 'with a full disk on nuc03 not all are done' 3 ''
said 'nuc02 has the new configuration' 'nuc02  wrote the configuration'
said 'the full disk is named' 'No space left on device|is its disk full'
expect 'the configuration of nuc03 is the former one' on nuc03 'grep -q lab5 /etc/nucprep/conf.d/cluster.toml'
on nuc03 'rm /tmp/filler'
deploys 'with room again it is finished' 0 'nuc03'
expect 'nuc03 has the new configuration' on nuc03 'grep -q lab6 /etc/nucprep/conf.d/cluster.toml'

# -- A machine with another host key is no node of ours
on nuc02 'rm /etc/ssh/ssh_host_*; ssh-keygen -A >/dev/null; systemctl restart ssh'
deploys 'a host key that has changed is never taken' 3 'nuc02'
said 'it says so' 'host key is not the known one'
expect_status 3 'the report is INCOMPLETE' types 'nucprep report'
finish
