"""A tree that looks like a node to be judged: swap in fstab, modules not listed, the folders of a Debian system."""

FILES = {
    "etc/fstab": "UUID=6b1c0f0e-2f0f-4a43-9c55-0d9a3b3a7f10 / ext4 errors=remount-ro 0 1\n/swap.img none swap sw 0 0\n",
    "etc/modules": "# /etc/modules\n",
    "etc/modules-load.d/k8s.conf": "overlay\n",
    "etc/modprobe.d/blacklist.conf": "blacklist pcspkr\n",
    "etc/hostname": "bench\n",
    "etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n',
    "proc/swaps": "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n",
    "proc/meminfo": "MemTotal:        8000000 kB\nMemAvailable:    6000000 kB\n",
    "proc/cmdline": "BOOT_IMAGE=/boot/vmlinuz-6.1.0-28-amd64 root=/dev/sda1 ro quiet\n",
    "proc/filesystems": "nodev\tsysfs\nnodev\toverlay\n\text4\n",
    "proc/sys/kernel/random/boot_id": "5f1d0c7a-9e3b-4f62-b1a4-d8c05e7f9a13\n",
    "proc/sys/kernel/modules_disabled": "0\n",
    "proc/sys/kernel/hostname": "bench\n",
}
FOLDERS = [
    "run", "sys/module", "usr/lib/modules-load.d", "usr/lib/modprobe.d", "etc/systemd/system", "usr/lib/systemd/system",
]
# The answers that are no file, beside the tree.
MACHINE = ""


def make_root(folder):
    root = folder / "tree" / "root"
    for name in FOLDERS:
        (root / name).mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root.parent / "machine.toml").write_text(MACHINE)
    return root
