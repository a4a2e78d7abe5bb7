/// `GET /v1/activity`: what the daemon is doing at this moment; it is answered at once, during a long change, too.
package struct ActivityBody: Codable, Equatable, Sendable {
    package static let schema = "nucprep.activity/1"

    package var schema = ActivityBody.schema
    /// `starting` before the first look is over, `working` while a change is made, else `idle`.
    package var state: String
    /// The change under way; `null` when none is.
    @OrNull package var step: StepBody?

    /// A change that is being made.
    package struct StepBody: Codable, Equatable, Sendable {
        /// The kind of the change, such as `install-packages`.
        package var change: String
        /// What it acts on.
        package var object: String
        /// The change in words.
        package var text: String
        /// For how long it has gone on.
        package var elapsedS: Int
        /// How far it has come, such as `43 % downloaded`; `null` when that is not told.
        @OrNull package var progress: String?

        /// The change with its words.
        package init(change: String, object: String, text: String, elapsedS: Int, progress: String? = nil) {
            self.change = change
            self.object = object
            self.text = text
            self.elapsedS = elapsedS
            self.progress = progress
        }
    }

    /// The activity of one daemon.
    package init(state: String, step: StepBody? = nil) {
        self.state = state
        self.step = step
    }

    /// Whether something goes on that will change the answer by itself.
    package var isAtWork: Bool { state != "idle" }
}
