# shellcheck shell=bash
# The lab's network: one namespace with a bridge and a tap for each node, and the keys and connections of ssh in it.

network_up() {
    ip netns add "$namespace"
    ip -n "$namespace" link set lo up
    ip -n "$namespace" link add lab0 type bridge
    ip -n "$namespace" address add 10.77.0.1/24 dev lab0
    ip -n "$namespace" link set lab0 up
    local node
    for node in "$@"; do
        ip -n "$namespace" tuntap add dev "$node" mode tap
        ip -n "$namespace" link set "$node" master lab0 up
    done
}

# A second card of each node, on a bridge of its own.
second_network_up() {
    ip -n "$namespace" link add lab1 type bridge
    ip -n "$namespace" address add 10.78.0.1/24 dev lab1
    ip -n "$namespace" link set lab1 up
    local node
    for node in "$@"; do
        ip -n "$namespace" tuntap add dev "$node-2" mode tap
        ip -n "$namespace" link set "$node-2" master lab1 up
    done
}

namespace_there() { [[ -e /run/netns/$namespace ]]; }

# Taps, bridge and addresses end with their namespace.
network_down() {
    ! namespace_there || ip netns delete "$namespace"
}

on_host_side() { ip netns exec "$namespace" "$@" 8>&- 9>&-; }

make_key() { ssh-keygen -q -t ed25519 -N '' -C "$2" -f "$1"; }

# Host keys are made here and given to the nodes, so both known_hosts files are right before the first connection:
# nothing in the lab ever trusts a key it happens to see.
make_keys() {
    local node keys=$state/ssh
    mkdir -m 0700 "$keys"
    make_key "$keys/lab" 'lab host side'
    make_key "$keys/control" 'root@nuc01'
    for node in "$@"; do
        make_key "$keys/host-$node" "root@$node"
        printf '%s,%s %s\n' "$node" "$(node_address "$node")" "$(cut -d' ' -f1,2 "$keys/host-$node.pub")"
    done >"$keys/known_hosts"
    {
        cat <<-CONFIG
			Host *
			    User root
			    IdentityFile "$keys/lab"
			    IdentitiesOnly yes
			    UserKnownHostsFile "$keys/known_hosts"
			    GlobalKnownHostsFile /dev/null
			    StrictHostKeyChecking yes
			    BatchMode yes
			    ConnectTimeout 15
			    ServerAliveInterval 5
			    ServerAliveCountMax 24
			    LogLevel ERROR
		CONFIG
        # A handshake costs a node a second or more. A path to a socket has at most 107 bytes, and ssh adds 17 while it makes it.
        if ((${#keys} < 80)); then
            printf '    %s\n' 'ControlMaster auto' "ControlPath \"$keys/%n\"" 'ControlPersist yes'
        fi
        for node in "$@"; do
            printf 'Host %s\n    HostName %s\n' "$node" "$(node_address "$node")"
        done
    } >"$keys/config"
}

node_ssh() { on_host_side ssh -F "$state/ssh/config" "$@"; }

# By a connection of its own: whether the node answers now, which a standing connection cannot tell.
node_ssh_anew() { node_ssh -o ControlPath=none "$@"; }

# Ends the standing connection to a node that is gone.
forget_connection() { node_ssh -O exit "$1" 2>/dev/null || true; }

# A command of several words arrives with exactly these words; a single word is a line for the node's shell, as with ssh.
node_run() {
    local node=$1
    shift
    if (($# <= 1)); then
        node_ssh "$node" "$@"
    else
        node_ssh "$node" "$(printf '%q ' "$@")"
    fi
}
