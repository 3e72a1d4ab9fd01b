import ChanceryGovernance
import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct FederationDeskTests {
    private let federation: SampleFederation
    private let folder = TemporaryFolder()
    private let store: SQLiteStore
    private let desk: FederationDesk

    init() throws {
        federation = try SampleFederation(weights: [1, 1, 1, 1])
        store = try SQLiteStore(path: folder.path + "/ledger.sqlite")
        let files = FederationFolder(path: folder.path + "/governance", statePath: folder.path + "/state")
        let keeper = FederationKeeper(
            files: files, store: store, registry: IdentityRegistry(store: store), now: { SampleKeys.time(20) })
        _ = try keeper.adopt(federation.genesis.bytes, as: federation.genesis.federation)
        let enrolment = try SampleKeys.enrolment(1, keys: federation.keys[0])
        try files.write(CanonicalForm.jcs.encode(enrolment.json), as: .enrolment, replacing: false)
        desk = FederationDesk(keeper: keeper, store: store, now: { SampleKeys.time(20) })
    }

    @Test func `a member's word is remembered however much was proposed before`() throws {
        let proposals = try (0...ProposalPool.proposalsPerMember).map { number in
            try federation.proposal(
                .revokeModel(manifest: SampleKeys.salt(1) + SampleKeys.salt(2), scope: .everything), basis: .none,
                salt: UInt8(number))
        }
        _ = try store.append(proposals.map { try NewRecord($0.record) }, moving: [])
        let last = try #require(proposals.last)
        _ = try desk.vote(.approve, on: last, key: federation.keys[0].ballot)
        #expect(throws: NodeError.self) { try desk.vote(.reject, on: last, key: federation.keys[0].ballot) }
        #expect(try desk.view().ballots[last.id]?.weights.approve == 1)
    }
    @Test func `a ballot that was kept before its proposal counts`() throws {
        let proposal = try federation.proposal(.updatePolicy(SampleKeys.salt(1) + SampleKeys.salt(2)), basis: .policy(nil))
        _ = try store.append([NewRecord(federation.ballot(.approve, on: proposal.id, by: 0).record)], moving: [])
        #expect(try desk.view().ballots.isEmpty)
        _ = try store.append([NewRecord(proposal.record)], moving: [])
        #expect(try desk.view().ballots[proposal.id]?.weights.approve == 1)
        #expect(throws: NodeError.self, "a second word would cost the member its weight") {
            try desk.vote(.reject, on: proposal, key: federation.keys[0].ballot)
        }
    }
}
