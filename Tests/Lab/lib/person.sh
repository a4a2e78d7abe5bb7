# shellcheck shell=bash
# A person at nuc01: user gist, whose password is gist, at a terminal of 80 columns. For scenarios: it needs their lib.sh and lib/cluster.sh.

people=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

# add_person NODE: gist there, who may use sudo with a password.
add_person() { on "$1" 'useradd -m -s /bin/bash -G sudo gist && echo gist:gist | chpasswd'; }

# put_package NODE: the newest package lies in gist's home.
put_package() {
    local package
    package=$(find "$people/../../../.deb" -name 'nucprep_*.deb' -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-)
    lab put "$1" "$package" /home/gist/nucprep.deb
}

# types COMMAND LINE: gist types it on nuc01, and answers what is asked: passwords, host keys, and yes to everything else. It has
# answer_seconds (1800) to end.
types() {
    local line="stty cols 80 rows 40; $1"
    "$people/answers" --seconds "${answer_seconds:-1800}" 'password for gist: $=gist' "gist@10[.0-9]*'s password: \$=gist" 'yes/no/\[fingerprint\]\)\? $=yes' \
        '\[Y/n\] $=y' -- "$people/../lab" ssh nuc01 "runuser -l gist -c $(printf %q "script -qec $(printf %q "$line") /dev/null")"
}

# deploys SENTENCE STATUS ARGUMENTS: gist types deploy, which ends with this status; what it says stays in $scratch/deploy.
deploys() {
    local sentence=$1 wanted=$2 status=0
    types "nucprep deploy $3" >"$scratch/deploy" 2>&1 || status=$?
    sed -i 's/\x1b\[[0-9;]*[A-Za-z]//g' "$scratch/deploy"
    if ((status == wanted)); then ok "$sentence"; else not_ok "$sentence" "exit status $status, expected $wanted
$(tail -n 60 "$scratch/deploy")"; fi
}
# said SENTENCE PATTERN: in what the last deploy said.
said() { expect "$1" grep -qE -- "$2" "$scratch/deploy"; }

# lab_only: what is told to a node of the lab beside its cluster: where packages come from, and what it can't be.
lab_only() {
    printf '[packages]\nrepository = "http://10.77.0.1/kubernetes/"\nkey-fingerprint = "%s"\n' "$(lab repository fingerprint)"
    waivers
}
