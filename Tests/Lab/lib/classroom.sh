# shellcheck shell=bash
# Nodes as a course leaves them, whose students come to kubeadm after labs of other subjects: the address on a bridge of Open
# vSwitch that ifupdown brings up, Docker with a container at work, a user with a password. See classroom/README.md.

classroom_user=gist

# repacked PACKAGE NAME: unpacks Debian's PACKAGE of the pool into a folder named NAME, for a package of that name.
repacked() {
    dpkg-deb -R "$pool/$1"_*.deb "$folder/$2"
    sed -i -e "s/^Package: .*/Package: $2/" -e '/^\(Source\|Built-Using\|Breaks\|Conflicts\|Maintainer\|Suggests\|Recommends\|Homepage\): /d' \
        -e '/^Depends: /s/\(containerd\|runc\) ([^)]*), //g' "$folder/$2/DEBIAN/control"
}

# fields NAME [LINE...]: more fields for a package that was repacked, which is then built.
fields() {
    local name=$1
    shift
    sed -i "/^Architecture: /a $(printf '%s\\n' 'Maintainer: The lab <root@nuclab.invalid>' "$@" | sed 's/\\n$//')" "$folder/$name/DEBIAN/control"
    dpkg-deb --root-owner-group -Zgzip -z1 --build "$folder/$name" "$folder/$name.deb" >/dev/null
}

# make_dockers PACKAGES FOLDER: containerd.io and docker-ce as Docker's own repository has them, made from Debian's programs.
# What counts is what apt and nucprepd read of them: their names and relations, where the programs lie, and the conffile.
make_dockers() {
    local pool=$1/pool folder=$2
    mkdir -p "$folder"
    repacked containerd containerd.io
    repacked runc runc
    mv "$folder/runc/usr/sbin/runc" "$folder/containerd.io/usr/bin/runc"
    sed -i -e 's/^Version: \([0-9.]*\).*/Version: \1-1/' "$folder/containerd.io/DEBIAN/control"
    cat >"$folder/containerd.io/etc/containerd/config.toml" <<-'TOML'
		# A stand-in for the file of Docker's package: one setting in force, the others shown as comments.

		disabled_plugins = ["cri"]

		#root = "/var/lib/containerd"
		#state = "/run/containerd"
		#oom_score = 0

		#[grpc]
		#  address = "/run/containerd/containerd.sock"
		#  uid = 0
		#  gid = 0
	TOML
    fields containerd.io 'Provides: containerd, runc' 'Conflicts: containerd, runc' 'Replaces: containerd, runc'
    repacked docker.io docker-ce
    sed -i -e '/^Depends: /s/$/, containerd.io (>= 1.6.4)/' "$folder/docker-ce/DEBIAN/control"
    fields docker-ce 'Conflicts: docker.io' 'Replaces: docker.io'
}

# furnish_classroom PACKAGES ROOT: makes the root file system of a node one of the course.
furnish_classroom() {
    local packages=$1 root=$2 folder=$2/var/tmp/nuclab settings
    make_dockers "$packages" "$folder"
    chroot "$root" dpkg --purge docker.io containerd runc >/dev/null
    chroot "$root" dpkg --install /var/tmp/nuclab/containerd.io.deb /var/tmp/nuclab/docker-ce.deb >/dev/null
    rm -rf "$folder"
    chroot "$root" apt-get check -qq
    # The kernel of a node has no NAT for nf_tables, and dockerd ends without one.
    chroot "$root" update-alternatives --quiet --set iptables /usr/sbin/iptables-legacy
    chroot "$root" update-alternatives --quiet --set ip6tables /usr/sbin/ip6tables-legacy
    # The address is for ifupdown and the bridge, whose database is as after these commands in a running node.
    rm "$root/etc/systemd/system/multi-user.target.wants/nuclab-network.service" "$root/etc/systemd/system/nuclab-network.service" "$root/usr/lib/nuclab/network"
    mkdir -p "$root/run/openvswitch"
    chroot "$root" ovsdb-tool create /etc/openvswitch/conf.db /usr/share/openvswitch/vswitch.ovsschema
    # Each flow that the kernel does not know goes through ovs-vswitchd, which a busy node of one processor leaves waiting for
    # half a minute: flows are kept longer, and looked over more rarely. See ovs-vswitchd.conf.db(5).
    settings='other_config:max-idle=600000 other_config:max-revalidator=10000 other_config:stats-update-interval=60000'
    settings+=' other_config:n-handler-threads=1 other_config:n-revalidator-threads=1'
    chroot "$root" ovsdb-server --unixctl=/run/openvswitch/control --remote=punix:/run/openvswitch/db.sock \
        --run="ovs-vsctl --no-wait add-br br0 -- add-port br0 vec0 -- add-port br0 vport_vFunction -- set Open_vSwitch . $settings" \
        /etc/openvswitch/conf.db
    chroot "$root" useradd --uid 1000 --create-home --shell /bin/bash --groups sudo --password "$(openssl passwd -6 "$classroom_user")" "$classroom_user"
}

# seed_classroom NODE: what differs between such nodes, over what the installer would have written.
seed_classroom() {
    local node=$1 files address name home
    files=$(node_folder "$node")/seed/files
    address=$(node_address "$node")
    name=$(printf 'nuc%03d' "${address##*.}")
    echo "$name" >"$files/etc/hostname"
    sed -i -e "s/debian/$name/" -e '/^::1/s/localhost //' "$files/etc/hosts"
    printf '10.77.0.1\tpi\n' >>"$files/etc/hosts"
    sed -i 's|^/swap\.img|/swapfile|' "$files/etc/fstab"
    # Who asks the fleet from nuc01 is that user as well, by the key that root has in the lab.
    home=$files/home/$classroom_user
    mkdir -p "$home"
    cp -R --preserve=mode "$files/root/.ssh" "$home/.ssh"
    chown -R 1000:1000 "$home"
    mkdir -p "$files/etc/network"
    cat >"$files/etc/network/interfaces" <<-INTERFACES
		# interfaces(5) file used by ifup(8) and ifdown(8)
		source /etc/network/interfaces.d/*
		auto lo
		iface lo inet loopback

		auto br0
		iface br0 inet static
		    address $address
		    netmask 255.255.255.0
		    gateway 10.77.0.1

		auto vec0
		iface vec0 inet manual

		auto vport_vFunction
		iface vport_vFunction inet manual
		    pre-up ip tuntap add vport_vFunction mode tap
		    up ip link set dev vport_vFunction up
		    post-down ip link del dev vport_vFunction
	INTERFACES
}

# begin_course NODE UFW: the container of an earlier lab, as its students start it: a port of the node, and no restart policy.
# With UFW 1 the firewall as well, with no more rules than a page of the course has, and the one that lets the lab in.
begin_course() {
    node_ssh "$1" 'set -e
        systemctl start docker
        tar -C / -c bin/busybox | docker import - course >/dev/null
        docker run -d --init --name broker -p 8888:8888 course /bin/busybox httpd -f -p 8888 -h /bin >/dev/null' </dev/null || return
    # shellcheck disable=SC2016  # for the node
    (($2 == 0)) || node_ssh "$1" 'set -e
        for rule in 22/tcp 6443/tcp 2379:2380/tcp; do ufw allow "$rule" >/dev/null; done
        ufw --force enable >/dev/null' </dev/null
}
