/// A word of our language, and where it stands.
struct Token: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case name(String)
        case number(Number)
        /// A sign such as `+` or `...`.
        case sign(String)
        /// The end of a line, or `;`.
        case newline
        case end
    }

    let kind: Kind
    let place: CircuitError.Place

    /// For messages.
    var text: String {
        switch kind {
        case .name(let name): "`\(name)`"
        case .number: "a number"
        case .sign(let sign): "`\(sign)`"
        case .newline: "the end of the line"
        case .end: "the end of the program"
        }
    }
}
