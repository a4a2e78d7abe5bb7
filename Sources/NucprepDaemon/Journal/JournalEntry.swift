internal import NodeAPI
internal import Systemd

/// One entry for the journal: a type with its fixed id, a sentence that stands alone, and fields.
struct JournalEntry: Equatable, Sendable {
    /// The types of entries; the ids never change, and each has an entry in the catalogue `nucprep.catalog`.
    enum Kind: String, Sendable, CaseIterable {
        case started = "99260462d8b24dbead0a381c64a7da7e"
        case lifecycle = "57fbcfb8767f4baeacd75f10ef143204"
        case fixFailed = "42f77d1e5ed84d8d8ea47cecbbdd9ead"
        case watchLost = "11cf4bc0c51e498da4def1b8b8ac15b7"
        case calm = "2c226b40361e4e1292bbbb07ed068728"
        case configLoaded = "6f70c60055414547aa016372eb6f8a00"
        case unreadable = "c76968d7fe1f4033a6143ddc179f87a7"
        case fixed = "4e4b45a5252c441a8e48283acf2ed3cf"
        case contested = "6606e23568d24f49b506e5602aef7b7c"
        case drift = "ade19bb38b4745f89ee4fe0eeec77e1f"
        case missed = "08b7845fb5974e5fb6dd44acaae2a5a3"
        case configRejected = "32309a3e0cef4613980a478a7b6fb89c"
        case lateWrite = "62eb4f31707f4455af445ef8601a1f23"
        case waiting = "7fbb310d1aaf4baf8eebaec425162b29"
        case stopped = "d9ce9dfdc3bf4dee85e0b1e5e17fe646"
        case resumed = "03f07d57fa5b45ab89304a9570c80778"
    }

    var kind: Kind
    /// One sentence.
    var message: String
    /// Fields by name, without the prefix `NUCPREP_`.
    var fields: [(name: String, value: String)]

    /// An entry of `kind`.
    init(_ kind: Kind, _ message: String, _ fields: KeyValuePairs<String, String> = [:]) {
        self.kind = kind
        self.message = message
        self.fields = fields.map { ($0.key, $0.value) }
    }

    static func == (one: JournalEntry, other: JournalEntry) -> Bool {
        one.kind == other.kind && one.message == other.message
            && one.fields.map { "\($0.name)=\($0.value)" } == other.fields.map { "\($0.name)=\($0.value)" }
    }
}

extension JournalEntry.Kind {
    /// The word in the field `NUCPREP_TYPE`.
    var word: String {
        switch self {
        case .started: "started"
        case .lifecycle: "lifecycle"
        case .fixFailed: "fix_failed"
        case .watchLost: "watch_lost"
        case .calm: "calm"
        case .configLoaded: "config_loaded"
        case .unreadable: "unreadable"
        case .fixed: "fixed"
        case .contested: "contested"
        case .drift: "drift"
        case .missed: "missed"
        case .configRejected: "config_rejected"
        case .lateWrite: "late_write"
        case .waiting: "waiting"
        case .stopped: "stopped"
        case .resumed: "resumed"
        }
    }

    /// The priority of syslog(3).
    var priority: Int {
        switch self {
        case .fixFailed, .configRejected: 3
        case .unreadable, .drift, .missed, .watchLost, .contested, .lateWrite, .stopped: 4
        case .lifecycle, .calm, .configLoaded, .fixed, .waiting, .resumed: 5
        case .started: 6
        }
    }
}

extension JournalEntry {
    /// The fields as sd_journal_sendv(3) takes them.
    var journalFields: [JournalField] {
        let common = [
            ("MESSAGE", message), ("MESSAGE_ID", kind.rawValue), ("PRIORITY", String(kind.priority)),
            ("SYSLOG_IDENTIFIER", "nucprepd"), ("NUCPREP_TYPE", kind.word),
        ]
        return (common + fields.map { ("NUCPREP_\($0.name)", $0.value) }).compactMap {
            // Read on terminals as well: `journalctl` shows what is printable, and marks of direction are.
            JournalField($0.0, Text.visible($0.1))
        }
    }
}
