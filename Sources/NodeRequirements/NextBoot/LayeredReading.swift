internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// One file of a layered folder, with what it says.
struct LayeredText: Equatable, Sendable {
    var path: FilePath
    var text: String
}

extension HostView {
    /// The files of `X.d` that the next boot reads, in its order; `/run` is empty then and left out.
    ///
    /// - Parameters:
    ///   - folder: the folder below `/etc` and the others, such as `modules-load.d`.
    ///   - suffix: what the names end in.
    /// - Returns: the files with their texts.
    /// - Throws: when one is there and cannot be read.
    /// - Source: rule P1; systemd `src/basic/constants.h`, `CONF_PATHS`, versions 249 to 257.
    func filesAtBoot(in folder: FilePath, suffix: String = ".conf") async throws(ObservationError)
        -> [LayeredText]
    {
        var layers: [LayeredFiles.Layer] = []
        for parent in try await bootFolders() {
            let directory = parent.pushing(folder)
            let names = try await files.names(in: directory)
            var masks: Set<String> = []
            for name in names where try await files.kind(of: directory.appending(name)) == .link("/dev/null") {
                masks.insert(name)
            }
            layers.append(LayeredFiles.Layer(directory: directory.string, names: names, masks: masks))
        }
        var texts: [LayeredText] = []
        for file in LayeredFiles(layers, suffix: suffix).files {
            let path = FilePath(file.directory).appending(file.name)
            // A link that leads nowhere is there by name and says nothing, as for systemd.
            if let text = try await files.text(at: path) { texts.append(LayeredText(path: path, text: text)) }
        }
        return texts
    }

    /// The parents of the layered folders on disk, the one that wins first.
    ///
    /// `/lib` counts where it is a folder of its own.
    func bootFolders() async throws(ObservationError) -> [FilePath] {
        let merged: [FilePath] = ["/etc", "/usr/local/lib", "/usr/lib"]
        return try await files.kind(of: "/lib") == .directory ? merged + ["/lib"] : merged
    }

    /// The command line of this boot, which the next one is taken to have too.
    ///
    /// - Source: rule P9.
    func commandLine() async throws(ObservationError) -> KernelCommandLine {
        KernelCommandLine(parsing: try await files.text(at: "/proc/cmdline") ?? "")
    }
}

/// The inputs that stand for a folder below each of the parents, the folders right below it included.
///
/// Where `/lib` is a link the last one is a second name of the one before.
func layeredInputs(_ folder: FilePath) -> [Input] {
    let parents: [FilePath] = ["/etc", "/usr/local/lib", "/usr/lib", "/lib"]
    return parents.map { .twoLevels($0.pushing(folder)) }
}
