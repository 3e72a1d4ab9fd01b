import ChanceryArithmetic
import ChanceryCircuit
import ChanceryClient
import ChanceryCustodian
import ChanceryLedger
import ChanceryNode
import ChanceryOracle
import ChanceryStorage
import ChancerySuite
import ChanceryTransport
import ChanceryWire
import Foundation
import Synchronization
import TestKit

/// Custodians and a coordinator as processes of their own, by the commands that users have; clients are here.
final class ProcessCluster: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let place = TemporaryFolder()
    let size: Int
    private let port: Int
    let roster: CustodianRoster
    let key: SigningKey<Purpose.Ticket>
    let remote: RemoteCompute
    private let liars = Mutex<[Process]>([])

    static let clock: @Sendable () -> UTCTime = { UTCTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    var folder: String { place.path + "/committee" }

    init(_ size: Int, _ quorum: Int, material: Int) throws {
        self.size = size
        port = try FreePorts.first(size + 1)
        let folder = place.path + "/committee"
        try Self.chancery(
            "compute", "cluster", "up", "--dir", folder, "--n", String(size), "--k", String(quorum), "--base-port",
            String(port), "--material", String(material))
        roster = try CustodianRoster(decoding: place.read("committee/roster.json"))
        key = try Self.key(in: place.read("committee/client.chkf"))
        remote = try RemoteCompute(PeerAddress("http://127.0.0.1:\(port)"), client: key.publicKey)
    }

    func stop() {
        for liar in liars.withLock({ $0 }) where liar.isRunning {
            _ = Foundation.kill(liar.processIdentifier, SIGKILL)
            liar.waitUntilExit()
        }
        _ = try? Self.chancery("compute", "cluster", "stop", "--dir", folder)
    }

    /// 0 is the coordinator.
    func kill(_ number: Int) throws { try Self.chancery("compute", "cluster", "kill", String(number), "--dir", folder) }
    func start(_ number: Int) throws { try Self.chancery("compute", "cluster", "start", String(number), "--dir", folder) }

    private static func key(in file: [UInt8]) throws -> SigningKey<Purpose.Ticket> {
        guard let entry = try KeyProtection.unencrypted.open(file)["ticket/ml-dsa-65"] else {
            throw Failure(description: "no client's key")
        }
        return try SigningKey(.mlDSA65, seed: entry.secret.duplicate())
    }

    var client: ComputeClient { ComputeClient(roster, key: key, service: remote, now: Self.clock) }

    /// A client with the key that `compute gateway --dir` takes.
    func gatewayClient() throws -> ComputeClient {
        try client(with: Self.key(in: place.read("committee/gateway.chkf")))
    }

    private func client(with key: SigningKey<Purpose.Ticket>) throws -> ComputeClient {
        ComputeClient(
            roster, key: key, service: try RemoteCompute(PeerAddress("http://127.0.0.1:\(port)"), client: key.publicKey),
            now: Self.clock)
    }

    /// Admits another client at every custodian.
    func admit() throws -> ComputeClient {
        let key = try SigningKey<Purpose.Ticket>.generate(.mlDSA65)
        for number in 1...size {
            var list = try ClientList(at: "\(folder)/c\(number)/home/clients.json")
            try list.admit(AdmittedClient(key.publicKey, isOwner: false))
        }
        return try client(with: key)
    }

    /// Installs a program of QuorumVM's and has a quorum approve it.
    func activate(_ source: String, _ policy: ComputePolicy) async throws -> (id: [UInt8], circuit: Circuit) {
        let program = try SeedParser.parse(source, profile: .extended, isStrict: true)
        let package = try SeedPackage(program: program, policy: .init(budget: 1, evaluationsPerMinute: 1)).bytes
        return try await activate(package: package, policy)
    }

    /// Installs a program of ours with its owner's secrets and has a quorum approve it.
    func activate(
        _ source: String, secrets: [FieldElement], _ policy: ComputePolicy
    ) async throws -> (id: [UInt8], circuit: Circuit) {
        let salt = SystemRandom.bytes(SecretsCommitment.saltLength)
        let package = try ProgramPackage(
            ProgramPackage.Terms(
                version: "1.0.0", code: .source(source), secretsCommitment: SecretsCommitment.digest(of: secrets, salt: salt),
                policy: JSONParser.parse(policy.bytes).object ?? JSONObject(), parties: size,
                threshold: roster.set.threshold, custodians: roster.set.digest))
        return try await activate(package: package.bytes, secrets: secrets, policy)
    }

    private func activate(
        package: [UInt8], secrets: [FieldElement] = [], _ policy: ComputePolicy
    ) async throws -> (id: [UInt8], circuit: Circuit) {
        let content = try ProgramContent(package: package)
        let order = try InstallOrder.sign(package, for: roster.set, by: key, salt: SystemRandom.bytes(16))
        let id = try await remote.install(package, order)
        if !secrets.isEmpty { try await client.installSecrets(id, secrets, epoch: 1) }
        var bundle = ActivationBundle(version: content.version, epoch: 1, policy: policy, approvals: [])
        let terms = try bundle.terms(of: id, by: roster.set)
        for number in 1...roster.set.threshold {
            let file = try KeyProtection.unencrypted.open(place.read("committee/c\(number)/home/approval.chkf"))
            guard let entry = file["approval/ml-dsa-65"], let did = roster.did(number) else {
                throw Failure(description: "no approval key")
            }
            let approval = try Approval.sign(
                terms, as: did, at: Self.clock(), by: SigningKey(.mlDSA65, seed: entry.secret.duplicate()),
                salt: SystemRandom.bytes(16))
            bundle.approvals = [try UnverifiedRecord(decoding: approval.record.bytes)]
            _ = try await remote.approve(id, bundle)
        }
        _ = try await remote.activate(id)
        return (id, content.circuit)
    }

    /// Has material made until every custodian has as much.
    func supply(_ id: [UInt8], _ count: Int) async throws {
        _ = try await remote.order(id, count: count)
        for _ in 0..<500 {
            let answers = try await remote.query("programs/\(Hex.encode(id))/pool").array ?? []
            let counts = answers.map { answer in
                (answer["blocks"]?.array ?? []).reduce(Int64(0)) { sum, block in
                    sum + (block["end"]?.integer ?? 0) - (block["first"]?.integer ?? 0)
                }
            }
            if counts.count == size, counts.allSatisfy({ $0 >= Int64(count) }) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Failure(description: "no material in time")
    }

    /// Puts a liar with the keys and log of a custodian in its place.
    func startLiar(_ number: Int) throws {
        try kill(number)
        try runLiar(number)
    }

    /// Has the custodians agree on keys as if none of them had run before, with a liar in the place of one that lies from the start.
    func agreeAnew(with number: Int, lying lie: String) async throws {
        for custodian in 1...size { try kill(custodian) }
        for custodian in 1...size {
            for file in ["home/custodian.log", "state/custodian.mark", "state/epoch.chkf"] {
                try FileManager.default.removeItem(atPath: "\(folder)/c\(custodian)/\(file)")
            }
        }
        try self.lie(number, lie)
        try runLiar(number)
        for custodian in 1...size where custodian != number { try start(custodian) }
        try await reachable(size)
    }

    /// What each custodian says of the keys that were agreed on, nil while it has none.
    func agreements() async -> [Int: String?] {
        let answers = (try? await remote.query("status").array) ?? []
        return answers.reduce(into: [:]) { agreements, answer in
            guard let number = answer["number"]?.integer else { return }
            agreements.updateValue(answer["agreed"]?.string, forKey: Int(number))
        }
    }

    private func runLiar(_ number: Int) throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = try Self.binary("chancery-liar")
        process.arguments = ["\(folder)/c\(number)", "\(folder)/roster.json"]
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        liars.withLock { $0.append(process) }
        // Its one line.
        guard !output.fileHandleForReading.availableData.isEmpty else { throw Failure(description: "the liar does not listen") }
    }

    /// What the liar does from here on: `KIND WAY`; nothing when empty.
    func lie(_ number: Int, _ lie: String) throws { try place.write(Array(lie.utf8), to: "committee/c\(number)/lie") }

    /// What `chancery compute blame export` prints.
    func blames(_ id: [UInt8]) throws -> String {
        try Self.chancery("compute", "blame", "export", Hex.encode(id), "--dir", folder, "--out", place.path + "/blames")
    }

    /// Waits until the coordinator reaches so many custodians and all of these count each other among the living.
    func reachable(_ count: Int) async throws {
        for _ in 0..<500 {
            let answers = (try? await remote.query("status").array) ?? []
            if answers.count == count, answers.allSatisfy({ $0["live"]?.array?.count == count }) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Failure(description: "not all custodians are reached")
    }

    /// The lines of a stopped custodian's log: `u32 length | bytes | hash` each.
    func log(_ number: Int) throws -> [[UInt8]] {
        let bytes = try place.read("committee/c\(number)/home/custodian.log")
        var entries: [[UInt8]] = []
        var start = 0
        while bytes.count - start >= 4 {
            let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
            guard bytes.count - start >= 4 + length + 32 else { break }
            entries.append(Array(bytes[start + 4..<start + 4 + length]))
            start += 4 + length + 32
        }
        return entries
    }

    @discardableResult
    private static func chancery(_ arguments: String...) throws -> String {
        let process = Process()
        let (output, errors) = (Pipe(), Pipe())
        process.executableURL = try binary("chancery")
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let reason = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "`chancery \(arguments.joined(separator: " "))`: \(reason)")
        }
        return text
    }

    /// Beside the test bundle, which SwiftPM builds into the same folder.
    private static func binary(_ name: String) throws -> URL {
        let beside = [CommandLine.arguments[0], Bundle.main.executablePath ?? ""].map {
            URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent(name)
        }
        let package = URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL
        guard
            let found = (beside + [package.appending(path: ".build/release/\(name)")]).first(where: {
                FileManager.default.isExecutableFile(atPath: $0.path)
            })
        else { throw Failure(description: "`\(name)` is not built") }
        return found
    }
}
