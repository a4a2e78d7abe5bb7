#!/bin/bash
# A node with two network cards: which of them is its own, in what nucprep says of the node's address.
# shellcheck disable=SC2016,SC2317  # what is quoted is for the node; what seems unreachable is called by name
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=../lib/cluster.sh
source "$scenarios/../lib/cluster.sh"

address_is() { [[ $(verdicts nuc01 node-address) == "node-address $1 "* ]] || { verdicts nuc01 --findings node-address; return 1; }; }
found() { verdicts nuc01 --findings node-address; }

must 'a node with two cards boots' lab up 1 --cards 2
expect_output 'both have an address' '10\.78\.0\.11/24' on nuc01 'ip -br -4 address show vec1'
expect 'and lead to the host' on nuc01 'ping -c 1 -W 10 -q 10.78.0.1 && ping -c 1 -W 10 -q 10.77.0.1'
cluster_configuration 1 >"$scratch/cluster.toml"
observe_only >>"$scratch/cluster.toml"
configure "$scratch/cluster.toml" cluster.toml nuc01
must 'the package installs' lab install nuc01

# -- The default route decides
eventually 120 'the address on the way out is met' address_is met
expect_output 'and the card is named' '10\.77\.0\.11 on vec0' found
expect_output 'the report of a node with two cards is as of one' '^NO-GO' on nuc01 'nucprep report'
on nuc01 'ip route replace default via 10.78.0.1 dev vec1'
eventually 120 'once the other card leads out, it is not' address_is unmet
expect_output 'both cards are named' 'other-link .*10\.77\.0\.11 is on vec0, and the default route leaves by vec1' found
expect_output 'and the word for kubeadm' 'kubeadm init --apiserver-advertise-address=10\.77\.0\.11' on nuc01 'nucprep status --json'
on nuc01 'ip route add default via 10.77.0.1 dev vec0 metric 100'
expect 'a worse way out changes nothing' on nuc01 'nucprep status --fresh --json >/dev/null'
eventually 120 'the better one counts' address_is unmet
on nuc01 'ip route del default via 10.78.0.1 dev vec1'
eventually 120 'when it is gone, the other does' address_is met

# -- The configuration names the second card
sed -i 's/10\.77\.0\.11/10.78.0.11/' "$scratch/cluster.toml"
configure "$scratch/cluster.toml" cluster.toml nuc01
on nuc01 'systemctl reload nucprepd'
eventually 120 'an address on the card that does not lead out is not met' address_is unmet
expect_output 'both cards are named again' 'other-link .*10\.78\.0\.11 is on vec1, and the default route leaves by vec0' found
on nuc01 'ip link set vec1 down && ip address flush dev vec1'
eventually 120 'without it nothing tells which node this is' address_is unknown
expect_output 'and the addresses that are there are named' "none of this machine.s addresses \\(10\\.77\\.0\\.11" found
must 'the node reboots' lab reboot nuc01
eventually 120 'after the boot both cards are there again' eval 'found | grep -q "10.78.0.11 is on vec1, and the default route leaves by vec0"'
finish
