/// The two scripts that deploy runs on a node, for any POSIX shell; all that enters them is plain by its form.
enum DeployScript {
    /// The word in front of each line of ours, so that whatever else a login shell prints is passed over.
    static let mark = "nucprep-deploy"

    /// Asks what is there, as the person's own user; nothing is changed but for a folder of this run.
    static func probe(_ package: DeployPackage) -> String {
        """
        LC_ALL=C
        PATH=$PATH:/usr/sbin:/sbin
        export LC_ALL PATH
        umask 077
        say() { printf '\\n\(mark) %s %s\\n' "$1" "$2"; }
        digest() { sha256sum 2>/dev/null <"$1" | cut -c 1-64; }
        version=$(dpkg-query -W -f '${db:Status-Status} ${Version}' nucprep 2>/dev/null) || version=none
        say version "$version"
        if [ "${version#installed }" != "$version" ]; then
            v=${version#installed }
            if dpkg --compare-versions "$v" gt '\(package.version)'; then say newer yes; else say newer no; fi
        fi
        say architecture "$(dpkg --print-architecture 2>/dev/null)"
        say kept "$(digest '\(DeployPackage.folder)/nucprep_\(package.version)_\(package.architecture).deb' 2>/dev/null)"
        say configuration "$(digest '\(DeployFile.path)' 2>/dev/null)"
        say active "$(systemctl is-active nucprepd.service 2>/dev/null)"
        if [ "$(id -u)" = 0 ]; then say sudo root
        elif ! command -v sudo >/dev/null 2>&1; then say sudo none
        elif sudo -n true >/dev/null 2>&1; then say sudo free
        else say sudo password; fi
        say folder "$(mktemp -d)"
        say end end
        """
    }

    /// Puts package and configuration in place as root, in `folder`, where both lie; what it has to say is in `result`
    /// there.
    ///
    /// The configuration comes first, so that a daemon that starts for the first time has it; it is judged by the daemon's
    /// own reader before the daemon is told, and the former one comes back when it is not valid.
    static func install(_ package: DeployPackage, _ file: DeployFile, folder: String, isForced: Bool) -> String {
        """
        set -u
        LC_ALL=C
        DEBIAN_FRONTEND=noninteractive
        PATH=$PATH:/usr/sbin:/sbin
        export LC_ALL DEBIAN_FRONTEND PATH
        cd '\(folder)' || exit 1
        exec >result 2>>log
        chmod 0644 result
        say() { printf '\(mark) %s %s\\n' "$1" "$2"; }
        fail() { say failed "$1"; tail -n 3 log | while read -r line; do say log "$line"; done; exit 1; }
        digest() { sha256sum <"$1" | cut -c 1-64; }
        [ "$(digest nucprep.deb)" = \(package.digest) ] || fail 'the copy of the package is damaged or incomplete'
        [ "$(digest cluster.toml)" = \(file.digest) ] || fail 'the copy of the configuration is damaged or incomplete'
        exec 9>/run/lock/nucprep-deploy || fail 'cannot write /run/lock'
        flock -w 300 9 || fail 'another deploy is at work here; wait for it'
        target=\(DeployFile.path)
        new=/etc/nucprep/conf.d/.cluster.toml.deploy
        changed=no
        if [ ! -e $target ] || [ "$(digest $target)" != \(file.digest) ]; then
            mkdir -p /etc/nucprep/conf.d || fail 'cannot make /etc/nucprep/conf.d'
            if [ -e $target ]; then
                own=$(sed -n '2s/^# sha256 //p' $target)
                if [ "$own" != "$(tail -n +3 $target | sha256sum | cut -c 1-64)" ] && [ \(isForced ? "yes" : "no") != yes ]; then
                    fail "$target was written or edited by a person; compare it, then: nucprep deploy --force"
                fi
                cp -p $target $target.before || fail 'cannot keep the former configuration'
            fi
            cp cluster.toml $new && chmod 0644 $new && sync -f $new && mv $new $target || {
                rm -f $new
                fail 'cannot write the configuration'
            }
            changed=yes
        fi
        # What was there comes back; where no file was, it is removed.
        restore() {
            [ $changed = yes ] || return 0
            if [ -e $target.before ]; then mv $target.before $target; else rm -f $target; fi
        }
        here=$(dpkg-query -W -f '${db:Status-Status} ${Version}' nucprep 2>/dev/null) || here=none
        cached='\(DeployPackage.folder)/nucprep_\(package.version)_\(package.architecture).deb'
        installed=no
        if [ "$here" != 'installed \(package.version)' ] ||
            { [ -e "$cached" ] && [ "$(digest "$cached")" != \(package.digest) ]; }; then
            apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef \\
                -o Dpkg::Options::=--force-confold --reinstall install ./nucprep.deb >>log 2>&1 || {
                restore
                fail 'apt-get could not install the package'
            }
            installed=yes
        fi
        mkdir -p '\(DeployPackage.folder)' && chmod 0755 '\(DeployPackage.folder)' && cp nucprep.deb "$cached.new" &&
            chmod 0644 "$cached.new" && mv "$cached.new" "$cached" || fail 'cannot keep the package in \(DeployPackage.folder)'
        if [ $changed = yes ]; then
            nucprepd validate >>log 2>&1 || {
                restore
                fail 'the configuration is not valid together with the other files there; nothing of it is in force'
            }
            rm -f $target.before
        fi
        systemctl reload-or-restart nucprepd.service >>log 2>&1 || fail 'nucprepd does not start'
        say installed $installed
        say changed $changed
        say end end
        """
    }

    /// Hands back what the installation said, and removes the folder of this run.
    static func finish(folder: String) -> String { "cat '\(folder)/result' 2>/dev/null; rm -rf '\(folder)'\n" }

    /// The last value of each word that a script said, safe to print.
    static func answers(_ output: [UInt8]) -> [String: String] {
        var answers: [String: String] = [:]
        for line in String(decoding: output, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == mark else { continue }
            answers[String(parts[1])] = Sanitized(parts[2], width: 300).text
        }
        return answers
    }
}
