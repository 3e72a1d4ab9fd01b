internal import ChanceryArithmetic
internal import ChanceryCircuit
internal import ChanceryClient
internal import ChanceryConformance
internal import ChanceryCustodian
internal import ChanceryNode
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryTransport
internal import ChanceryWire
internal import Foundation

/// Four custodians and a coordinator as processes of their own, for vectors; any two custodians hold a secret together.
final class ProcessCommittee: VectorCommittee {
    private static let (size, quorum) = (4, 2)

    private let cluster: ComputeCluster
    private let roster: CustodianRoster
    private let key: SigningKey<Purpose.Ticket>
    private let remote: RemoteCompute
    private let client: ComputeClient

    /// Makes the committee in a temporary folder and starts it.
    init() throws {
        cluster = try ComputeCluster.make(
            in: FileManager.default.temporaryDirectory.path + "/chancery-vectors-\(UUID().uuidString)", size: Self.size,
            quorum: Self.quorum, basePort: FreePorts.first(Self.size + 1), material: 64)
        roster = try CustodianRoster(
            decoding: UserFile.read(cluster.folder + "/roster.json", limit: CustodianRoster.maximumBytes))
        key = try ClientKeyFile.open(cluster.folder + "/client.chkf", .unencrypted)
        remote = try RemoteCompute(PeerAddress(cluster.url), client: key.publicKey)
        client = ComputeClient(roster, key: key, service: remote, now: Home.now)
        do {
            for number in (0...Self.size).reversed() { try cluster.start(number) }
            try cluster.waitForKeys()
        } catch {
            stop()
            throw error
        }
    }

    /// Ends the processes and removes the folder.
    func stop() {
        _ = cluster.stop()
        try? FileManager.default.removeItem(atPath: cluster.folder)
    }

    func evaluate(package: [UInt8], _ rows: [[FieldElement]]) async throws -> [[FieldElement]] {
        let content = try ProgramContent(package: package)
        try await install(content, epoch: 1, secrets: [])
        return try await evaluate(content, rows)
    }

    func evaluate(source: String, secrets: [String: String], _ rows: [[FieldElement]]) async throws -> [[FieldElement]] {
        let code = ProgramCode.source(source)
        let circuit = try code.circuit()
        let elements = try circuit.secrets.map { try $0.element(secrets[$0.name] ?? "") }
        var policy = ComputePolicy()
        policy.extraction = nil
        policy.outputBits = ProgramContent.outputBits(of: circuit)
        policy.checksRanges = ProgramContent.checksRanges(circuit)
        let terms = try ProgramPackage.Terms(
            version: "1.0.0", code: code,
            secretsCommitment: SecretsCommitment.digest(
                of: elements, salt: SystemRandom.bytes(SecretsCommitment.saltLength)),
            policy: JSONParser.parse(policy.bytes).object ?? JSONObject(), parties: Self.size, threshold: Self.quorum,
            custodians: roster.set.digest, epoch: 1)
        let content = try ProgramContent(package: ProgramPackage(terms).bytes)
        try await install(content, epoch: 1, secrets: elements)
        return try await evaluate(content, rows)
    }

    /// Installs a program and its secrets, and has a quorum approve it with room for all cases.
    private func install(_ content: ProgramContent, epoch: Int64, secrets: [FieldElement]) async throws {
        _ = try await remote.install(
            content.package,
            InstallOrder.sign(content.package, for: roster.set, by: key, salt: SystemRandom.bytes(16)))
        if !secrets.isEmpty { try await client.installSecrets(content.id, secrets, epoch: epoch) }
        var policy = content.policy
        (policy.clientBudget, policy.programBudget, policy.evaluationsPerMinute) = (4096, 4096, 4096)
        policy.refillsMaterial = false
        var bundle = ActivationBundle(version: content.version, epoch: epoch, policy: policy, approvals: [])
        let terms = try bundle.terms(of: content.id, by: roster.set)
        for number in 1...Self.quorum {
            let home = try CustodianHome(path: "\(cluster.folder)/c\(number)/home", state: "\(cluster.folder)/c\(number)/state")
            let approval = try Approval.sign(
                terms, as: home.did(), at: Home.now(), by: home.approvalKey(.unencrypted), salt: SystemRandom.bytes(16))
            bundle.approvals = [try UnverifiedRecord(decoding: approval.record.bytes)]
            _ = try await remote.approve(content.id, bundle)
        }
        _ = try await remote.activate(content.id)
    }

    private func evaluate(_ content: ProgramContent, _ rows: [[FieldElement]]) async throws -> [[FieldElement]] {
        _ = try await remote.order(content.id, count: rows.count)
        return try await client.evaluate(content.id, rows).outputs
    }
}
