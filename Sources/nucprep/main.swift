internal import Glibc
internal import NucprepCommands

exit(await Nucprep.main(Array(CommandLine.arguments.dropFirst())))
