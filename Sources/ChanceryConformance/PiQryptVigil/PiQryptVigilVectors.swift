internal import ChanceryLedger
internal import ChanceryVigil
internal import ChanceryWire

/// Vectors of the reference's behaviour scores, against profile `piqrypt-1.10`; where a case recommends, the standard
/// engine answers in strict mode.
public enum PiQryptVigilVectors {
    public static let runners: [VectorRunner] = [
        TrustScoreVectors.runner, TSIVectors.runner, A2CVectors.runner, VRSVectors.runner,
    ]

    /// What the reference's chain functions find in a list.
    static func facts(_ events: [JSONValue]) throws -> ReferenceChainFacts {
        guard case .found(let forks) = ReferenceVerifier.findForks(events),
            case .found(let replays) = ReferenceVerifier.replayedNonces(events)
        else { throw MissingStatement(path: "events") }
        return ReferenceChainFacts(
            isLinked: ReferenceVerifier.verifyLinkage(events).accepts, forks: forks.count, replays: replays.count)
    }
}

extension JSONValue {
    /// A number of either kind.
    var decimal: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    func decimal(_ name: String) throws -> Double {
        guard let value = try stated(name).decimal else { throw MissingStatement(path: name) }
        return value
    }

    /// A number, or nil where the member is null.
    func optionalDecimal(_ name: String) throws -> Double? {
        let value = try stated(name)
        return value.isNull ? nil : try decimal(name)
    }
}
