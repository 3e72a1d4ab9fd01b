public import ChanceryWire

/// Why a program, an IR, a circuit, a package or a model was refused, and where.
public struct CircuitError: CodedError, Equatable {
    /// A stable code. Each part lists its own in an extension of this type.
    public struct Reason: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
    }

    /// A place in a source text. Lines and columns are counted from 1; a column is a Unicode scalar.
    public struct Place: Sendable, Hashable {
        public let line: Int
        public let column: Int

        public init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }
    }

    public let reason: Reason
    public let detail: String
    /// Where the source text stopped making sense, where there is a source text.
    public let place: Place?
    public var code: String { reason.rawValue }

    public init(_ reason: Reason, _ detail: String, at place: Place? = nil) {
        self.reason = reason
        self.place = place
        let line = detail.asErrorDetail
        self.detail = place.map { "line \($0.line), column \($0.column): \(line)" } ?? line
    }
}

extension CircuitError.Reason {
    /// A circuit that breaks one of its own rules.
    public static let invalidCircuit = Self(rawValue: "compute.invalid_circuit")
    /// More gates, terms, bytes or levels than the limits allow.
    public static let tooLarge = Self(rawValue: "compute.too_large")
    /// An evaluation with another number of values than the circuit has inputs or secrets.
    public static let wrongInputs = Self(rawValue: "compute.wrong_inputs")
    /// An input or a secret outside its declared range.
    public static let inputOutOfRange = Self(rawValue: "compute.input_out_of_range")
    /// A value inside an evaluation that is larger than its gate allows.
    public static let valueOutOfRange = Self(rawValue: "compute.value_out_of_range")
}
