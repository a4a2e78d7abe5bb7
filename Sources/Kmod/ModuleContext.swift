internal import CKmod
package import SystemPackage

/// One libkmod context: the modules of one kernel, and what `modprobe.d` says of them.
///
/// Released when it goes out of scope. It reads the folder's indexes and the configuration once, when made: make a new one for each question. Not `Sendable`.
///
/// - Source: libkmod.h; systemd, src/shared/module-util.c.
@safe package struct ModuleContext: ~Copyable {
    private let raw: OpaquePointer

    /// What loading the folder's indexes answered; negative when there is no such folder, or no indexes in it.
    private let indexes: Int32

    /// Opens the modules in `folder`, or those of the running kernel, with the system's `modprobe.d` and kernel command
    /// line, or with the `configuration` files and folders alone.
    ///
    /// A folder that is not there is no error yet: ``state(of:)`` does not need it.
    package init(folder: FilePath? = nil, configuration: [FilePath]? = nil) throws(Errno) {
        let path = folder?.string
        var context: OpaquePointer?
        if let configuration {
            let copies = unsafe configuration.map { file in unsafe Self.copy(of: file.string) }
            defer { unsafe copies.forEach { unsafe $0.deallocate() } }
            let list = unsafe copies.map { unsafe UnsafePointer<CChar>?($0) } + [nil]
            unsafe context = unsafe kmod_new(path, list)
        } else {
            unsafe context = unsafe kmod_new(path, nil)
        }
        guard let context = unsafe context else { throw .noMemory }
        unsafe raw = context
        // Everything below "emergency" would go to standard error, and with it to the journal under our name.
        unsafe kmod_set_log_priority(context, 0)
        indexes = unsafe kmod_load_resources(context)
    }

    deinit { _ = unsafe kmod_unref(raw) }

    /// Whether the running kernel has `name`, loaded or built in.
    ///
    /// - Throws: when the kernel's answer cannot be read; a name it does not know is `absent`. `EINVAL` for what is no
    ///   module's name.
    package borrowing func state(of name: String) throws(Errno) -> ModuleState {
        try Self.validate(name)
        var module: OpaquePointer?
        let result = unsafe kmod_module_new_from_name(raw, name, &module)
        guard result >= 0, let module = unsafe module else { throw Errno(rawValue: -result) }
        defer { _ = unsafe kmod_module_unref(module) }
        return try unsafe state(module)
    }

    /// Where this kernel has `name` from; `nil` when it has no such module, or its file is gone from the disk.
    ///
    /// - Throws: `ENOENT` when the kernel has no folder of modules, or that has no indexes; `EINVAL` for what is no
    ///   module's name.
    package borrowing func source(of name: String) throws(Errno) -> ModuleSource? {
        try unsafe eachMatch(of: name) { module throws(Errno) in
            guard let path = unsafe kmod_module_get_path(module) else {
                // Only the folder's own index says "built in" of a module that has no file: the state of the running
                // kernel is another question.
                let state = unsafe kmod_module_get_initstate(module)
                return state == Int32(KMOD_MODULE_BUILTIN.rawValue) ? .builtIn : nil
            }
            let file = unsafe FilePath(String(cString: path))
            return try Self.exists(file) ? .file(file) : nil
        }
    }

    /// Inserts `name` and what it depends on, as the boot does.
    ///
    /// Options of `modprobe.d` apply, and so do its blacklists. Runs no program.
    ///
    /// - Throws: the kernel's refusal, such as `EPERM` when loading is switched off until the next boot; `ENOENT` when
    ///   the kernel has no folder of modules. Modules that `name` depends on may have been inserted then.
    package borrowing func insert(_ name: String) throws(Errno) -> ModuleInsertion {
        switch try state(of: name) {
        case .live, .builtIn: return .alreadyPresent
        case .changing, .absent: break
        }
        let outcome = try unsafe eachMatch(of: name) { module throws(Errno) in
            if let command = unsafe kmod_module_get_install_commands(module) {
                return unsafe ModuleInsertion.replaced(by: String(cString: command))
            }
            let result = unsafe kmod_module_probe_insert_module(
                module, UInt32(KMOD_PROBE_APPLY_BLACKLIST.rawValue), nil,
                // Without this the library would give the command of a dependency to a shell.
                { _, _, _ in -Errno.notSupported.rawValue }, nil, nil)
            guard result >= 0 else { throw Errno(rawValue: -result) }
            return result > 0 ? .blacklisted : .inserted
        }
        return outcome ?? .noSuchModule
    }

    // MARK: Parts

    private borrowing func state(_ module: OpaquePointer) throws(Errno) -> ModuleState {
        let state = unsafe kmod_module_get_initstate(module)
        if state == -Errno.noSuchFileOrDirectory.rawValue { return .absent }
        guard state >= 0 else { throw Errno(rawValue: -state) }
        if state == Int32(KMOD_MODULE_LIVE.rawValue) { return .live }
        if state == Int32(KMOD_MODULE_BUILTIN.rawValue) { return .builtIn }
        // The library's answer, too, for a built-in module when the folder's list of those is missing.
        guard state == Int32(KMOD_MODULE_COMING.rawValue) else { return .changing }
        let name = unsafe String(cString: kmod_module_get_name(module))
        let folder = FilePath("/sys/module/\(name)")
        guard try Self.exists(folder) else { return .absent }
        return try Self.exists(folder.appending("initstate")) ? .changing : .builtIn
    }

    /// The first answer of `body` to one of the modules that `name` stands for; `nil` when there is none.
    private borrowing func eachMatch<Answer>(
        of name: String, _ body: (OpaquePointer) throws(Errno) -> Answer?
    ) throws(Errno) -> Answer? {
        try Self.validate(name)
        guard indexes >= 0 else { throw Errno(rawValue: -indexes) }
        var list: OpaquePointer?
        let result = unsafe kmod_module_new_from_lookup(raw, name, &list)
        guard result >= 0 else { throw Errno(rawValue: -result) }
        defer { _ = unsafe kmod_module_unref_list(list) }
        var entry = unsafe list
        while let current = unsafe entry {
            if let module = unsafe kmod_module_get_module(current) {
                defer { _ = unsafe kmod_module_unref(module) }
                if let answer = try unsafe body(module) { return answer }
            }
            unsafe entry = unsafe kmod_list_next(list, current)
        }
        return nil
    }

    // A name becomes a part of paths below /sys/module, and a pattern of aliases.
    private static func validate(_ name: String) throws(Errno) {
        let allowed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard allowed, (1..<64).contains(name.utf8.count) else { throw .invalidArgument }
    }

    private static func exists(_ path: FilePath) throws(Errno) -> Bool {
        do throws(Errno) {
            let file = try openToLook(path)
            try? file.close()
            return true
        } catch .noSuchFileOrDirectory {
            return false
        }
    }

    private static func openToLook(_ path: FilePath) throws(Errno) -> FileDescriptor {
        do {
            return try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
        } catch let error as Errno {
            throw error
        } catch {
            // FileDescriptor throws nothing else.
            throw .ioError
        }
    }

    private static func copy(of text: String) -> UnsafeMutablePointer<CChar> {
        let bytes = text.utf8CString
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        for (index, byte) in bytes.enumerated() { unsafe copy[index] = byte }
        return unsafe copy
    }
}
