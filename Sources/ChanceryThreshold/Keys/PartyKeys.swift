internal import ChanceryArithmetic
public import ChancerySuite

/// The keys that one custodian shares with others: one for each set of n − t, and one for each of n − t + 1, that it is in.
///
/// From these, custodians derive shares of the same random values without a message (Cramer, Damgård, Ishai 2005). They live
/// for one epoch. A custodian whose records of used indices were lost or restored must not use its old keys again (rule T3).
public final class PartyKeys: Sendable {
    static let keyBytes = 32
    private static let label = "chancery/threshold/stream/v1"

    public let committee: Committee
    /// The custodian's number.
    public let party: Int
    // Invariant: keys of `maskSubsets`, then of `zeroSubsets`.
    private let keys: SecretBytes
    let maskSubsets: [Subset]
    let zeroSubsets: [Subset]

    /// Takes keys over that were agreed on or kept.
    ///
    /// - Throws: `threshold.invalid_committee` when the party is not of the committee or the length is wrong.
    public init(_ committee: Committee, party: Int, keys: consuming SecretBytes) throws(ThresholdError) {
        let maskSubsets = committee.maskSubsets.filter { $0.contains(party) }
        let zeroSubsets = committee.zeroSubsets.filter { $0.contains(party) }
        guard committee.members.contains(party), keys.count == (maskSubsets.count + zeroSubsets.count) * Self.keyBytes else {
            throw ThresholdError(.invalidCommittee, "the keys do not belong to custodian \(party) of this committee")
        }
        self.committee = committee
        self.party = party
        self.keys = keys
        self.maskSubsets = maskSubsets
        self.zeroSubsets = zeroSubsets
    }

    /// How many bytes a custodian's keys have.
    public static func byteCount(_ committee: Committee, party: Int) -> Int {
        (committee.maskSubsets + committee.zeroSubsets).filter { $0.contains(party) }.count * keyBytes
    }

    /// Lends the keys for keeping them under encryption.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try unsafe keys.withBytes { bytes in try unsafe body(bytes) }
    }

    /// The streams of shared randomness for one program and purpose. Making them takes a key derivation for each set.
    public func streams(_ program: ProgramContext, _ purpose: StreamPurpose) throws -> ShareStreams {
        var streams: [KeyStream] = []
        let info = Array(Self.label.utf8) + [0, purpose.rawValue] + program.encoding
        for index in 0..<(maskSubsets.count + zeroSubsets.count) {
            let key = unsafe keys.withBytes { bytes in
                var part = unsafe Array(bytes[index * Self.keyBytes..<(index + 1) * Self.keyBytes])
                return SecretBytes(erasing: &part)
            }
            let derived = try Derivation.hkdfExpandSHA512(key, info: info, count: KeyStream.keyBytes)
            streams.append(try KeyStream(key: derived))
        }
        return ShareStreams(
            committee: committee, party: party,
            masks: zip(streams, maskSubsets).map { ($0, committee.maskWeight($1, at: party)) },
            zeros: zip(streams[maskSubsets.count...], zeroSubsets).map { ($0, committee.zeroWeight($1, at: party)) })
    }
}
