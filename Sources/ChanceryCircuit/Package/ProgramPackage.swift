internal import ChanceryArithmetic
internal import ChancerySuite
public import ChanceryWire

/// A program as it is approved and installed: its code, who runs it, under which policy, and a commitment to its secrets. Its
/// id is a hash of all of that, so an approval of the id approves everything (docs/spec/compute-package.md).
public struct ProgramPackage: Sendable, Equatable {
    public static let type = "chancery/compute-package/v1"
    public static let idLabel = "chancery/compute-program/v1"
    public static let maximumBytes = 16 << 20

    /// What the owner decides.
    public struct Terms: Sendable, Equatable {
        /// 1 to 64 bytes.
        public let version: String
        public let code: ProgramCode
        /// ``SecretsCommitment``; nil exactly where the program has no secrets.
        public let secretsCommitment: [UInt8]?
        /// The policy that the custodians enforce: their record, taken as it is.
        public let policy: JSONObject
        /// How many custodians there are, and how many of them can do everything. n ≥ 2k − 1, 2 ≤ k, n ≤ 16.
        public let parties: Int
        public let threshold: Int
        /// SHA3-256 of the custodian set, as governance names it.
        public let custodians: [UInt8]
        /// Counts the weights' masks: a refresh or a new set of custodians is a new epoch.
        public let epoch: Int64
        /// The seed's id of the program from which this one was made: 64 hexadecimal characters.
        public let alias: String?

        public init(
            version: String, code: ProgramCode, secretsCommitment: [UInt8]?, policy: JSONObject, parties: Int, threshold: Int,
            custodians: [UInt8], epoch: Int64 = 1, alias: String? = nil
        ) {
            self.version = version
            self.code = code
            self.secretsCommitment = secretsCommitment
            self.policy = policy
            self.parties = parties
            self.threshold = threshold
            self.custodians = custodians
            self.epoch = epoch
            self.alias = alias
        }
    }

    public let terms: Terms
    /// What the code compiles to.
    public let circuit: Circuit
    /// RFC 8785.
    public let bytes: [UInt8]
    /// SHA3-256(label ‖ 00 ‖ bytes).
    public let id: [UInt8]

    /// Compiles the code.
    ///
    /// - Throws: errors of the code; `compute.invalid_package` for terms that do not fit each other.
    public init(_ terms: Terms) throws {
        let circuit = try terms.code.circuit()
        try Self.check(terms, circuit)
        self.terms = terms
        self.circuit = circuit
        bytes = try CanonicalForm.jcs.encode(Self.json(terms, circuit))
        guard bytes.count <= Self.maximumBytes else {
            throw CircuitError(.tooLarge, "a package has at most \(Self.maximumBytes) bytes")
        }
        id = Self.id(of: bytes)
    }

    /// The id that these bytes have, package or not.
    public static func id(of bytes: [UInt8]) -> [UInt8] { Digest.sha3_256(Array(idLabel.utf8) + [0] + bytes) }

    /// Reads a package, compiles it and holds everything that it says against what its code gives.
    ///
    /// - Parameter expected: the id under which somebody asked for it.
    /// - Throws: `compute.program_id_mismatch` when the bytes have another id; `compute.circuit_mismatch` when the code compiles
    ///   to another circuit than the package says; ``WireError`` for bytes that are no package in canonical form.
    public init(decoding bytes: [UInt8], id expected: [UInt8]) throws {
        guard Self.id(of: bytes) == expected else {
            throw CircuitError(.programIDMismatch, "the package is not the one with the id \(Hex.encode(expected.prefix(32)))")
        }
        let json = try JSONParser.parse(bytes, limits: .init(bytes: Self.maximumBytes, depth: 32, values: 4 << 20))
        var reader = try RecordReader(json, "package")
        guard try reader.string("type", limit: 64) == Self.type else {
            throw WireError(.invalidValue, "a package has the type `\(Self.type)`")
        }
        var custodians = RecordReader(try reader.object("custodians"), "custodians")
        let terms = try Terms(
            version: reader.string("version", limit: 64), code: ProgramCode(json: reader.value("code")),
            secretsCommitment: reader.value("secrets_commitment").isNull ? nil : reader.hex("secrets_commitment", count: 32),
            policy: reader.object("policy"), parties: Int(custodians.integer("n", in: 1...16)),
            threshold: Int(custodians.integer("k", in: 1...16)), custodians: custodians.hex("digest", count: 32),
            epoch: reader.integer("epoch"),
            alias: reader.value("alias").isNull ? nil : Hex.encode(reader.hex("alias", count: 32)))
        for name in ["circuit", "inputs", "secrets", "outputs"] { _ = try reader.value(name) }
        try custodians.finish()
        try reader.finish()
        try self.init(terms)
        guard self.bytes == bytes else {
            guard try CanonicalForm.jcs.encode(json) == bytes else {
                throw WireError(.notCanonical, "the package is not in canonical form")
            }
            throw CircuitError(.circuitMismatch, "the code gives another circuit than the package says")
        }
    }

    private static func check(_ terms: Terms, _ circuit: Circuit) throws(CircuitError) {
        guard (1...64).contains(terms.version.utf8.count), terms.custodians.count == 32,
            terms.secretsCommitment?.count ?? 32 == 32,
            (1...CanonicalForm.largestSafeInteger).contains(terms.epoch)
        else { throw CircuitError(.invalidPackage, "a version, digest or epoch has an impossible size") }
        guard (2...16).contains(terms.threshold), (2 * terms.threshold - 1...16).contains(terms.parties) else {
            throw CircuitError(
                .invalidPackage, "\(terms.threshold) of \(terms.parties) custodians: n is 2k − 1 to 16, and k at least 2")
        }
        guard circuit.secrets.isEmpty == (terms.secretsCommitment == nil) else {
            throw CircuitError(.invalidPackage, "a program with secrets has a commitment to them, and no other has one")
        }
        guard let alias = terms.alias else { return }
        guard let bytes = try? Hex.decode(alias, count: 32), Hex.encode(bytes) == alias else {
            throw CircuitError(.invalidPackage, "an alias has 64 hexadecimal characters")
        }
    }

    private static func json(_ terms: Terms, _ circuit: Circuit) -> JSONObject {
        [
            "alias": terms.alias.map { .string($0) } ?? .null, "circuit": .string(Hex.encode(circuit.digest)),
            "code": terms.code.json,
            "custodians": [
                "digest": .string(Hex.encode(terms.custodians)), "k": .integer(Int64(terms.threshold)),
                "n": .integer(Int64(terms.parties)),
            ],
            "epoch": .integer(terms.epoch), "inputs": .array(circuit.inputs.map(\.json)),
            "outputs": .array(circuit.outputs.map(\.json)), "policy": .object(terms.policy),
            "secrets": .array(circuit.secrets.map(\.json)),
            "secrets_commitment": terms.secretsCommitment.map { .string(Hex.encode($0)) } ?? .null,
            "type": .string(type), "version": .string(terms.version),
        ]
    }
}

extension CircuitError.Reason {
    /// Terms of a package that do not fit each other.
    public static let invalidPackage = Self(rawValue: "compute.invalid_package")
    /// A package whose code gives another circuit than it says.
    public static let circuitMismatch = Self(rawValue: "compute.circuit_mismatch")
}

extension Circuit.WireType {
    /// As our language writes it.
    public var text: String {
        switch self {
        case .field: "field"
        case .integer(let bits): "int<\(bits)>"
        case .fixed(let bits, let fraction): "fixed<\(bits),\(fraction)>"
        case .bit: "bit"
        }
    }
}

extension Circuit.Variable {
    var json: JSONValue { ["name": .string(name), "range": range.json, "type": .string(type.text)] }
}

extension Circuit.Output {
    var json: JSONValue {
        [
            "name": .string(name), "range": range.json, "reading": .string(reading.rawValue), "step": .string(String(step)),
            "type": .string(type.text),
        ]
    }
}

extension ClosedRange<Int128>? {
    /// Bounds in units of the wire, as text: they may be longer than JSON's integers.
    fileprivate var json: JSONValue {
        map { [.string(String($0.lowerBound)), .string(String($0.upperBound))] } ?? .null
    }
}
