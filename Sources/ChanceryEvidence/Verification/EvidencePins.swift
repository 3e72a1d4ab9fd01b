internal import ChanceryLedger
public import ChanceryWire

/// The roots of trust that a verifier brings, known by another way than the file.
///
/// Each is written `log:`, `gate:`, `agent:` or `federation:` and a name: SHA-256 of the log's two verifier key lines, the DID or
/// the hash of an identity document, the federation's id. Of several of one kind, one has to fit.
public struct EvidencePins: Sendable, Equatable {
    enum Kind: String, CaseIterable { case log, gate, agent, federation }

    private var names: [String: [String]] = [:]

    public init() {}

    /// - Throws: `wire.invalid_value` for a text that is no pin.
    public init(_ texts: [String]) throws(WireError) {
        for text in texts {
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2, let kind = Kind(rawValue: parts[0]), Self.isName(parts[1], of: kind) else {
                throw WireError(
                    .invalidValue,
                    "a pin is log:HEX, federation:HEX, gate:HEX or agent:HEX, or gate: or agent: and a DID, not `\(text)`")
            }
            names[kind.rawValue, default: []].append(parts[1])
        }
    }

    private static func isName(_ name: String, of kind: Kind) -> Bool {
        if (try? Hex.decode(name, count: 32)) != nil { return true }
        return (kind == .gate || kind == .agent) && (try? DID(name)) != nil
    }

    /// The pins of kinds that are not among `kinds`, as they were given.
    func unused(besides kinds: Set<Kind>) -> [String] {
        Kind.allCases.filter { !kinds.contains($0) }.flatMap { kind in
            (names[kind.rawValue] ?? []).map { "\(kind.rawValue):\($0)" }
        }
    }

    /// Whether one of `found` is pinned as `kind`: false when nothing of that kind is.
    ///
    /// - Throws: `evidence.pin_mismatch` when others are pinned.
    func contains(_ kind: Kind, _ found: [String]) throws(EvidenceError) -> Bool {
        guard let pinned = names[kind.rawValue] else { return false }
        guard pinned.contains(where: { pin in found.contains { $0.utf8.elementsEqual(pin.utf8) } }) else {
            throw EvidenceError(.pinMismatch, "the \(kind.rawValue) is not the one that is pinned")
        }
        return true
    }
}
