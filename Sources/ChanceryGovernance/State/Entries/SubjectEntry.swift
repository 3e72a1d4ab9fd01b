public import ChanceryWire

/// All that was granted to one model or agent, and taken away again.
///
/// A grant counts for a place when its scope covers it and no later REVOKE touched the place; of several the one with the
/// narrowest scope.
public struct SubjectEntry: Sendable, Equatable {
    /// How many REVOKEs there were. An AUTHORIZE made before one carries an older number and is void (rule G4).
    public private(set) var generation: Int64
    /// By scope; a later grant replaces an earlier one of the same scope.
    public private(set) var grants: [Scope: Grant]
    /// Of disjoint or widening scopes: one that covers earlier ones replaces them.
    public private(set) var tombstones: [Tombstone]

    public init() {
        generation = 0
        grants = [:]
        tombstones = []
    }

    mutating func add(_ grant: Grant) { grants[grant.scope] = grant }

    mutating func revoke(_ scope: Scope, at time: UTCTime, slot: Int64, proposal: [UInt8]) {
        generation += 1
        grants = grants.filter { !scope.covers($0.key) }
        tombstones.removeAll { scope.covers($0.scope) }
        tombstones.append(.init(scope: scope, generation: generation, from: time, slot: slot, proposal: proposal))
    }

    /// Whether a REVOKE after `generation` touched `scope` or a part of it.
    public func isRevoked(_ scope: Scope, since generation: Int64) -> Bool {
        tombstones.contains { $0.generation > generation && $0.scope.overlaps(scope) }
    }

    /// The grant that counts in `scope` at `time`, or why there is none.
    public func grant(in scope: Scope, at time: UTCTime) -> Result<Grant, Denial> {
        var denial = tombstones.contains { $0.scope.overlaps(scope) } ? Denial.revoked : .neverGranted
        for enclosing in scope.enclosing {
            guard let grant = grants[enclosing], !isRevoked(scope, since: grant.generation) else { continue }
            if time < grant.from {
                denial = .notYet
            } else if let end = grant.constraints.notAfter, time >= end {
                denial = .expired
            } else {
                return .success(grant)
            }
        }
        return .failure(denial)
    }

    /// `{"generation","grants","tombstones"}`: grants ascending by scope, tombstones by generation.
    public var json: JSONValue {
        [
            "generation": .integer(generation),
            "grants": .array(
                grants.values.sorted { $0.scope.text.utf8.lexicographicallyPrecedes($1.scope.text.utf8) }.map(\.json)),
            "tombstones": .array(tombstones.map(\.json)),
        ]
    }

    /// Reads an entry as a ``StateProof`` brings it.
    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "subject")
        generation = try reader.integer("generation")
        let grants = try reader.array("grants", limit: .max).map { try Grant($0) }
        self.grants = Dictionary(grants.map { ($0.scope, $0) }) { first, _ in first }
        tombstones = try reader.array("tombstones", limit: .max).map { try Tombstone($0) }
        try reader.finish()
    }
}
