/// The keywords of sshd_config(5), lower case: those of OpenSSH 7.4 to 10.0, obsolete ones that are passed over included,
/// and those that Debian, Ubuntu and the patches for GSSAPI add.
///
/// - Source: openssh `servconf.c` (`keywords`); Debian openssh `debian/patches/gssapi.patch`, `debian-banner.patch`.
enum SSHDaemonKeywords {
    static let all: Set<String> = Set(
        """
        acceptenv addressfamily afstokenpassing allowagentforwarding allowgroups allowstreamlocalforwarding
        allowtcpforwarding allowusers authenticationmethods authorizedkeyscommand authorizedkeyscommanduser
        authorizedkeysfile authorizedkeysfile2 authorizedprincipalscommand authorizedprincipalscommanduser
        authorizedprincipalsfile banner casignaturealgorithms challengeresponseauthentication channeltimeout checkmail
        chrootdirectory ciphers clientalivecountmax clientaliveinterval compression debianbanner denygroups denyusers
        disableforwarding dsaauthentication exposeauthinfo fingerprinthash forcecommand gatewayports
        gssapiauthentication gssapicleanupcredentials gssapicleanupcreds gssapikexalgorithms gssapikeyexchange
        gssapistorecredentialsonrekey gssapistrictacceptorcheck gssusesessionccache hostbasedacceptedalgorithms
        hostbasedacceptedkeytypes hostbasedauthentication hostbasedusesnamefrompacketonly hostcertificate hostdsakey
        hostkey hostkeyagent hostkeyalgorithms ignorerhosts ignoreuserknownhosts include ipqos
        kbdinteractiveauthentication keepalive kerberosauthentication kerberosgetafstoken kerberosorlocalpasswd
        kerberostgtpassing kerberosticketcleanup kexalgorithms keyregenerationinterval listenaddress logingracetime
        loglevel logverbose macs match maxauthtries maxsessions maxstartups modulifile pamauthenticationviakbdint
        passwordauthentication permitemptypasswords permitlisten permitopen permitrootlogin permittty permittunnel
        permituserenvironment permituserrc persourcemaxstartups persourcenetblocksize persourcepenalties
        persourcepenaltyexemptlist pidfile port printlastlog printmotd protocol pubkeyacceptedalgorithms
        pubkeyacceptedkeytypes pubkeyauthentication pubkeyauthoptions rdomain refuseconnection rekeylimit
        requiredrsasize reversemappingcheck revokedkeys rhostsauthentication rhostsrsaauthentication
        rsaauthentication securitykeyprovider serverkeybits setenv showpatchlevel skeyauthentication sshdauthpath
        sshdsessionpath streamlocalbindmask streamlocalbindunlink strictmodes subsystem syslogfacility tcpkeepalive
        trustedusercakeys unusedconnectiontimeout usedns uselogin usepam useprivilegeseparation verifyreversemapping
        versionaddendum x11displayoffset x11forwarding x11uselocalhost xauthlocation
        """.split { $0.isWhitespace }.map(String.init))
}
