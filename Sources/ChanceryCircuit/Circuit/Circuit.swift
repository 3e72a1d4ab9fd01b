public import ChanceryArithmetic

/// A program as the custodians run it: gates over F_p, p = 2^127 − 1, in topological order, and the layers in which they open
/// values to each other.
///
/// A circuit that exists has been checked: every wire is made before it is used, sizes lie within ``Limits``, and each input
/// and secret has exactly one gate.
public struct Circuit: Sendable, Equatable {
    /// The value that a gate makes: the gate's index.
    public struct Wire: Hashable, Sendable {
        public let index: Int32
        public init(index: Int32) { self.index = index }
    }

    /// One summand of a sum.
    public struct Term: Sendable, Hashable {
        public let wire: Wire
        public let coefficient: FieldElement

        public init(_ wire: Wire, _ coefficient: FieldElement = .one) {
            self.wire = wire
            self.coefficient = coefficient
        }
    }

    /// The factors of one summand of a sum of products. A factor may be a constant gate.
    public struct Pair: Sendable, Hashable {
        public let left: Wire
        public let right: Wire

        public init(_ left: Wire, _ right: Wire) {
            self.left = left
            self.right = right
        }
    }

    /// A division by 2^shift, rounded down. Where the result is an output the protocol gives just that
    /// (``Circuit/isExact(_:)``); elsewhere it may give up to C(n, t) more. ``Circuit/evaluate`` never does.
    public struct Truncation: Sendable, Hashable {
        /// 1 to bits − 1.
        public let shift: UInt8
        /// The signed value before lies strictly between −2^(bits−1) and 2^(bits−1); 2 to 80.
        public let bits: UInt8

        public init(shift: UInt8, bits: UInt8) {
            self.shift = shift
            self.bits = bits
        }
    }

    public enum Gate: Sendable, Hashable {
        /// The client's value with this index in ``Circuit/inputs``.
        case input(Int)
        /// The owner's value with this index in ``Circuit/secrets``.
        case secret(Int)
        case constant(FieldElement)
        /// Σ coefficient·wire + constant. Costs nothing.
        case sum([Term], FieldElement)
        /// Σ left·right of any length, maybe divided: one opening.
        case products([Pair], Truncation?)
        /// One opening.
        case truncate(Wire, Truncation)
        /// 1 where the signed value is below zero, otherwise 0. The value lies strictly between −2^(bits−1) and 2^(bits−1);
        /// bits is 2 to 80.
        case isNegative(Wire, bits: UInt8)
    }

    /// How the number on a wire is to be read.
    public enum WireType: Sendable, Hashable {
        /// An element of F_p without a sign.
        case field
        /// A signed integer of so many bits.
        case integer(bits: UInt8)
        /// A signed integer of so many bits that counts units of 2^−fraction.
        case fixed(bits: UInt8, fraction: UInt8)
        /// 0 or 1.
        case bit
    }

    /// What somebody puts in: a client's input or an owner's secret.
    public struct Variable: Sendable, Hashable {
        public let name: String
        public let type: WireType
        /// In units of the wire: scaled already where the type is fixed. Nil: any element.
        public let range: ClosedRange<Int128>?

        public init(name: String, type: WireType, range: ClosedRange<Int128>? = nil) {
            self.name = name
            self.type = type
            self.range = range
        }
    }

    public typealias Input = Variable
    public typealias Secret = Variable

    public struct Output: Sendable, Hashable {
        /// What the client makes of the number that it receives.
        public enum Reading: String, Sendable, Hashable, CaseIterable {
            case value
            /// The number is a score s; the client computes 1 / (1 + e^−s).
            case logistic
            /// The number is 1 for yes and 0 for no.
            case label
        }

        public let name: String
        public let wire: Wire
        public let type: WireType
        public let reading: Reading
        /// Between which numbers the output lies when it is computed exactly, in units of the wire; nil: any element.
        public let range: ClosedRange<Int128>?
        /// The number is what the wire says times this: above 1 where the output was rounded to steps of several whole numbers.
        public let step: Int128

        public init(
            name: String, wire: Wire, type: WireType, reading: Reading = .value, range: ClosedRange<Int128>? = nil,
            step: Int128 = 1
        ) {
            self.name = name
            self.wire = wire
            self.type = type
            self.reading = reading
            self.range = range
            self.step = step
        }

        /// How many answers there are at most; nil: as many as elements. Its logarithm is what an answer can tell.
        public var answers: UInt128? {
            range.map { ($0.upperBound - $0.lowerBound).magnitude + 1 }
        }
    }

    public let inputs: [Input]
    public let secrets: [Secret]
    public let gates: [Gate]
    public let outputs: [Output]
    /// The gates that open something, by layers: a gate needs opened values of earlier layers only. See ``isShared(_:)`` for
    /// the products that stay closed.
    public let levels: [[Wire]]
    // Invariant: as many as gates.
    private let shared: [Bool]
    private let exact: Set<Wire>

    /// - Throws: `compute.invalid_circuit` and `compute.too_large`.
    public init(inputs: [Input], secrets: [Secret], gates: [Gate], outputs: [Output]) throws(CircuitError) {
        try Self.check(inputs: inputs, secrets: secrets, gates: gates, outputs: outputs)
        self.inputs = inputs
        self.secrets = secrets
        self.gates = gates
        self.outputs = outputs
        shared = Self.sharedGates(gates, outputs)
        levels = Self.layers(gates, shared: shared)
        exact = Self.exactDivisions(gates, outputs)
    }

    public subscript(wire: Wire) -> Gate { gates[Int(wire.index)] }

    /// Whether the wire's value is never opened, not even masked: it holds a sum of products and is used in outputs only,
    /// directly or through sums. Custodians hold shares of it and nothing else.
    public func isShared(_ wire: Wire) -> Bool { shared[Int(wire.index)] }

    /// Whether the wire is a division that an output shows. Its last digit would depend on chance otherwise, more often one way
    /// or the other by what was cut off: who asks again and again would see what rounding hides.
    public func isExact(_ wire: Wire) -> Bool { exact.contains(wire) }
}
