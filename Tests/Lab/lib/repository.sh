# shellcheck shell=bash
# What the nodes install from: a Kubernetes repository of stand-ins and a small Debian repository, both signed by keys made
# for this lab and served over HTTP on the bridge.

repository=$state/repository
repository_address=10.77.0.1

# stand_in NAME VERSION DEPENDENCIES FOLDER: a package made of the files in FOLDER, named and versioned as upstream's.
stand_in() {
    local name=$1 version=$2 dependencies=$3 folder=$4 architecture
    architecture=$(dpkg --print-architecture)
    mkdir -p "$folder/DEBIAN"
    {
        printf 'Package: %s\nVersion: %s\nArchitecture: %s\n' "$name" "$version" "$architecture"
        printf 'Maintainer: The lab <root@nuclab.invalid>\nSection: admin\nPriority: optional\n'
        [[ -z $dependencies ]] || printf 'Depends: %s\n' "$dependencies"
        printf 'Description: stand-in for %s\n It has its name, version and dependencies, and programs that tell their version.\n' "$name"
    } >"$folder/DEBIAN/control"
    # The lab may be built under any umask and owner of files.
    chmod -R u=rwX,go=rX "$folder"
    dpkg-deb --root-owner-group -Zgzip -z1 --build "$folder" "$pool/${name}_${version}_$architecture.deb" >/dev/null
}

# program FOLDER NAME: a program from standard input.
program() {
    mkdir -p "$1/usr/bin"
    { printf '#!/bin/sh\n' && cat; } >"$1/usr/bin/$2"
    chmod 0755 "$1/usr/bin/$2"
}

# The kubelet as its package brings it: enabled and started, and, as long as nobody gave it a configuration, ending and
# starting again for ever.
kubelet_unit() {
    local folder=$1 script
    mkdir -p "$folder/usr/lib/systemd/system" "$folder/DEBIAN"
    cat >"$folder/usr/lib/systemd/system/kubelet.service" <<-'UNIT'
		[Unit]
		Description=Stand-in for the kubelet
		Wants=network-online.target
		After=network-online.target

		[Service]
		ExecStart=/usr/bin/kubelet
		Restart=always
		StartLimitInterval=0
		RestartSec=10

		[Install]
		WantedBy=multi-user.target
	UNIT
    # shellcheck disable=SC2016  # for dpkg
    script='#!/bin/sh
set -e
if [ "$1" = configure ]; then
    deb-systemd-helper enable kubelet.service >/dev/null
    if [ -d /run/systemd/system ]; then
        systemctl --system daemon-reload
        deb-systemd-invoke restart kubelet.service >/dev/null || true
    fi
fi'
    printf '%s\n' "$script" >"$folder/DEBIAN/postinst"
    chmod 0755 "$folder/DEBIAN/postinst"
}

# Names, versions and dependencies are those of the community's repository of 1.28, and of a newer minor to be kept from.
make_stand_ins() {
    local target=$1 root=$2 pool=$1/packages version short
    mkdir -p "$pool"
    program "$root/cri-tools" crictl <<<'echo "crictl version v1.28.0"'
    stand_in cri-tools 1.28.0-1.1 '' "$root/cri-tools"
    # Only its files' names count: a scenario that starts a pod brings real ones.
    for short in bandwidth bridge host-local loopback portmap; do
        program "$root/plugins" "$short" <<<'echo "a stand-in" >&2; exit 1'
    done
    mkdir -p "$root/kubernetes-cni/opt/cni"
    mv "$root/plugins/usr/bin" "$root/kubernetes-cni/opt/cni/bin"
    stand_in kubernetes-cni 1.2.0-2.1 '' "$root/kubernetes-cni"
    for version in 1.28.1-1.1 1.28.2-1.1 1.29.0-1.1; do
        short=v${version%-*}
        # shellcheck disable=SC2016  # for the program
        program "$root/kubelet-$version" kubelet <<<'[ "${1:-}" != --version ] || { echo "Kubernetes '"$short"'"; exit; }
[ -e /var/lib/kubelet/config.yaml ] || { echo "cannot load /var/lib/kubelet/config.yaml: no such file" >&2; exit 1; }
exec sleep infinity'
        kubelet_unit "$root/kubelet-$version"
        stand_in kubelet "$version" 'iptables (>= 1.4.21), kubernetes-cni (>= 1.2.0), iproute2, socat, util-linux, mount, ebtables, ethtool, conntrack' \
            "$root/kubelet-$version"
        program "$root/kubectl-$version" kubectl <<<'echo "Client Version: '"$short"'"'
        stand_in kubectl "$version" '' "$root/kubectl-$version"
        program "$root/kubeadm-$version" kubeadm <<<'echo "'"$short"'"'
        stand_in kubeadm "$version" 'kubelet (>= 1.19.0), kubectl (>= 1.19.0), kubernetes-cni (>= 1.1.1), cri-tools (>= 1.28.0)' \
            "$root/kubeadm-$version"
    done
    (cd "$target" && apt-ftparchive packages packages >Packages)
}

stand_ins_path() {
    printf '%s/kubernetes-%s' "$cache" "$(declare -f stand_in program kubelet_unit make_stand_ins | sha256sum | cut -c1-12)"
}

# with_keys COMMAND...: runs it with the lab's keys in the reach of gpg. Its agent listens on a socket, whose path may not be
# long, and must be gone afterwards.
with_keys() (
    GNUPGHOME=$(mktemp -d /tmp/nuclab.XXXXXX)
    export GNUPGHOME
    trap 'gpgconf --kill all; rm -rf "$GNUPGHOME"' EXIT
    exec 8>&- 9>&-
    printf '%s\n' batch quiet no-auto-check-trustdb 'trust-model always' 'digest-algo SHA512' >"$GNUPGHOME/gpg.conf"
    [[ ! -e $repository/keys ]] || gpg --import "$repository/keys"
    "$@"
)

make_repository_keys() {
    local name
    for name in kubernetes debian; do
        gpg --generate-key <<-KEY
			%no-protection
			Key-Type: RSA
			Key-Length: 3072
			Key-Usage: sign
			Name-Real: $name
			Name-Email: $name@nuclab.invalid
			Expire-Date: 2y
			%commit
		KEY
    done 2>/dev/null
    gpg --export-secret-keys >"$repository/keys"
    gpg --export debian@nuclab.invalid >"$repository/debian.gpg"
    gpg --armor --export kubernetes@nuclab.invalid >"$repository/www/kubernetes/Release.key"
    gpg --with-colons --fingerprint kubernetes@nuclab.invalid | awk -F: '$1 == "fpr" { print $10; exit }' >"$repository/fingerprint"
}

# sign FOLDER KEY: makes InRelease and Release.gpg of its Release.
sign() {
    rm -f "$1/InRelease" "$1/Release.gpg"
    gpg --local-user "$2@nuclab.invalid" --clear-sign -o "$1/InRelease" "$1/Release"
    gpg --local-user "$2@nuclab.invalid" --armor --detach-sign -o "$1/Release.gpg" "$1/Release"
}

# make_release FOLDER NAME [OPTION...]: the list of what is in a repository, with hashes.
make_release() {
    local folder=$1 name=$2 text
    shift 2
    rm -f "$folder/Release" "$folder/InRelease" "$folder/Release.gpg"
    text=$(cd "$folder" && apt-ftparchive -o "APT::FTPArchive::Release::Origin=$name" -o "APT::FTPArchive::Release::Label=$name" \
        -o "APT::FTPArchive::Release::Architectures=$(dpkg --print-architecture)" "$@" release .)
    printf '%s\n' "$text" >"$folder/Release"
}

repository_up() {
    local suite=$1 www=$repository/www dists deadline=$((SECONDS + 30))
    dists=$www/debian/dists/$suite
    rm -rf "$repository"
    mkdir -p "$www/kubernetes" "$dists/main/binary-$(dpkg --print-architecture)"
    with_keys make_repository_keys
    ln -s "$(stand_ins_path)/packages" "$www/kubernetes/packages"
    cp "$(stand_ins_path)/Packages" "$www/kubernetes/Packages"
    ln -s "$(packages_path "$suite")/pool" "$www/debian/pool"
    cp "$(packages_path "$suite")/Packages" "$dists/main/binary-$(dpkg --print-architecture)/Packages"
    make_release "$dists" Debian -o "APT::FTPArchive::Release::Codename=$suite" -o APT::FTPArchive::Release::Components=main
    with_keys sign "$dists" debian
    set_kubernetes signed
    serve
}

# Starts the server and returns when it answers.
serve() {
    local deadline=$((SECONDS + 30))
    process_alive "$repository/server" || setsid --fork nsenter "--net=/run/netns/$namespace" \
        "$lab_folder/lib/run-server" "$repository" "$repository_address" </dev/null >>"$repository/server.log" 2>&1 8>&- 9>&-
    until on_host_side bash -c "exec 3<>/dev/tcp/$repository_address/80" 2>/dev/null; do
        ((SECONDS < deadline)) || die "cannot serve the repositories: see $repository/server.log"
        sleep 0.1
    done
}

# set_kubernetes STATE: what a node meets at the Kubernetes repository from now on.
set_kubernetes() {
    local folder=$repository/www/kubernetes
    [[ ! -e $folder.gone ]] || mv "$folder.gone" "$folder"
    make_release "$folder" nuclab-kubernetes
    case $1 in
    signed) with_keys sign "$folder" kubernetes ;;
    unsigned) ;;
    foreign) with_keys sign "$folder" debian ;;
    expired)
        # apt ignores a list older than the one it has, so this one has to be new when it is made and old when it is read.
        make_release "$folder" nuclab-kubernetes -o APT::FTPArchive::Release::ValidTime=1
        with_keys sign "$folder" kubernetes
        sleep 2
        ;;
    gone) mv "$folder" "$folder.gone" ;;
    esac
    echo "$1" >"$repository/kubernetes"
}

repository_down() {
    kill_recorded "$repository/server"
    rm -rf "$repository"
}
