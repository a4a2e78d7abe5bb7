// Feeds one fuzz target with what libFuzzer makes up: `fuzz-driver TARGET ARGUMENT…`, the arguments being libFuzzer's.
import CFuzzer
import FuzzTargets
import Glibc

/// The target, for a callback that takes no context.
nonisolated(unsafe) var chosen: FuzzTarget?

guard CommandLine.arguments.count > 1, let target = FuzzTarget.all.first(where: { $0.name == CommandLine.arguments[1] })
else {
    for target in FuzzTarget.all { print(target.name) }
    exit(CommandLine.arguments.count > 1 ? 64 : 0)
}
unsafe chosen = target
var count = CommandLine.argc - 1
// The program's name is the only argument that libFuzzer does not read, so the target stands in its place.
var words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv + 1
let status = unsafe LLVMFuzzerRunDriver(&count, &words) { data, size in
    let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    do {
        try unsafe chosen?.run(bytes)
    } catch {
        fatalError("\(error)")
    }
    return 0
}
exit(status)
