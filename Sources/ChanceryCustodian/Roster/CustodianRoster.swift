public import ChanceryLedger
public import ChanceryOracle
internal import ChancerySuite
public import ChanceryThreshold
internal import ChanceryWire

/// Who the custodians of a committee are, where they listen, and who coordinates them. Everybody pins the same file.
///
/// Wire form: RFC 8785 of `{coordinator, custodians: [{address, approval, did, key}], threshold, type}`, keys of ML-DSA-65 in
/// base64url. The ``CustodianSet/digest`` of these names the federation in certificates, so a certificate is good for one
/// committee only.
public struct CustodianRoster: Sendable {
    public static let type = "chancery/compute-roster/v1"
    public static let maximumBytes = 1 << 18

    public let set: CustodianSet
    public let committee: Committee
    /// `https://HOST:PORT` of each custodian.
    public let addresses: [DID: String]
    /// Who may ask custodians to work. It is trusted with nothing else.
    public let coordinator: DID
    /// The canonical form.
    public let bytes: [UInt8]

    /// - Throws: `custodian.roster_malformed`, `compute.custodians_invalid`, `threshold.invalid_committee`.
    public init(_ custodians: [Custodian], threshold: Int, addresses: [DID: String], coordinator: DID) throws {
        set = try CustodianSet(custodians, threshold: threshold)
        committee = try Committee(size: custodians.count, quorum: threshold)
        guard set[coordinator] == nil, Set(addresses.keys) == Set(set.custodians.map(\.did)),
            addresses.values.allSatisfy({ (1...300).contains($0.utf8.count) })
        else {
            throw CustodianError(
                .rosterMalformed, "each custodian has one address, and the coordinator is none of the custodians")
        }
        self.addresses = addresses
        self.coordinator = coordinator
        let json: JSONValue = [
            "coordinator": .string(coordinator.text),
            "custodians": .array(
                set.custodians.map {
                    [
                        "address": .string(addresses[$0.did] ?? ""),
                        "approval": .string(Base64.url.encode($0.approval.bytes)), "did": .string($0.did.text),
                        "key": .string(Base64.url.encode($0.key.bytes)),
                    ]
                }),
            "threshold": .integer(Int64(threshold)), "type": .string(Self.type),
        ]
        bytes = try CanonicalForm.jcs.encode(json)
    }

    /// Reads the canonical form.
    public init(decoding bytes: [UInt8]) throws {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: Self.maximumBytes, depth: 4))
        var reader = try RecordReader(value, "roster")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(Self.type.utf8) else {
            throw CustodianError(.rosterMalformed, "a roster has the type `\(Self.type)`")
        }
        let coordinator = try DID(reader.string("coordinator", limit: 128))
        var addresses: [DID: String] = [:]
        var custodians: [Custodian] = []
        for item in try reader.array("custodians", limit: 16) {
            var seat = try RecordReader(item, "custodian")
            let did = try DID(seat.string("did", limit: 128))
            addresses[did] = try seat.string("address", limit: 300)
            custodians.append(
                try Custodian(
                    did: did, approval: VerifyingKey(.mlDSA65, Base64.url.decode(seat.string("approval", limit: 4096))),
                    key: VerifyingKey(.mlDSA65, Base64.url.decode(seat.string("key", limit: 4096)))))
            try seat.finish()
        }
        let threshold = Int(try reader.integer("threshold", in: 2...16))
        try reader.finish()
        try self.init(custodians, threshold: threshold, addresses: addresses, coordinator: coordinator)
        guard self.bytes == bytes else { throw WireError(.notCanonical, "the roster is not in canonical form") }
    }

    /// The custodian's number, from 1.
    public func number(of did: DID) -> Int? { set.number(of: did) }

    /// The custodian with the number, from 1.
    public func did(_ number: Int) -> DID? {
        set.custodians.indices.contains(number - 1) ? set.custodians[number - 1].did : nil
    }
}
