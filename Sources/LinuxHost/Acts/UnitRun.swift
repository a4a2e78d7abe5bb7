internal import NodeEngine
package import NodeState
internal import SystemPackage
internal import Systemd

/// Programs, each run by a unit of its own with a fixed command line; the daemon itself runs none.
struct UnitRun: Sendable {
    let units: any UnitOrdering
    /// `/run/nucprep`: orders as `NAME.env`, what programs said as `out/NAME`.
    let folder: StateFolder

    /// What a program left.
    struct Outcome: Equatable, Sendable {
        /// Whether its job ended well; for a unit of type oneshot, that the program ended with 0.
        var isDone: Bool
        /// How the job ended, in systemd's word.
        var word: String
        /// Standard output, where it goes to a file; `nil` when the program was not run.
        var output: [UInt8]?
        /// Standard error, where it goes to a file.
        var errors: String
    }

    /// Starts `nucprep-NAME.service` with `order`, waits for its end, and removes the order.
    ///
    /// - Throws: when the unit cannot be started; also when it has not ended within `deadline`.
    func run(
        _ name: String, order: OrderFile? = nil, output: String? = nil, errors: String? = nil, deadline: Duration
    ) throws(BusError) -> Outcome {
        folder.makeFolder("out")
        // What an earlier run said is no answer to this one.
        for file in [output, errors].compactMap({ $0 }) { folder.remove("out/\(file)") }
        let orderName = "\(name).env"
        if let order, !folder.write(order.bytes, to: orderName) {
            throw BusError("write the order of nucprep-\(name).service", errno: .ioError)
        }
        defer { if order != nil { folder.remove(orderName) } }
        let result = try units.start("nucprep-\(name).service", deadline: deadline)
        let word = if case .ended(let word) = result { word } else { "done" }
        return Outcome(
            isDone: result == .done, word: word, output: output.flatMap { folder.read("out/\($0)") },
            errors: String(decoding: errors.flatMap { folder.read("out/\($0)") } ?? [], as: UTF8.self))
    }
}

/// What apt would do, asked by the unit for that.
package actor AptLook {
    private let thread = DedicatedThread(label: "nucprep.apt")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

    private let run: UnitRun

    /// Asks on the running machine.
    package init() { run = UnitRun(units: BusOrders(), folder: StateFolder("/run/nucprep")) }

    init(_ run: UnitRun) { self.run = run }

    /// What `apt-cache policy` prints of the packages of a node, in the C locale, 1 MiB at the most.
    ///
    /// Takes as long as apt takes to read its lists: to be asked when they changed, not in every look.
    /// - Throws: when it could not be run, or failed.
    package func policy() throws(ObservationError) -> String {
        let what = "apt-cache policy"
        let outcome: UnitRun.Outcome
        do throws(BusError) {
            outcome = try run.run("look-apt", output: "look-apt", deadline: .seconds(30))
        } catch {
            throw ObservationError(reading: what, cause: error.description, errno: error.errno)
        }
        guard outcome.isDone else {
            throw ObservationError(reading: what, cause: "its unit ended with \(outcome.word)")
        }
        // No text is an answer: apt knows none of the packages.
        guard let text = outcome.output.flatMap({ String(validating: $0, as: UTF8.self) }) else {
            throw ObservationError(reading: what, cause: "it left no text")
        }
        return text
    }
}
