package import SystemPackage
internal import TextForms

/// systemd's news of some units, over a connection of its own that is used for nothing else.
///
/// It says that something happened, never what; that is for a look.
///
/// - Source: org.freedesktop.systemd1(5), Signals; org.freedesktop.DBus.Properties.
package struct UnitSignals: ~Copyable {
    /// What was heard.
    package struct News: Equatable, Sendable {
        /// The units that something happened to.
        package var units: Set<String> = []
        /// Something that may be about every unit: files or all of systemd were read again, or it was started anew.
        package var isAboutAll = false

        /// Nothing.
        package init() {}
    }

    private static let manager = "org.freedesktop.systemd1.Manager"
    private static let bus = "org.freedesktop.DBus"

    private let bus: SystemBus
    private let names: [String: String]
    /// The connection that systemd has on the bus; signals of any other are not its.
    private var owner: String
    /// The units that were loaded, and to which nothing has happened since.
    ///
    /// To ask for a unit that is in no use loads it, and systemd lets it go at once. Were that news, each look that it led
    /// to would ask again, without end.
    private var untouched: Set<String> = []

    /// Has systemd tell of `units` over `bus` from now on.
    package init(_ bus: consuming SystemBus, units: [String]) throws(BusError) {
        names = Dictionary(
            units.map { ("/org/freedesktop/systemd1/unit/\(Self.label($0))", $0) },
            uniquingKeysWith: { first, _ in first })
        owner = ""
        let rule = "type='signal',sender='org.freedesktop.systemd1',"
        try bus.addMatch(
            "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.freedesktop.systemd1'")
        for member in ["Reloading", "UnitFilesChanged"] {
            try bus.addMatch(rule + "interface='\(Self.manager)',member='\(member)'")
        }
        for (path, unit) in names {
            try bus.addMatch(
                rule + "path='\(path)',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'")
            // A unit that is loaded and let go in between has no object whose properties could change.
            try bus.addMatch(rule + "interface='\(Self.manager)',member='JobRemoved',arg2='\(unit)'")
            try bus.addMatch(rule + "interface='\(Self.manager)',member='UnitRemoved',arg0='\(unit)'")
            try bus.addMatch(rule + "interface='\(Self.manager)',member='UnitNew',arg0='\(unit)'")
        }
        try bus.subscribe()
        owner = try bus.owner(of: "org.freedesktop.systemd1")
        self.bus = bus
    }

    /// A copy of the connection's descriptor, readable when there is news; the caller closes it.
    ///
    /// What came with the first answers is in the connection already: read once before waiting.
    package borrowing func copyDescriptor() throws(BusError) -> FileDescriptor { try bus.copyDescriptor() }

    /// Reads until nothing is left.
    ///
    /// - Throws: when the connection has ended.
    package mutating func drain() throws(BusError) -> News {
        var news = News()
        var hasNewOwner = false
        while true {
            let (owner, names) = (owner, names)
            var untouched = untouched
            let advanced = try bus.advance { (message) throws(BusError) in
                if message.isSignal(Self.bus, "NameOwnerChanged"), message.sender == Self.bus {
                    hasNewOwner = true
                } else if message.sender != owner {
                    // Any user may send us a signal that looks like systemd's.
                    return
                } else if let unit = names[message.path] {
                    untouched.remove(unit)
                    news.units.insert(unit)
                } else if message.isSignal(Self.manager, "JobRemoved") {
                    _ = try message.readUInt32()
                    _ = try message.readObjectPath()
                    let unit = try message.readString()
                    untouched.remove(unit)
                    news.units.insert(unit)
                } else if message.isSignal(Self.manager, "UnitNew") {
                    untouched.insert(try message.readString())
                } else if message.isSignal(Self.manager, "UnitRemoved") {
                    let unit = try message.readString()
                    if untouched.remove(unit) == nil { news.units.insert(unit) }
                } else if message.isSignal(Self.manager, "Reloading")
                    || message.isSignal(Self.manager, "UnitFilesChanged")
                {
                    news.isAboutAll = true
                }
            }
            self.untouched = untouched
            if !advanced { break }
        }
        if hasNewOwner {
            news.isAboutAll = true
            // A systemd that has begun anew has forgotten who wanted to hear. While it is away there is none to ask.
            if let name = try? bus.owner(of: "org.freedesktop.systemd1"), name != owner {
                try bus.subscribe()
                owner = name
            }
        }
        news.units.formIntersection(names.values)
        return news
    }

    /// Asks the bus a question, so that all that it had for this connection before is here; the connection's own name.
    borrowing func settle() throws(BusError) -> String {
        let message = try bus.message(
            to: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: Self.bus, member: "GetId")
        _ = try bus.call(message)
        return try bus.uniqueName()
    }

    /// Waits for something to read, and reads it.
    mutating func waitAndDrain() throws(BusError) -> News {
        try bus.wait(.seconds(20))
        return try drain()
    }

    /// A unit's name as a part of an object path.
    ///
    /// - Source: sd_bus_path_encode(3).
    static func label(_ name: String) -> String {
        guard !name.isEmpty else { return "_" }
        var text = ""
        for (index, byte) in name.utf8.enumerated() {
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte < 0x80
            if isLetter || (isDigit && index > 0) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "_" + Hexadecimal.text(CollectionOfOne(byte))
            }
        }
        return text
    }
}
