# shellcheck shell=bash
# Paths, messages, locks and the check for tools: what every part of the lab needs.

lab_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
checkout=$(cd "$lab_folder/../.." && pwd -P)
state=$checkout/.lab
cache=${NUCPREP_LAB_CACHE:-$state/cache}
memory=${NUCPREP_LAB_MEMORY:-768}
kernel=linux.uml
# One name for each checkout: two checkouts run their labs side by side, each with the same addresses inside its namespace.
namespace=nucprep-lab-$(printf '%s' "$checkout" | sha256sum | cut -c1-8)

say() { printf 'lab: %s\n' "$*" >&2; }

die() {
    say "$*"
    exit 1
}

usage_error() {
    say "$*"
    say "see: lab help"
    exit 64
}

# Where a node lives, and what it is called: nuc01 has 10.77.0.11, as the cluster of the README.
node_folder() { printf '%s/nodes/%s' "$state" "$1"; }
node_address() { printf '10.77.0.%d' "$((10 + 10#${1#nuc}))"; }

check_node() {
    [[ $1 =~ ^nuc[0-9][0-9]$ ]] || usage_error "cannot use node '$1': names are nuc01, nuc02, ..."
    [[ -d $(node_folder "$1")/seed ]] || die "cannot find node $1: it is not up (lab status)"
}

check_tools() {
    local tool missing=()
    for tool in "$kernel" mmdebstrap apt-ftparchive gpg python3 mke2fs sfdisk depmod ip nsenter unshare setsid flock ssh scp ssh-keygen; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    ((${#missing[@]} == 0)) || die "cannot find ${missing[*]}: apt-get install user-mode-linux mmdebstrap apt-utils gnupg python3 e2fsprogs fdisk kmod iproute2 util-linux openssh-client"
    ((EUID == 0)) || die "cannot make namespaces and taps: run the lab as root"
    [[ -c /dev/net/tun ]] || die "cannot make taps: there is no /dev/net/tun"
}

# Descriptor 9 is the checkout's lock (shared for work on one node, exclusive for the whole lab), 8 the node's.
# Whatever is started to stay must close both, or it would hold the lock for as long as it runs.
lock_lab() {
    mkdir -p "$state"
    exec 9>"$state/lock"
    flock --wait 900 "$1" 9 || die "cannot get the lock of this checkout: another lab command has held it for 15 minutes"
}

lock_node() {
    lock_lab --shared
    exec 8>"$(node_folder "$1")/lock"
    flock --wait 300 --exclusive 8 || die "cannot get the lock of $1: another lab command has held it for 5 minutes"
}
