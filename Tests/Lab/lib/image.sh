# shellcheck shell=bash
# Images: one base image for each suite and kind of node, cached under the hash of everything that went into it.

# plain, as Debian's installer leaves a machine, or classroom: a folder of that name has what it has besides.
kind=plain

# The mirror this machine's own apt uses for Debian, so that a build needs no access the machine does not already have;
# nothing where apt knows none: mmdebstrap then takes its own.
debian_mirror() {
    # shellcheck disable=SC2016  # the dollars are apt's
    apt-get indextargets --format '$(CREATED_BY)|$(LABEL)|$(REPO_URI)' 2>/dev/null |
        awk -F'|' '$1 == "Packages" && ($2 == "Debian" || $2 == "" && $3 ~ /\/debian\/?$/) { print $3; exit }' || true
}

# The names in a list and in the kind's own, without their comments.
package_names() {
    local list
    for list in "$lab_folder/$1" "$lab_folder/$kind/$1"; do
        [[ ! -e $list ]] || sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$list"
    done
}

# The folders of files for the nodes, the kind's own last.
guest_folders() {
    local folder
    for folder in guest "$kind/guest"; do
        [[ ! -d $lab_folder/$folder ]] || echo "$lab_folder/$folder"
    done
}

# Two hashes, because unpacking packages takes most of a minute and everything after it a few seconds.
packages_hash() { { echo "$1"; package_names packages; package_names repository/debian; declare -f make_packages; } | sha256sum | cut -c1-12; }

image_hash() {
    {
        packages_hash "$1"
        "$kernel" --version
        declare -f make_image
        [[ $kind != classroom ]] || declare -f repacked fields make_dockers furnish_classroom
        guest_folders | while read -r folder; do
            (cd "$folder" && find . ! -type d -printf '%p %l\n' | sort && find . -type f -print0 | sort -z | xargs -0 sha256sum)
        done
    } | sha256sum | cut -c1-12
}

# The name of what is made for a suite: the kind's too, unless it is the plain one.
made_for() {
    local extra=-$kind
    [[ $kind != plain ]] || extra=
    echo "$1$extra"
}

packages_path() { printf '%s/%s-%s.packages' "$cache" "$(made_for "$1")" "$(packages_hash "$1")"; }
image_path() { printf '%s/%s-%s.img' "$cache" "$(made_for "$1")" "$(image_hash "$1")"; }

# Makes a folder: the root file system as root.tar, and the packages that the nodes may install later in pool, with their
# index. Both come from one look at the mirror, so what is offered fits what is installed.
make_packages() {
    local suite=$1 target=$2 scratch=$3 mirror offered options=()
    mkdir -p "$target/pool/partial"
    # The mirror of the development suite may lag behind the date its index promises.
    [[ $suite != sid ]] || options+=(--aptopt='Acquire::Check-Valid-Until "false"')
    apt-config dump | grep -E '^Acquire::(http|https)::' >"$scratch/apt.conf" || true
    mirror=$(debian_mirror)
    offered=$(package_names repository/debian | paste -sd' ')
    # Reinstalling, because some of them are there already and are offered all the same.
    # shellcheck disable=SC2016  # the hook's shell knows the names
    TARGET=$target OFFERED=$offered mmdebstrap --quiet --mode=root --variant=minbase --format=tar \
        --include="$(package_names packages | paste -sd,)" --aptopt="$scratch/apt.conf" "${options[@]}" \
        --customize-hook='APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -q -y -o Dir::Cache::archives="$TARGET/pool" \
            -o APT::Install-Recommends=false --download-only --reinstall install $OFFERED >"$TARGET/apt.log" 2>&1 ||
            { cat "$TARGET/apt.log" >&2; exit 1; }' \
        "$suite" "$target/root.tar" ${mirror:+"deb $mirror $suite main"}
    rm -rf "$target/pool/partial" "$target/pool/lock" "$target/apt.log"
    chmod 0755 "$target" "$target/pool"
    (cd "$target" && apt-ftparchive packages pool >Packages)
}

make_image() {
    local packages=$1 target=$2 root=$3 version unit folder
    version=$("$kernel" --version)
    tar -C "$root" --numeric-owner --xattrs --xattrs-include='*' -xf "$packages/root.tar"
    # What this machine needed to fetch packages is not part of a node, and the node reaches no mirror.
    rm -f "$root"/etc/apt/apt.conf.d/99mmdebstrap "$root"/etc/dpkg/dpkg.cfg.d/99mmdebstrap "$root"/etc/apt/sources.list
    rm -f "$root"/etc/ssh/ssh_host_* "$root"/etc/hostname "$root"/etc/machine-id "$root"/var/lib/dbus/machine-id
    rm -f "$root"/etc/resolv.conf
    while read -r folder; do
        cp -R --no-dereference --preserve=mode,links "$folder/." "$root"
    done < <(guest_folders)
    mkdir -p "$root/lib/modules"
    cp -R "/usr/lib/uml/modules/$version" "$root/lib/modules/$version"
    depmod -b "$root" "$version"
    # The options of the kernel, where distributions have them.
    mkdir -p "$root/boot"
    zcat /usr/share/doc/user-mode-linux/config.gz >"$root/boot/config-$version"
    for unit in modprobe@drm.service modprobe@efi_pstore.service e2scrub_reap.service \
        apt-daily.timer apt-daily-upgrade.timer; do
        ln -sf /dev/null "$root/etc/systemd/system/$unit"
    done
    # Not behind a condition with && or ||, where bash would go on after a failed step.
    case $kind in
    classroom) furnish_classroom "$packages" "$root" ;;
    esac
    # Or systemd thinks at every boot that /usr is newer, and makes users and files again.
    touch "$root/etc/.updated" "$root/var/.updated"
    truncate -s 4G "$target"
    mke2fs -q -t ext4 -L nuclab -d "$root" "$target"
}

# Runs a maker and moves its result into place: a cache never holds half an image. Called plainly, never behind if or ||,
# where bash would go on after a failed step of the maker.
cached() {
    local target=$1
    shift
    [[ ! -e $target ]] || return 0
    work=$(mktemp -d "$cache/work.XXXXXX")
    mkdir "$work/root"
    "$@" "$work/result" "$work/root"
    mv "$work/result" "$target"
    rm -rf "$work"
}

# build_partitioned IMAGE: says where the same root lies as the first partition of a disk with a GPT, and 64 MiB of swap as
# the second; made once.
build_partitioned() {
    local image=$1 target=${1%.img}-gpt.img work root
    if [[ ! -e $target ]]; then
        work=$(mktemp "$cache/work.XXXXXX")
        root=$(($(stat -c %s "$image") / 1048576))
        truncate -s "$((root + 66))M" "$work"
        printf 'label: gpt\nstart=1MiB, size=%dMiB, type=L, name=root\nsize=64MiB, type=S, name=swap\n' "$root" | sfdisk -q "$work" >&2
        dd if="$image" of="$work" bs=1M seek=1 conv=notrunc,sparse status=none
        truncate -s 64M "$work.swap"
        mkswap -q "$work.swap"
        dd if="$work.swap" of="$work" bs=1M seek="$((root + 1))" conv=notrunc status=none
        rm "$work.swap"
        chmod 0644 "$work"
        mv "$work" "$target"
    fi
    echo "$target"
}

build_image() (
    suite=$1 name=$(made_for "$1") started=$SECONDS work=
    image=$(image_path "$suite")
    packages=$(packages_path "$suite")
    if [[ -e $image && -e $packages && -e $(stand_ins_path) ]]; then
        say "the image of $name is there: $image"
        exit 0
    fi
    mkdir -p "$cache"
    # One builder for each, also among checkouts that share a cache.
    exec 7>"$cache/$name.lock"
    flock --exclusive 7
    trap '[[ -z $work || ! -e $work ]] || { rm -rf "$work"; say "cannot make the image of $name"; }' EXIT
    [[ -e $packages ]] || say "fetching the packages of $name"
    cached "$packages" make_packages "$suite"
    cached "$image" make_image "$packages"
    cached "$(stand_ins_path)" make_stand_ins
    say "made the image of $name in $((SECONDS - started)) s: $image"
)
