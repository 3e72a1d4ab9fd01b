public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// One entry of the decision log before it is decided: where it belongs and what it does. Nobody signs it; its id is the
/// hash of its bytes, and that is what members vote on.
public struct Block: Sendable, Equatable {
    public static let type = "chancery/block/v1"
    /// Longest block in bytes, and the most items.
    public static let maximumBytes = 2 << 20
    public static let maximumItems = 1024
    /// Levels, so that it also fits into a decision and a message.
    static let maximumDepth = 28

    /// Everything but the state root and the items.
    public struct Context: Sendable, Equatable {
        public let federation: Digest256
        public let slot: Int64
        /// The decision before.
        public let parent: Digest256
        public let epoch: Int64
        public let committee: Digest256
        public let time: UTCTime
        /// Who made it.
        public let proposer: DID
    }

    public let context: Context
    /// The root of the state after the items.
    public let stateRoot: Digest256
    public let items: [JSONValue]
    /// The canonical bytes.
    public let bytes: [UInt8]
    /// SHA3-256 of the bytes.
    public let id: Digest256

    /// - Throws: `governance.consensus_malformed` when it is longer than a block may be.
    public init(_ context: Context, stateRoot: Digest256, items: [JSONValue]) throws(GovernanceError) {
        let body: JSONObject = [
            "committee": .hash(context.committee), "epoch": .integer(context.epoch), "federation": .hash(context.federation),
            "items": .array(items), "parent": .hash(context.parent), "proposer": .string(context.proposer.text),
            "slot": .integer(context.slot), "state_root": .hash(stateRoot), "time": .string(context.time.text),
            "type": .string(Self.type),
        ]
        try self.init(context, stateRoot: stateRoot, items: items, bytes: StrictJSON.bytes(.object(body)))
    }

    private init(
        _ context: Context, stateRoot: Digest256, items: [JSONValue], bytes: [UInt8]
    ) throws(GovernanceError) {
        guard items.count <= Self.maximumItems, bytes.count <= Self.maximumBytes, let id = Digest256(Digest.sha3_256(bytes))
        else {
            throw GovernanceError(.consensusMalformed, "a block has \(Self.maximumItems) items and \(Self.maximumBytes) bytes")
        }
        self.context = context
        self.stateRoot = stateRoot
        self.items = items
        self.bytes = bytes
        self.id = id
    }

    /// - Throws: `governance.consensus_malformed`.
    public init(decoding bytes: [UInt8]) throws(GovernanceError) {
        let value = try StrictJSON.parse(bytes, limit: Self.maximumBytes, depth: Self.maximumDepth)
        let context: Context
        let root: Digest256
        let items: [JSONValue]
        do throws(WireError) {
            var reader = try RecordReader(value, "block")
            try reader.expect(type: Self.type)
            context = Context(
                federation: try reader.hash256("federation"),
                slot: try reader.integer("slot", in: 1...CanonicalForm.largestSafeInteger),
                parent: try reader.hash256("parent"), epoch: try reader.integer("epoch"),
                committee: try reader.hash256("committee"), time: try reader.time("time"),
                proposer: try DID(reader.string("proposer", limit: 80)))
            root = try reader.hash256("state_root")
            items = try reader.array("items", limit: Self.maximumItems)
            try reader.finish()
        } catch {
            throw GovernanceError(.consensusMalformed, "\(error)")
        }
        try self.init(context, stateRoot: root, items: items, bytes: bytes)
    }
}

/// A decided block with the votes that decided it.
public struct Decision: Sendable {
    public static let type = "chancery/decision/v1"
    public static let maximumBytes = Block.maximumBytes + CommitCertificate.maximumBytes + 1024

    public let block: Block
    public let certificate: CommitCertificate

    public var slot: Int64 { block.context.slot }
    public var id: Digest256 { block.id }

    package init(block: Block, certificate: CommitCertificate) {
        self.block = block
        self.certificate = certificate
    }

    /// Whether `members` decided this block in its slot. What it does to the state is not looked at.
    ///
    /// - Throws: what ``CommitCertificate/verify(against:by:)`` throws, `governance.consensus_foreign` for another block.
    public func verify(
        against members: ConsensusMembers, by verifier: some ConsensusVerifier = ConsensusRecords()
    ) throws(GovernanceError) {
        guard certificate.block == block.id, certificate.place.slot == slot, block.context.epoch == members.epoch,
            block.context.federation == members.federation, block.context.committee == members.committee
        else { throw GovernanceError(.consensusForeign, "the certificate does not decide this block") }
        try certificate.verify(against: members, by: verifier)
    }

    public func encoded() throws -> [UInt8] {
        try CanonicalForm.jcs.encode(
            JSONValue.object([
                "block": JSONParser.parse(block.bytes), "certificate": certificate.json(), "type": .string(Self.type),
            ]))
    }

    /// - Throws: `governance.consensus_malformed`.
    public init(
        decoding bytes: [UInt8], by verifier: some ConsensusVerifier = ConsensusRecords()
    ) throws(GovernanceError) {
        let value = try StrictJSON.parse(bytes, limit: Self.maximumBytes)
        let parts: [JSONValue]
        do throws(WireError) {
            var reader = try RecordReader(value, "decision")
            try reader.expect(type: Self.type)
            parts = [try reader.value("block"), try reader.value("certificate")]
            try reader.finish()
        } catch {
            throw GovernanceError(.consensusMalformed, "\(error)")
        }
        block = try Block(decoding: StrictJSON.bytes(parts[0]))
        certificate = try CommitCertificate(parts[1], by: verifier)
    }
}
