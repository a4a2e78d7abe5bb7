/// The person at the terminal, for what only a person can answer; there is none where no terminal is.
package protocol DeployDialogue: Sendable {
    /// Says something, a line.
    func say(_ text: String)
    /// Asks for yes or no.
    func confirm(_ question: String) -> Bool
}
