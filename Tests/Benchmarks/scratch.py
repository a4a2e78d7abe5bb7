"""A tree that looks like a Debian node nobody has prepared: swap at the next boot, and modules that nothing loads."""

KERNEL = "6.1.0-28-amd64"
DISK = "sys/devices/pci0000:00/0000:00:17.0/ata1/block/sda"
SWAP_TYPE = "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f"
ROOT_TYPE = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709"


def _udev(kind, number):
    return (
        f"S:disk/by-partuuid/0000000{number}\nE:ID_PART_ENTRY_SCHEME=gpt\nE:ID_PART_ENTRY_TYPE={kind}\n"
        f"E:ID_PART_ENTRY_NUMBER={number}\nE:ID_PART_ENTRY_DISK=8:0\n")


FILES = {
    "etc/fstab": "UUID=6b1c0f0e-2f0f-4a43-9c55-0d9a3b3a7f10 / ext4 errors=remount-ro 0 1\n/swap.img none swap sw 0 0\n",
    "etc/modules": "# /etc/modules\n",
    "etc/modules-load.d/site.conf": "loop\n",
    "etc/modprobe.d/site.conf": "blacklist pcspkr\n",
    "etc/hostname": "bench\n",
    "etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n',
    "boot/vmlinuz-" + KERNEL: "",
    f"lib/modules/{KERNEL}/modules.builtin": "kernel/fs/ext4/ext4.ko\n",
    f"lib/modules/{KERNEL}/modules.dep": (
        "kernel/fs/overlayfs/overlay.ko:\nkernel/net/bridge/bridge.ko:\n"
        "kernel/net/bridge/br_netfilter.ko: kernel/net/bridge/bridge.ko\n"),
    "proc/swaps": "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n",
    "proc/meminfo": "MemTotal:        8000000 kB\nMemAvailable:    6000000 kB\n",
    "proc/cmdline": f"BOOT_IMAGE=/boot/vmlinuz-{KERNEL} root=/dev/sda1 ro quiet\n",
    "proc/filesystems": "nodev\tsysfs\nnodev\toverlay\n\text4\n",
    "proc/1/mountinfo": "24 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n",
    "proc/sys/kernel/random/boot_id": "5f1d0c7a-9e3b-4f62-b1a4-d8c05e7f9a13\n",
    "proc/sys/kernel/modules_disabled": "0\n",
    "proc/sys/kernel/hostname": "bench\n",
    "proc/sys/kernel/osrelease": KERNEL + "\n",
    f"{DISK}/dev": "8:0\n",
    f"{DISK}/sda1/dev": "8:1\n",
    f"{DISK}/sda1/partition": "1\n",
    f"{DISK}/sda2/dev": "8:2\n",
    f"{DISK}/sda2/partition": "2\n",
    "run/udev/data/b8:1": _udev(ROOT_TYPE, 1),
    "run/udev/data/b8:2": _udev(SWAP_TYPE, 2),
    "sys/module/ext4/parameters": "",
    "usr/lib/systemd/system/swap.target": "[Unit]\nDescription=Swaps\n",
}
FOLDERS = [
    "etc/systemd/system", "etc/nucprep", "usr/lib/modules-load.d", "usr/lib/modprobe.d", "var/lib/nucprep", "run/nucprep",
]
LINKS = {
    "sys/class/block/sda": f"../../{DISK}",
    "sys/class/block/sda1": f"../../{DISK}/sda1",
    "sys/class/block/sda2": f"../../{DISK}/sda2",
    "sys/dev/block/8:1": f"../../{DISK}/sda1",
    "sys/dev/block/8:2": f"../../{DISK}/sda2",
}


def make_root(folder):
    """Lays the tree out below `folder`."""
    root = folder / "root"
    for name in FOLDERS:
        (root / name).mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name, target in LINKS.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target.replace("sys/", "", 1))
    return root
