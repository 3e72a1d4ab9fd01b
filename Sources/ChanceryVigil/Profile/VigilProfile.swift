internal import ChancerySuite
public import ChanceryWire

/// Which numbers the standard engine computes with.
///
/// Scores are only comparable when ``engine`` is equal; it travels with every score.
public struct VigilProfile: Sendable, Equatable {
    /// 1…32 lower-case letters, digits, dots and hyphens.
    public let name: String
    public let weights: RiskWeights
    public let thresholds: CollusionThresholds
    public let bands: RiskBands

    /// Engine, version and profile: `chancery-vigil/1 standard`. A name that is not reserved is followed by `#` and the first 8 hex
    /// digits of SHA-256 over the canonical JSON of the profile, so that other numbers are another engine.
    public let engine: String

    static let engineName = "chancery-vigil/1"

    /// The weights that the reference computes with, so that scores compare with those of existing installations.
    public static let standard = VigilProfile(unchecked: "standard", .piqrypt)
    /// The weights that the description of the reference states.
    public static let seed = VigilProfile(unchecked: "seed", .seed)
    private static let named = [standard, seed]

    /// - Throws: `vigil.profile_invalid` for a name that is malformed, or that belongs to other numbers.
    public init(
        name: String, weights: RiskWeights = .piqrypt, thresholds: CollusionThresholds = .standard,
        bands: RiskBands = .standard
    ) throws(VigilError) {
        guard (1...32).contains(name.utf8.count), name.utf8.allSatisfy(Self.isAllowed) else {
            throw VigilError(.profileInvalid, "`\(name)` is no profile name: 1…32 lower-case letters, digits, `.`, `-`")
        }
        self.init(
            unchecked: name, weights, thresholds, bands, isOwn: !Self.named.contains { $0.name.utf8.elementsEqual(name.utf8) })
        let reserved = Self.named.first { $0.name.utf8.elementsEqual(name.utf8) }
        guard reserved == nil || reserved == self else {
            throw VigilError(.profileInvalid, "`\(name)` names other weights, thresholds or bands")
        }
    }

    private init(
        unchecked name: String, _ weights: RiskWeights, _ thresholds: CollusionThresholds = .standard,
        _ bands: RiskBands = .standard, isOwn: Bool = false
    ) {
        self.name = name
        self.weights = weights
        self.thresholds = thresholds
        self.bands = bands
        engine = "\(Self.engineName) \(name)" + (isOwn ? "#" + Self.digest(name, weights, thresholds, bands) : "")
    }

    private static func digest(
        _ name: String, _ weights: RiskWeights, _ thresholds: CollusionThresholds, _ bands: RiskBands
    ) -> String {
        // Checked names and numbers have a canonical form.
        let bytes = (try? CanonicalForm.jcs.encode(json(name, weights, thresholds, bands))) ?? []
        return Hex.encode(Digest.sha256(bytes).prefix(4))
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7a, 0x30...0x39, 0x2e, 0x2d: true
        default: false
        }
    }
}

extension VigilProfile {
    /// Name and numbers: weights in hundredths, thresholds and bands in millionths, silence in seconds.
    public func json() -> JSONValue { Self.json(name, weights, thresholds, bands) }

    private static func json(
        _ name: String, _ weights: RiskWeights, _ thresholds: CollusionThresholds, _ bands: RiskBands
    ) -> JSONValue {
        [
            "name": .string(name),
            "weights": [
                "trust": .integer(weights.trust), "stability": .integer(weights.stability),
                "collusion": .integer(weights.collusion), "chain": .integer(weights.chain),
            ],
            "thresholds": [
                "concentration": .integer(thresholds.concentration.value),
                "entropy_drop": .integer(thresholds.entropyDrop.value),
                "synchronisation": .integer(thresholds.synchronisation.value), "silence": .integer(thresholds.silence),
            ],
            "bands": [
                "watch": .integer(bands.watch.value), "alert": .integer(bands.alert.value),
                "critical": .integer(bands.critical.value),
            ],
        ]
    }

    /// Reads what ``json()`` writes; unknown and missing members are refused.
    ///
    /// - Throws: `vigil.profile_invalid`.
    public init(json: JSONValue) throws(VigilError) {
        do {
            var reader = try RecordReader(json, "profile")
            let name = try reader.string("name", limit: 32)
            var weights = try RecordReader(reader.object("weights"), "weights")
            var thresholds = try RecordReader(reader.object("thresholds"), "thresholds")
            var bands = try RecordReader(reader.object("bands"), "bands")
            try reader.finish()
            try self.init(
                name: name,
                weights: RiskWeights(
                    trust: weights.integer("trust"), stability: weights.integer("stability"),
                    collusion: weights.integer("collusion"), chain: weights.integer("chain")),
                thresholds: CollusionThresholds(
                    concentration: Millionths(thresholds.integer("concentration")),
                    entropyDrop: Millionths(thresholds.integer("entropy_drop")),
                    synchronisation: Millionths(thresholds.integer("synchronisation")),
                    silence: thresholds.integer("silence")),
                bands: RiskBands(
                    watch: Millionths(bands.integer("watch")), alert: Millionths(bands.integer("alert")),
                    critical: Millionths(bands.integer("critical"))))
            try weights.finish()
            try thresholds.finish()
            try bands.finish()
        } catch let error as VigilError {
            throw error
        } catch let error as WireError {
            throw VigilError(.profileInvalid, error.description)
        } catch {
            throw VigilError(.profileInvalid, "the profile cannot be read")
        }
    }
}
