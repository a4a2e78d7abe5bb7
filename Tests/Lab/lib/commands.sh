# shellcheck shell=bash
# The commands of the lab. Their names, arguments and exit status are a contract: tests, scripts and people call them.

lab_help() {
    cat <<'HELP'
usage: lab COMMAND ...
  build [--suite bookworm|trixie|sid] [--classroom]
                                          make or reuse the image
  up [N] [--suite S] [--swap-disk] [--gpt] [--cards 2] [--classroom [--ufw]]
                                          stop what runs, boot fresh nodes nuc01 to nucN (3), return when all answer;
                                          --gpt: the root disk has a partition table with a swap partition, fstab no swap;
                                          --cards 2: a second network card, in 10.78.0.0/24;
                                          --classroom: as a course leaves them, with Docker and a bridge of Open vSwitch
                                          (bookworm; see classroom/README.md); --ufw: and its firewall on
  ssh NODE [COMMAND...]                   run a command as root; its exit status is passed through
  put NODE FILE DESTINATION               copy a file in
  install NODE... [--deb FILE]            install the package; without FILE the newest in .deb/
  reboot NODE                             power off in order and start again; return when ssh answers
  cut NODE                                cut the power and start again; return when ssh answers
  host COMMAND...                         run a command on the host side of the lab's network
  journal NODE [ARGUMENTS...]             journalctl in the node
  repository [STATE|fingerprint]          what nodes meet at the Kubernetes repository: signed, unsigned, expired, foreign
                                          (signed by another key), gone (404), dead (nobody serves); or its key
  status                                  what runs
  down                                    stop everything
One word after ssh NODE is a line for the node's shell; several words arrive as they are.
Environment: NUCPREP_LAB_CACHE, folder of the images (.lab/cache); NUCPREP_LAB_MEMORY, MiB for each node (768).
HELP
}

need_value() { (($# > 1)) || usage_error "$1 needs a value"; }

check_suite() {
    case $1 in
    bookworm | trixie | sid) ;;
    *) usage_error "cannot use suite '$1': it is bookworm, trixie or sid" ;;
    esac
    [[ $kind == plain || $1 == bookworm ]] || usage_error "cannot use suite '$1' with --classroom: it is bookworm"
}

lab_build() {
    local suite=bookworm
    while (($#)); do
        case $1 in
        --suite) need_value "$@" && suite=$2 && shift 2 ;;
        --classroom) kind=classroom && shift ;;
        *) usage_error "cannot use '$1' with build" ;;
        esac
    done
    check_suite "$suite"
    check_tools
    build_image "$suite"
}

lab_up() {
    local count=3 suite=bookworm swap_disk=0 gpt=0 cards=1 ufw=0 image began node nodes=() waits=() failed=0
    while (($#)); do
        case $1 in
        --suite) need_value "$@" && suite=$2 && shift 2 ;;
        --swap-disk) swap_disk=1 && shift ;;
        --gpt) gpt=1 && shift ;;
        --cards)
            need_value "$@"
            [[ $2 == [12] ]] || usage_error "cannot use '$2' cards: a node has 1 or 2"
            cards=$2
            shift 2
            ;;
        --classroom) kind=classroom && shift ;;
        --ufw) ufw=1 && shift ;;
        [1-9] | [1-4][0-9]) count=$1 && shift ;;
        *) usage_error "cannot use '$1' with up" ;;
        esac
    done
    check_suite "$suite"
    [[ $ufw == 0 || $kind == classroom ]] || usage_error 'cannot use --ufw without --classroom: no other node has it'
    check_tools
    lock_lab --exclusive
    build_image "$suite"
    image=$(image_path "$suite")
    ((gpt == 0)) || image=$(build_partitioned "$image")
    stop_all
    began=$SECONDS
    rm -rf "$state/nodes"
    # Whatever ends this before the nodes answer takes them along.
    trap 'exit 130' INT TERM HUP
    trap 'disown -a; stop_all' EXIT
    mapfile -t nodes < <(seq -f 'nuc%02g' "$count")
    make_keys "${nodes[@]}"
    network_up "${nodes[@]}"
    ((cards == 1)) || second_network_up "${nodes[@]}"
    repository_up "$suite"
    echo "$suite" >"$state/suite"
    for node in "${nodes[@]}"; do
        mkdir -p "$(node_folder "$node")"
        ln -s "$image" "$(node_folder "$node")/base.img"
        seed_node "$node" "$suite" "$swap_disk" "$gpt"
        case $kind in
        classroom) seed_classroom "$node" ;;
        esac
        ((cards == 1)) || seed_second_card "$node"
        start_node "$node"
    done
    for node in "${nodes[@]}"; do
        (
            record_self "$(node_folder "$node")/waiter"
            wait_for_ssh "$node" && settle "$node" "$began" && { [[ $kind != classroom ]] || begin_course "$node" "$ufw"; }
        ) 9>&- &
        waits+=($!)
    done
    for node in "${waits[@]}"; do
        wait "$node" || failed=1
    done
    ((failed == 0)) || die "cannot boot all nodes: everything is stopped, the logs are in $state/nodes"
    trap - EXIT
    say "$count nodes of $(made_for "$suite") are up after $((SECONDS - began)) s"
}

# Stops what the lab of this checkout runs, whoever started it and however that ended. The logs of dead nodes stay.
stop_all() {
    local folder pid
    rm -rf "$state"/nodes/*/seed
    for folder in "$state"/nodes/*/; do
        kill_recorded "$folder/waiter"
        kill_recorded "$folder/process"
    done
    repository_down
    if namespace_there; then
        # Only the lab puts processes there: commands of the host side, and a node that had not written its record.
        for pid in $(ip netns pids "$namespace"); do
            kill -KILL "$pid" 2>/dev/null || true
        done
        network_down
    fi
    rm -rf "$state/ssh" "$state/suite"
    rm -rf "$state"/nodes/*/{waiter,process,umid,base.img,root,second-card,disk.cow,swap.disk,lock}
}

lab_down() {
    (($# == 0)) || usage_error "cannot use '$1' with down"
    check_tools
    lock_lab --exclusive
    stop_all
}

lab_status() {
    local folder node word pid
    if ! namespace_there; then
        echo "no lab of this checkout is up"
        return
    fi
    printf '%-6s %-9s %-8s %-12s %s\n' node suite process address state
    for folder in "$state"/nodes/nuc*/; do
        node=$(basename "$folder")
        pid=-
        word=ended
        if node_alive "$node"; then
            read -r pid _ <"$folder/process"
            word=silent
            ! node_ssh_anew "$node" true </dev/null 2>/dev/null || word=answers
        fi
        printf '%-6s %-9s %-8s %-12s %s\n' "$node" "$(<"$state/suite")" "$pid" "$(node_address "$node")" "$word"
    done
}

lab_ssh() {
    (($#)) || usage_error "ssh needs a node"
    check_node "$1"
    node_run "$@"
}

lab_host() {
    (($#)) || usage_error "host needs a command"
    namespace_there || die "cannot run on the host side: no lab of this checkout is up"
    on_host_side "$@"
}

lab_repository() {
    (($# <= 1)) || usage_error "repository takes one word"
    [[ -e $repository/fingerprint ]] || die "cannot find the repositories: no lab of this checkout is up"
    case ${1:-} in
    '') printf 'http://%s/kubernetes/ %s, key %s\n' "$repository_address" "$(<"$repository/kubernetes")" "$(<"$repository/fingerprint")" ;;
    fingerprint) cat "$repository/fingerprint" ;;
    signed | unsigned | expired | foreign | gone)
        lock_lab --shared
        set_kubernetes "$1"
        serve
        ;;
    dead)
        lock_lab --shared
        kill_recorded "$repository/server"
        echo dead >"$repository/kubernetes"
        ;;
    *) usage_error "cannot make the repository '$1'" ;;
    esac
}

lab_journal() {
    (($#)) || usage_error "journal needs a node"
    check_node "$1"
    local node=$1
    shift
    node_run "$node" journalctl --no-pager "$@"
}

lab_put() {
    (($# == 3)) || usage_error "put needs a node, a file and a destination"
    check_node "$1"
    [[ -r $2 ]] || die "cannot read $2"
    on_host_side scp -q -p -r -F "$state/ssh/config" -- "$(readlink -f "$2")" "$1:$3"
}

# apt refuses to read a package from a folder its own user cannot enter, so it goes where everybody can.
install_on() {
    local node=$1 package=$2 target
    target=/var/tmp/$(basename "$package")
    lab_put "$node" "$package" "$target"
    node_run "$node" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
        apt-get -q -y --reinstall --allow-downgrades install "$target" </dev/null
    node_run "$node" rm -f "$target" </dev/null
}

lab_install() {
    local package='' nodes=() node folder job jobs=() failed=0
    while (($#)); do
        case $1 in
        --deb) need_value "$@" && package=$2 && shift 2 ;;
        *) check_node "$1" && nodes+=("$1") && shift ;;
        esac
    done
    ((${#nodes[@]})) || usage_error "install needs a node"
    if [[ -z $package ]]; then
        for node in "$checkout"/.deb/*.deb; do
            [[ $node == *-dbgsym_* || ! -e $node ]] || [[ -n $package && ! $node -nt $package ]] || package=$node
        done
        [[ -n $package ]] || die "cannot find a package in $checkout/.deb: build one, or name it with --deb"
    fi
    [[ -r $package ]] || die "cannot read $package"
    for node in "${nodes[@]}"; do
        folder=$(node_folder "$node")
        (set -e; install_on "$node" "$package") >"$folder/install.log" 2>&1 &
        jobs+=("$node:$!")
    done
    for job in "${jobs[@]}"; do
        if wait "${job#*:}"; then
            say "$(basename "$package") is installed on ${job%:*}"
            continue
        fi
        failed=1
        say "cannot install $(basename "$package") on ${job%:*}:"
        tail -n 25 "$(node_folder "${job%:*}")/install.log" >&2
    done
    return "$failed"
}

lab_reboot() { again power_off "$@"; }
lab_cut() { again cut_power "$@"; }

again() {
    local how=$1 node=${2:-} before began=$SECONDS
    (($# == 2)) || usage_error "reboot and cut need exactly one node"
    check_node "$node"
    check_tools
    lock_node "$node"
    before=$(boot_id "$node") || before=
    "$how" "$node"
    forget_connection "$node"
    start_node "$node"
    wait_for_ssh "$node" "$before"
    settle "$node" "$began"
}
