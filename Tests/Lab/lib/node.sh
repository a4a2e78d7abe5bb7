# shellcheck shell=bash
# One node: its seed, its process, its way up and down.

# The files that make a copy of the image this node; copied over its root on the first boot.
seed_node() {
    local node=$1 suite=$2 swap_disk=$3 gpt=$4 folder files keys=$state/ssh
    folder=$(node_folder "$node")
    echo /dev/ubda >"$folder/root"
    ((gpt == 0)) || echo /dev/ubda1 >"$folder/root"
    files=$folder/seed/files
    mkdir -p "$files"/etc/{apt/sources.list.d,nuclab,ssh} "$files/usr/share/keyrings" "$files/root/.ssh"
    chmod 0700 "$files/root" "$files/root/.ssh"
    # As Debian's installer leaves them: all of one name, and no node knows another's.
    echo debian >"$files/etc/hostname"
    cat >"$files/etc/hosts" <<-HOSTS
		127.0.0.1	localhost
		127.0.1.1	debian

		# The following lines are desirable for IPv6 capable hosts
		::1     localhost ip6-localhost ip6-loopback
		ff02::1 ip6-allnodes
		ff02::2 ip6-allrouters
	HOSTS
    cat >"$files/etc/fstab" <<-FSTAB
		# <file system> <mount point> <type> <options> <dump> <pass>
		$(<"$folder/root") / ext4 errors=remount-ro 0 1
	FSTAB
    ((gpt)) || echo '/swap.img none swap sw 0 0' >>"$files/etc/fstab"
    node_sources "$suite" "$files/etc/apt"
    install -m 0644 "$repository/debian.gpg" "$files/usr/share/keyrings/nuclab-archive-keyring.gpg"
    tr -d - </proc/sys/kernel/random/uuid >"$files/etc/machine-id"
    node_address "$node" >"$files/etc/nuclab/address"
    install -m 0600 "$keys/host-$node" "$files/etc/ssh/ssh_host_ed25519_key"
    install -m 0644 "$keys/host-$node.pub" "$files/etc/ssh/ssh_host_ed25519_key.pub"
    cat "$keys/lab.pub" "$keys/control.pub" >"$files/root/.ssh/authorized_keys"
    if [[ $node == nuc01 ]]; then
        install -m 0600 "$keys/control" "$files/root/.ssh/id_ed25519"
        install -m 0644 "$keys/control.pub" "$files/root/.ssh/id_ed25519.pub"
        install -m 0600 "$keys/known_hosts" "$files/root/.ssh/known_hosts"
    fi
    if ((swap_disk)); then
        local uuid
        uuid=$(</proc/sys/kernel/random/uuid)
        truncate -s 64M "$folder/swap.disk"
        mkswap -q -U "$uuid" "$folder/swap.disk"
        echo "UUID=$uuid none swap sw 0 0" >>"$files/etc/fstab"
    fi
}

# seed_second_card NODE: the address of its second card, the last part as that of the first.
seed_second_card() {
    local folder address
    folder=$(node_folder "$1")
    address=10.78.0.$((10 + 10#${1#nuc}))
    touch "$folder/second-card"
    echo "$address" >"$folder/seed/files/etc/nuclab/second-address"
    [[ ! -e $folder/seed/files/etc/network/interfaces ]] ||
        printf '\nauto vec1\niface vec1 inet static\n    address %s\n    netmask 255.255.255.0\n' "$address" >>"$folder/seed/files/etc/network/interfaces"
}

# node_sources SUITE FOLDER: where the node's apt finds Debian, in the form that the suite's installer writes.
node_sources() {
    local keyring=/usr/share/keyrings/nuclab-archive-keyring.gpg
    if [[ $1 == bookworm ]]; then
        echo "deb [signed-by=$keyring] http://$repository_address/debian $1 main" >"$2/sources.list"
    else
        printf '%s\n' 'Types: deb' "URIs: http://$repository_address/debian" "Suites: $1" 'Components: main' "Signed-By: $keyring" \
            >"$2/sources.list.d/debian.sources"
    fi
}

node_alive() { process_alive "$(node_folder "$1")/process"; }

# The kernel keeps a node's memory in a file: shared memory where there is room for it, else the disk.
memory_folder() {
    local free
    free=$(df --output=avail -BM /dev/shm 2>/dev/null | tail -n 1 | tr -dc 0-9)
    if [[ ${free:-0} -ge $memory ]]; then
        echo /dev/shm
    else
        echo "$state"
    fi
}

start_node() {
    local node=$1 folder arguments
    folder=$(node_folder "$node")
    rm -rf "$folder/umid" "$folder/process"
    mkdir "$folder/umid"
    # Paths are relative to the node's folder: a space in the checkout's path would end a word of the kernel's command line.
    arguments=(
        "mem=${memory}M" "uml_dir=umid" "umid=$node" "root=$(<"$folder/root")" rw init=/usr/lib/nuclab/init
        "ubd0=disk.cow,base.img" con=null "con0=fd:0,fd:1" con1=null ssl=null
        "vec0:transport=tap,ifname=$node,depth=128,gro=1" "hostfs=seed"
    )
    [[ ! -e $folder/swap.disk ]] || arguments+=(ubd1=swap.disk)
    [[ ! -e $folder/second-card ]] || arguments+=("vec1:transport=tap,ifname=$node-2,depth=128,gro=1")
    TMPDIR=$(memory_folder) setsid --fork nsenter "--net=/run/netns/$namespace" unshare --pid --fork --kill-child -- \
        "$lab_folder/lib/run-node" "$folder" "$kernel" "${arguments[@]}" </dev/null >>"$folder/runner.log" 2>&1 8>&- 9>&-
}

# Waits until ssh answers with a boot other than the one named (none at first). The limit is generous: two cores may be shared.
wait_for_ssh() {
    local node=$1 before=${2:-} deadline=$((SECONDS + 600)) boot
    while ((SECONDS < deadline)); do
        boot=$(node_ssh_anew "$node" cat /proc/sys/kernel/random/boot_id 2>/dev/null </dev/null) || boot=
        [[ -n $boot && $boot != "$before" ]] && return
        node_alive "$node" || sleep 1
        node_alive "$node" || break
        sleep 0.5
    done
    node_failed "$node"
}

node_failed() {
    local log
    log=$(node_folder "$1")/console.log
    say "cannot reach $1: the end of $log follows"
    tail -n 25 "$log" >&2 || true
    return 1
}

boot_id() { node_ssh "$1" cat /proc/sys/kernel/random/boot_id </dev/null; }

# Says how the node's boot ended; degraded is an answer, not a failure of the lab.
settle() {
    local node=$1 began=$2 word
    word=$(node_ssh "$node" timeout 240 systemctl is-system-running --wait </dev/null) || true
    say "$node is up after $((SECONDS - began)) s, system ${word:-unknown}"
    [[ $word == running ]] || node_ssh "$node" systemctl --failed --no-legend --plain </dev/null >&2 || true
}

# Power off in order, and be sure that it happened.
power_off() {
    local node=$1 deadline=$((SECONDS + 120))
    node_ssh "$node" systemctl poweroff </dev/null >/dev/null 2>&1 || true
    while node_alive "$node"; do
        ((SECONDS < deadline)) || { node_failed "$node"; return 1; }
        sleep 0.2
    done
}

cut_power() { kill_recorded "$(node_folder "$1")/process"; }
