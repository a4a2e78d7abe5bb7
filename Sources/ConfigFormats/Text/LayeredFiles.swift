/// Which files of a layered folder like `modules-load.d` count, and in which order.
///
/// A file hides every file of the same name in a later folder. One that is empty or a link to `/dev/null` hides too and
/// says nothing itself. What is left is read by name, bytewise, whatever the folder.
///
/// - Source: systemd `src/basic/conf-files.c`, sysctl.d(5) "Configuration directories and precedence".
package struct LayeredFiles: Sendable, Equatable {
    /// One file in one folder.
    package struct File: Sendable, Equatable {
        /// The folder, as the caller named it.
        package let directory: String
        package let name: String

        /// Names a file.
        package init(directory: String, name: String) {
            self.directory = directory
            self.name = name
        }
    }

    /// The files of one folder.
    package struct Layer: Sendable, Equatable {
        package let directory: String

        /// Every name found there.
        package let names: [String]

        /// Those of them that are empty or a link to `/dev/null`.
        package let masks: Set<String>

        /// Names a folder and what was found in it, in any order.
        package init(directory: String, names: [String], masks: Set<String> = []) {
            self.directory = directory
            self.names = names
            self.masks = masks
        }
    }

    /// A file that does not count because another has its name.
    package struct Shadow: Sendable, Equatable {
        package let file: File
        package let hiddenBy: File
    }

    /// The files that count, in the order of reading.
    package let files: [File]

    /// The files that only hide, by name.
    package let masks: [File]

    /// The files that are hidden, by name, each with the one that hides it.
    package let shadows: [Shadow]

    /// Judges the folders.
    ///
    /// - Parameters:
    ///   - layers: the folders, the one that wins first: `/etc`, `/run`, `/usr/local/lib`, `/usr/lib`.
    ///   - suffix: what a name must end in; names that begin with a dot never count.
    package init(_ layers: [Layer], suffix: String = ".conf") {
        // Strings compare by meaning, names of files by bytes.
        var winners: [[UInt8]: (file: File, isMask: Bool)] = [:]
        var shadows: [Shadow] = []
        for layer in layers {
            let masks = Set(layer.masks.map { Array($0.utf8) })
            for name in layer.names {
                let bytes = Array(name.utf8)
                guard bytes.count > suffix.utf8.count, bytes.suffix(suffix.utf8.count).elementsEqual(suffix.utf8),
                    bytes.first != UInt8(ascii: ".")
                else { continue }
                let file = File(directory: layer.directory, name: name)
                if let winner = winners[bytes] {
                    shadows.append(Shadow(file: file, hiddenBy: winner.file))
                } else {
                    winners[bytes] = (file, masks.contains(bytes))
                }
            }
        }
        files = winners.values.filter { !$0.isMask }.map(\.file).sorted(by: Self.precedes)
        masks = winners.values.filter(\.isMask).map(\.file).sorted(by: Self.precedes)
        self.shadows = shadows.sorted { Self.precedes($0.file, $1.file) }
    }

    private static func precedes(_ first: File, _ second: File) -> Bool {
        first.name.utf8.lexicographicallyPrecedes(second.name.utf8)
    }
}
