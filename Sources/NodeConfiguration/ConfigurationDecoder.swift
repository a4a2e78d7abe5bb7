internal import ConfigFormats
package import NodeState

/// One file of the configuration, as it was read.
package struct ConfigurationFile: Equatable, Sendable {
    package var path: String
    package var bytes: [UInt8]

    /// The file at `path`.
    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}

/// Makes a configuration out of its files: strict, whole, with all errors at once.
package struct ConfigurationDecoder {
    private var configuration = Configuration()
    private var problems: [ConfigurationProblem] = []
    private var origins: [String: Origin] = [:]
    /// Which file gave the lists that only one file may give.
    private var givers: [String: String] = [:]
    /// Whether every node that a file names could be read.
    private var areNodesWhole = true
    /// What is said when there is no such node, at the place that names it.
    private var localProblem: ConfigurationProblem?
    private let known: [RequirementID]

    /// Decodes files in the order of precedence, the last one wins.
    ///
    /// Tables merge key by key, lists replace; `[[nodes]]` and `[[waivers]]` come from one file.
    /// - Parameters:
    ///   - files: the files in order; none is the configuration of one machine as it is.
    ///   - known: the ids of the catalogue.
    /// - Returns: the configuration.
    /// - Throws: everything that is wrong, with file, line and column.
    package static func decode(_ files: [ConfigurationFile], known: [RequirementID]) throws(ConfigurationProblems)
        -> Configuration
    {
        try decodeWithOrigins(files, known: known).configuration
    }

    /// The same, with the place of each value that a file sets, by its key as in `cluster.name`.
    ///
    /// Nodes and waivers carry their own.
    package static func decodeWithOrigins(
        _ files: [ConfigurationFile], known: [RequirementID]
    ) throws(ConfigurationProblems) -> (configuration: Configuration, origins: [String: Origin]) {
        var decoder = ConfigurationDecoder(known: known)
        for file in files { decoder.take(file) }
        decoder.judgeWhole()
        guard decoder.problems.isEmpty else { throw ConfigurationProblems(decoder.problems) }
        return (decoder.configuration, decoder.origins)
    }

    private init(known: [RequirementID]) { self.known = known }

    private mutating func take(_ file: ConfigurationFile) {
        do throws(ParseError) {
            var reader = SettingReader(file: file.path, document: try TOMLText(bytes: file.bytes))
            read(&reader)
            problems += reader.problems
            origins.merge(reader.origins) { _, later in later }
        } catch {
            problems.append(
                ConfigurationProblem(file: file.path, line: error.line, column: error.column ?? 1, error.problem))
        }
    }

    private mutating func read(_ reader: inout SettingReader) {
        let root = reader.root
        reader.expectOnly(
            [
                "cluster", "nodes", "local", "policy", "packages", "modules", "requirements", "waivers", "fleet", "api",
            ], in: root)
        if let section = reader.section("cluster", in: root) { readCluster(&reader, section) }
        if let section = reader.section("policy", in: root) { readPolicy(&reader, section) }
        if let section = reader.section("packages", in: root) { readPackages(&reader, section) }
        if let section = reader.section("fleet", in: root) { readFleet(&reader, section) }
        if let section = reader.section("requirements", in: root) { readRequirements(&reader, section) }
        if let section = reader.section("local", in: root) {
            reader.expectOnly(["node"], in: section)
            let name = reader.string("node", in: section, "a node's name") { $0.isEmpty || SettingRules.isNodeName($0) }
            if let name {
                configuration.localNode = name
                localProblem = reader.problem("no node is called \(name)", at: section.path.appending("node"))
            }
        }
        if let section = reader.section("modules", in: root) {
            reader.expectOnly(["required"], in: section)
            let names = reader.strings("required", in: section, "module names", where: SettingRules.isModuleName)
            if let names { configuration.requiredModules = names }
        }
        if let section = reader.section("api", in: root) {
            reader.expectOnly(["operators-group"], in: section)
            let group = reader.string("operators-group", in: section, "a group's name", where: SettingRules.isUserName)
            if let group { configuration.operatorsGroup = group }
        }
        if let sections = reader.sections("nodes", in: root), isOnlyGiver(of: "nodes", &reader) {
            configuration.nodes = sections.compactMap { node(&reader, $0) }
            areNodesWhole = configuration.nodes.count == sections.count
        }
        if let sections = reader.sections("waivers", in: root), isOnlyGiver(of: "waivers", &reader) {
            configuration.waivers = sections.compactMap { waiver(&reader, $0) }
        }
    }

    private mutating func isOnlyGiver(of key: String, _ reader: inout SettingReader) -> Bool {
        if let other = givers[key] {
            reader.note(
                "[[\(key)]] stands in \(other) too; one file must hold all of them", at: TOMLPath().appending(key))
            return false
        }
        givers[key] = reader.file
        return true
    }

    private mutating func readCluster(_ reader: inout SettingReader, _ section: SettingReader.Section) {
        reader.expectOnly(
            [
                "name", "kubernetes-version", "package-version", "pod-network-cidr", "service-cidr",
                "control-plane-endpoint",
            ], in: section)
        assign(
            reader.string("name", in: section, "letters, digits and hyphens", where: SettingRules.isClusterName),
            to: \.cluster.name)
        assign(
            reader.string(
                "kubernetes-version", in: section, "a version such as 1.28.1", where: SettingRules.isKubernetesVersion),
            to: \.cluster.kubernetesVersion)
        assign(
            reader.string(
                "package-version", in: section, "a Debian version such as 1.28.1-1.1",
                where: SettingRules.isPackageVersion), to: \.cluster.packageVersion)
        assign(networks("pod-network-cidr", &reader, section), to: \.cluster.podNetworkCIDR)
        assign(networks("service-cidr", &reader, section), to: \.cluster.serviceCIDR)
        assign(
            reader.string("control-plane-endpoint", in: section, "a name or address, with :PORT at will") {
                $0.isEmpty || SettingRules.isSSHTarget($0) && !$0.contains("@")
            }, to: \.cluster.controlPlaneEndpoint)
    }

    /// One network, or a list of two.
    private func networks(_ key: String, _ reader: inout SettingReader, _ section: SettingReader.Section) -> [String]? {
        reader.value(key, in: section, "a network such as 10.244.0.0/16, or a list of two", as: .strings) { node in
            let texts: [String]
            switch node {
            case .string(let text): texts = [text]
            case .array(let nodes): texts = nodes.map { if case .string(let text) = $0 { text } else { "" } }
            default: return nil
            }
            return (1...2).contains(texts.count) && texts.allSatisfy(SettingRules.isCIDR) ? texts : nil
        }
    }

    private mutating func readPolicy(_ reader: inout SettingReader, _ section: SettingReader.Section) {
        reader.expectOnly(
            ["mode", "consent", "allow-downgrade", "fstab-style", "remove-loopback-name"], in: section)
        assign(
            reader.string("mode", in: section, "\"enforce\" or \"observe\"") { Mode(rawValue: $0) != nil }
                .flatMap(Mode.init), to: \.mode)
        assign(
            reader.strings("consent", in: section, "restart, packages, network, cleanup, trial") {
                Configuration.Consent(rawValue: $0) != nil
            }?.compactMap(Configuration.Consent.init), to: \.consent)
        assign(reader.boolean("allow-downgrade", in: section), to: \.allowDowngrade)
        assign(
            reader.string("fstab-style", in: section, "\"comment\" or \"noauto\"") {
                Configuration.FstabStyle(rawValue: $0) != nil
            }.flatMap(Configuration.FstabStyle.init), to: \.fstabStyle)
        assign(reader.boolean("remove-loopback-name", in: section), to: \.removeLoopbackName)
    }

    private mutating func readPackages(_ reader: inout SettingReader, _ section: SettingReader.Section) {
        reader.expectOnly(["repository", "key-url", "key-fingerprint", "prerequisites"], in: section)
        let isEmptyOrURL = { (text: String) in text.isEmpty || SettingRules.isURL(text) }
        assign(reader.string("repository", in: section, "a URL", where: isEmptyOrURL), to: \.packages.repository)
        assign(reader.string("key-url", in: section, "a URL", where: isEmptyOrURL), to: \.packages.keyURL)
        assign(
            reader.string(
                "key-fingerprint", in: section, "40 hexadecimal digits", where: SettingRules.isFingerprint),
            to: \.packages.keyFingerprint)
        assign(
            reader.strings("prerequisites", in: section, "package names", where: SettingRules.isPackageName),
            to: \.packages.prerequisites)
    }

    private mutating func readFleet(_ reader: inout SettingReader, _ section: SettingReader.Section) {
        reader.expectOnly(["user", "fanout", "deadline-seconds"], in: section)
        assign(reader.string("user", in: section, "a user's name", where: SettingRules.isUserName), to: \.fleet.user)
        assign(reader.integer("fanout", in: section, 1...128), to: \.fleet.fanout)
        assign(reader.integer("deadline-seconds", in: section, 0...3600), to: \.fleet.deadlineSeconds)
    }

    private mutating func assign<Value>(_ value: Value?, to path: WritableKeyPath<Configuration, Value>) {
        if let value { configuration[keyPath: path] = value }
    }
}

extension ConfigurationDecoder {
    private mutating func readRequirements(_ reader: inout SettingReader, _ section: SettingReader.Section) {
        reader.expectOnly(known.map(\.name), in: section)
        for id in known {
            guard let own = reader.section(id.name, in: section) else { continue }
            reader.expectOnly(["mode"], in: own)
            let mode = reader.string("mode", in: own, "\"enforce\" or \"observe\"") { Mode(rawValue: $0) != nil }
            if let mode = mode.flatMap(Mode.init) { configuration.requirementModes[id] = mode }
        }
    }

    private mutating func node(_ reader: inout SettingReader, _ section: SettingReader.Section) -> Configuration.Node? {
        reader.expectOnly(["name", "address", "role", "fqdn", "ssh", "hardware"], in: section)
        for key in ["name", "address", "role"] where section.table[key] == nil {
            reader.note("the key \(key) is missing", at: section.path)
        }
        let name = reader.string(
            "name", in: section, "a host name of lower-case letters, digits and hyphens", where: SettingRules.isNodeName
        )
        let address = reader.string("address", in: section, "an IP address") {
            SettingRules.canonicalAddress($0) != nil
        }.flatMap(SettingRules.canonicalAddress)
        let role = reader.string("role", in: section, "\"control-plane\" or \"worker\"") {
            Configuration.Role(rawValue: $0) != nil
        }.flatMap(Configuration.Role.init)
        let fqdn = reader.string("fqdn", in: section, "a host name") { $0.isEmpty || SettingRules.isHostName($0) }
        let ssh = reader.string("ssh", in: section, "a target of letters, digits and ._:@%[]-") {
            $0.isEmpty || SettingRules.isSSHTarget($0)
        }
        let hardware = reader.string("hardware", in: section, "a MAC address such as 1c:69:7a:00:00:12") {
            $0.isEmpty || SettingRules.isHardwareAddress($0)
        }
        guard let name, let address, let role else { return nil }
        var node = Configuration.Node(name: name, address: address, role: role, origin: reader.origin(of: section.path))
        node.fqdn = fqdn ?? ""
        node.ssh = ssh ?? ""
        node.hardware = (hardware ?? "").lowercased()
        return node
    }

    private mutating func waiver(_ reader: inout SettingReader, _ section: SettingReader.Section) -> Waiver? {
        reader.expectOnly(["requirement", "nodes", "reason", "until"], in: section)
        for key in ["requirement", "reason", "until"] where section.table[key] == nil {
            reader.note("the key \(key) is missing", at: section.path)
        }
        let names = known.map(\.name)
        let requirement = reader.string("requirement", in: section, "an id of the catalogue", where: names.contains)
            .flatMap(RequirementID.init)
        if let requirement, Waiver.notWaivable.contains(requirement) {
            reader.note("\(requirement) cannot be waived", at: section.path.appending("requirement"))
        }
        let reason = reader.string("reason", in: section, "a reason in words") { text in
            !text.isEmpty && text.utf8.count <= 512
                && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        }
        let until = reader.day("until", in: section)
        let nodes = reader.strings("nodes", in: section, "node names", where: SettingRules.isNodeName) ?? []
        guard let requirement, let reason, let until else { return nil }
        return Waiver(
            requirement: requirement, nodes: nodes, reason: reason, until: until,
            origin: reader.origin(of: section.path))
    }

    /// What only the whole can tell.
    private mutating func judgeWhole() {
        let nodes = configuration.nodes
        var byName: [String: Configuration.Node] = [:]
        var byAddress: [String: Configuration.Node] = [:]
        for node in nodes {
            if let former = byName[node.name] {
                note(node, "the name \(node.name) stands at \(former.origin) too")
            } else {
                byName[node.name] = node
            }
            if let former = byAddress[node.address] {
                note(node, "the address \(node.address) belongs to \(former.name) at \(former.origin) too")
            } else {
                byAddress[node.address] = node
            }
        }
        let controlPlanes = nodes.filter { $0.role == .controlPlane }
        if let second = controlPlanes.dropFirst().first {
            note(second, "\(second.name) is a second control plane; this version takes exactly one")
        }
        // Of a list with a gap nothing can be said that rests on all of it.
        guard areNodesWhole else { return }
        if controlPlanes.isEmpty, let first = nodes.first {
            note(first, "no node has the role control-plane; exactly one must have it")
        }
        let local = configuration.localNode
        if !local.isEmpty, !nodes.contains(where: { $0.name == local }), let localProblem {
            problems.append(localProblem)
        }
    }

    private mutating func note(_ node: Configuration.Node, _ text: String) {
        problems.append(ConfigurationProblem(file: node.origin.file, line: node.origin.line, column: 1, text))
    }
}
