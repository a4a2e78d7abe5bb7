internal import Glibc
internal import NucprepDaemon

exit(await NucprepDaemonProgram.main(Array(CommandLine.arguments.dropFirst())))
