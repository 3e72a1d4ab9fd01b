import ChanceryArithmetic
import ChanceryCircuit
import ChanceryCustodian
import ChanceryLedger
import ChanceryNode
import ChanceryOracle
import ChancerySuite
import ChanceryThreshold
import ChanceryWire
import Foundation
import Synchronization

/// A committee in one process: custodians, a coordinator and a client, with messages that a test may see, change and lose.
final class Mesh: Sendable {
    struct Message: Sendable {
        let from: DID
        let to: DID
        let bytes: [UInt8]
    }

    private struct Wiring: Sendable {
        var inboxes: [DID: AsyncStream<Message>.Continuation] = [:]
        var tap: @Sendable (Message) -> [Message] = { [$0] }
    }

    private struct Port: PeerNetwork {
        let mesh: Mesh
        let from: DID

        func send(_ message: [UInt8], to peer: DID) { mesh.post(Message(from: from, to: peer, bytes: message)) }
    }

    struct Directory: ClientDirectory {
        let clients: [[UInt8]: AdmittedClient]
        func client(_ id: [UInt8]) -> AdmittedClient? { clients[id] }
    }

    private let wiring = Mutex(Wiring())
    let roster: CustodianRoster
    let seats: [Seat]
    let clientKey: SigningKey<Purpose.Ticket>
    /// Of another owner whom every custodian admitted.
    let strangerKey: SigningKey<Purpose.Ticket>
    let settings: CustodianSettings
    private let coordinator = Mutex<Coordinator?>(nil)
    private let nodes = Mutex<[Int: CustodianNode]>([:])
    private let tasks = Mutex<[Task<Void, Never>]>([])

    struct Seat: Sendable {
        let did: DID
        let approval: SigningKey<Purpose.Approval>
        let key: SigningKey<Purpose.Custodian>
        let store: MemoryCustodianStore
    }

    static let clock: @Sendable () -> UTCTime = { UTCTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    init(
        _ size: Int, _ quorum: Int, settings: CustodianSettings = .test, patience: Duration = .seconds(8)
    ) throws {
        var made: [Seat] = []
        for _ in 0..<size {
            made.append(
                Seat(
                    did: try DID(DID.prefix + Hex.encode(SystemRandom.bytes(32))), approval: try .generate(.mlDSA65),
                    key: try .generate(.mlDSA65), store: MemoryCustodianStore()))
        }
        made.sort { $0.did.bytes.lexicographicallyPrecedes($1.did.bytes) }
        seats = made
        roster = try CustodianRoster(
            made.map { Custodian(did: $0.did, approval: $0.approval.publicKey, key: $0.key.publicKey) }, threshold: quorum,
            addresses: Dictionary(uniqueKeysWithValues: made.map { ($0.did, "https://127.0.0.1:1") }),
            coordinator: DID(DID.prefix + Hex.encode(SystemRandom.bytes(32))))
        clientKey = try .generate(.mlDSA65)
        strangerKey = try .generate(.mlDSA65)
        self.settings = settings
        let service = Coordinator(
            roster, network: Port(mesh: self, from: roster.coordinator), patience: patience, read: Programs.read,
            now: Self.clock)
        coordinator.withLock { $0 = service }
        let inbox = open(roster.coordinator)
        hold(Task { for await message in inbox { await service.receive(message.bytes, from: message.from) } })
        for number in 1...size { try start(number) }
    }

    deinit { for task in tasks.withLock({ $0 }) { task.cancel() } }

    func stop() {
        for task in tasks.withLock({ $0 }) { task.cancel() }
        wiring.withLock { $0.inboxes = [:] }
    }

    var service: Coordinator { coordinator.withLock { $0! } }
    func node(_ number: Int) -> CustodianNode? { nodes.withLock { $0[number] } }
    func tap(_ tap: @escaping @Sendable (Message) -> [Message]) { wiring.withLock { $0.tap = tap } }
    func number(_ did: DID) -> Int? { roster.number(of: did) }

    private func hold(_ task: Task<Void, Never>) { tasks.withLock { $0.append(task) } }

    private func open(_ did: DID) -> AsyncStream<Message> {
        let (stream, continuation) = AsyncStream<Message>.makeStream()
        wiring.withLock { $0.inboxes[did] = continuation }
        return stream
    }

    private func post(_ message: Message) {
        for message in wiring.withLock({ $0.tap })(message) {
            _ = wiring.withLock { $0.inboxes[message.to] }?.yield(message)
        }
    }

    /// Starts a custodian on its store, as after a crash.
    func start(_ number: Int, store: (any CustodianStore)? = nil) throws {
        let seat = seats[number - 1]
        let owners = [clientKey, strangerKey].map { AdmittedClient($0.publicKey, isOwner: true) }
        let node = try CustodianNode(
            roster, as: seat.did, key: seat.key, settings: settings, store: store ?? seat.store,
            clients: Directory(clients: Dictionary(uniqueKeysWithValues: owners.map { ($0.key.id, $0) })),
            network: Port(mesh: self, from: seat.did), read: Programs.read, now: Self.clock)
        nodes.withLock { $0[number] = node }
        let inbox = open(seat.did)
        let service = service
        hold(
            Task {
                await service.setConnected(true, seat.did)
                for await message in inbox { await node.receive(message.bytes, from: message.from) }
            })
        hold(
            Task {
                while !Task.isCancelled, self.node(number) === node {
                    await node.tick()
                    try? await Task.sleep(for: .milliseconds(20))
                }
            })
    }

    /// Ends a custodian as a power cut would.
    func kill(_ number: Int) async {
        let did = seats[number - 1].did
        wiring.withLock { $0.inboxes.removeValue(forKey: did) }?.finish()
        nodes.withLock { _ = $0.removeValue(forKey: number) }
        await service.setConnected(false, did)
    }

    var client: ComputeClient { client(clientKey) }

    func client(_ key: SigningKey<Purpose.Ticket>) -> ComputeClient {
        ComputeClient(
            roster, key: key, service: service, federation: settings.federation?.federation, read: Programs.read,
            now: Self.clock)
    }

    /// Waits until a custodian has heard what it missed and serves its program.
    func serves(_ number: Int) async throws {
        for _ in 0..<200 {
            let programs = await service.status()[number]?["programs"]?.array
            if programs?.first?["serving"]?.bool == true { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw CustodianError(.unavailable, "custodian \(number) does not serve")
    }

    /// What a client may still spend, as the custodians count it: each number that one of them says.
    func remaining(of client: [UInt8], _ program: [UInt8]) async throws -> Set<Int64> {
        Set(
            try await service.query("standing", program, client: client).values.compactMap {
                $0["standing"]?["remaining"]?.integer
            })
    }

    /// Waits until every custodian counts all others among the living.
    func reachEachOther() async throws {
        for _ in 0..<200 {
            let status = await service.status()
            if status.count == seats.count, status.values.allSatisfy({ $0["live"]?.array?.count == seats.count }) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw CustodianError(.unavailable, "not all custodians reach each other")
    }

    /// Waits until every custodian has keys.
    func ready() async throws {
        for _ in 0..<500 {
            let status = await service.status()
            let agreed = Set(status.values.compactMap { $0["agreed"]?.string })
            if status.count == seats.count, status.values.allSatisfy({ $0["agreed"]?.string != nil }), agreed.count == 1 {
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw CustodianError(.keysMissing, "no keys in time")
    }

    /// Installs a program with its secrets.
    func install(_ package: [UInt8], secrets: [FieldElement] = []) async throws -> [UInt8] {
        try await ready()
        let order = try InstallOrder.sign(package, for: roster.set, by: clientKey, salt: SystemRandom.bytes(16))
        let id = try await service.install(package, UnverifiedRecord(decoding: order.record.bytes))
        if !secrets.isEmpty { try await client.installSecrets(id, secrets, epoch: 1) }
        return id
    }

    /// Evaluates until every custodian has part in an answer: the material that they share lasts for the next ones too.
    func settle(_ id: [UInt8]) async throws {
        for _ in 0..<20 {
            if try await client.evaluate(id, [[FieldElement(2)]]).assurance == .corrected { return }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw CustodianError(.unavailable, "not every custodian has part in an answer")
    }

    /// Installs a program with its secrets and has K custodians approve it.
    func activate(
        _ package: [UInt8], secrets: [FieldElement], policy: ComputePolicy, extraction: UnverifiedRecord? = nil
    ) async throws -> [UInt8] {
        let id = try await install(package, secrets: secrets)
        try await approve(id, package, policy: policy, extraction: extraction)
        return id
    }

    /// Has K custodians approve an installed program.
    func approve(
        _ id: [UInt8], _ package: [UInt8], policy: ComputePolicy, extraction: UnverifiedRecord? = nil
    ) async throws {
        let content = try Programs.read(package)
        var bundle = ActivationBundle(
            version: content.version, epoch: 1, policy: policy, extraction: extraction, approvals: [])
        let terms = try bundle.terms(of: id, by: roster.set)
        for seat in seats.prefix(roster.set.threshold) {
            bundle.approvals = [
                try UnverifiedRecord(
                    decoding: Approval.sign(
                        terms, as: seat.did, at: Self.clock(), by: seat.approval, salt: SystemRandom.bytes(16)
                    )
                    .record.bytes)
            ]
            _ = try await service.approve(id, bundle)
        }
        _ = try await service.activate(id)
    }
}

extension CustodianSettings {
    static var test: CustodianSettings {
        var settings = CustodianSettings()
        settings.material = 16
        settings.patience = 1
        settings.clientPatience = 5
        return settings
    }
}

/// Programs of the tests: a package names one.
enum Programs {
    static func package(_ name: String) throws -> [UInt8] {
        try CanonicalForm.jcs.encode(["program": .string(name)] as JSONValue)
    }

    static let read: ProgramContent.Reader = { package in
        guard let name = try JSONParser.parse(package)["program"]?.string else { return try ProgramContent(package: package) }
        var policy = ComputePolicy()
        policy.clientBudget = 1000
        policy.programBudget = 1000
        policy.evaluationsPerMinute = 1000
        return ProgramContent(
            id: Digest.sha3_256(package), version: "1", circuit: try circuit(name), policy: policy, package: package)
    }

    private static func wire(_ index: Int32) -> Circuit.Wire { Circuit.Wire(index: index) }

    private static func circuit(_ name: String) throws -> Circuit {
        switch name {
        case _ where name.hasPrefix("cube"):
            // x³, through an opened square.
            return try Circuit(
                inputs: [Circuit.Input(name: "x", type: .field)], secrets: [],
                gates: [
                    .input(0), .products([Circuit.Pair(wire(0), wire(0))], nil),
                    .products([Circuit.Pair(wire(1), wire(0))], nil),
                ], outputs: [Circuit.Output(name: "y", wire: wire(2), type: .field)])
        default:
            // (w0·x0 + w1·x1)·x0, with secret weights and inputs of 8 bits.
            let byte: ClosedRange<Int128> = 0...255
            return try Circuit(
                inputs: [
                    Circuit.Input(name: "x0", type: .integer(bits: 16), range: byte),
                    Circuit.Input(name: "x1", type: .integer(bits: 16), range: byte),
                ],
                secrets: [Circuit.Secret(name: "w0", type: .field), Circuit.Secret(name: "w1", type: .field)],
                gates: [
                    .input(0), .input(1), .secret(0), .secret(1),
                    .products([Circuit.Pair(wire(2), wire(0)), Circuit.Pair(wire(3), wire(1))], nil),
                    .products([Circuit.Pair(wire(4), wire(0))], nil),
                ], outputs: [Circuit.Output(name: "y", wire: wire(5), type: .field)])
        }
    }
}
