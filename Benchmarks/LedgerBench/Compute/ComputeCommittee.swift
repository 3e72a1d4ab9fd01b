import ChanceryArithmetic
import ChanceryCustodian
import ChanceryLedger
import ChanceryNode
import ChanceryOracle
import ChancerySuite
import ChanceryTransport
import ChanceryWire
import Foundation
import Synchronization

/// Three custodians as processes on loopback, any two of whom hold a secret together. Their coordinator and a client are in this
/// process, on channels that stay.
final class ComputeCommittee {
    /// A program and the values of its secrets.
    struct Installation {
        let name: String
        let source: String
        var secrets: JSONObject = [:]
    }

    /// What one call took.
    struct Timing {
        let result: ComputeResult
        /// Seconds from handing in the masked values to the custodians' sealed results.
        let online: Double
        /// Seconds from the claim to the results in the clear.
        let whole: Double
    }

    static let size = 3
    private let folder: String
    private let service: TimedService
    private let client: ComputeClient
    private let network: Task<Void, any Error>
    private var programs: [String: [UInt8]] = [:]

    init(in folder: String, _ programs: [Installation]) throws {
        self.folder = folder
        try Self.chancery(
            "compute", "cluster", "up", "--dir", folder, "--n", String(Self.size), "--k", "2", "--base-port",
            // Four times as much may be ordered; nothing is made in the background.
            String(Int.random(in: 20_000...31_000)), "--material", "16384")
        for program in programs { self.programs[program.name] = try Self.activate(program, in: folder) }
        // From here on this process coordinates.
        try Self.chancery("compute", "cluster", "kill", "0", "--dir", folder)
        let roster = try CustodianRoster(decoding: Self.read(folder + "/roster.json"))
        let slot = Slot()
        let tls = try PostQuantumTLS(
            Self.credential(folder + "/coordinator/tls"),
            anchors: TrustAnchors(pem: Self.text(folder + "/coordinator/tls/authority.pem")),
            now: Self.now)
        let network = try FramedNetwork(
            at: nil, connectingTo: roster.addresses.mapValues { try PeerAddress($0) }, accepting: [],
            federation: roster.set.digest, tls: tls,
            handlers: .init(
                received: { bytes, sender in await slot.coordinator?.receive(bytes, from: sender) },
                changed: { isConnected, did in await slot.coordinator?.setConnected(isConnected, did) }))
        let coordinator = Coordinator(roster, network: network, patience: .seconds(60), now: Self.now)
        slot.set(coordinator)
        self.network = Task { try await network.run() }
        service = TimedService(coordinator)
        client = try ComputeClient(
            roster, key: SigningKey(.mlDSA65, seed: Self.seed("ticket/ml-dsa-65", folder + "/client.chkf")), service: service,
            now: Self.now)
        try Bench.blocking {
            for _ in 0..<500 {
                if await coordinator.status().count == Self.size { return }
                try await Task.sleep(for: .milliseconds(20))
            }
            throw Failure(description: "the custodians are not reached")
        }
    }

    deinit {
        network.cancel()
        _ = try? Self.chancery("compute", "cluster", "stop", "--dir", folder)
    }

    /// Has material made until so many evaluations of a program are ready at everybody.
    ///
    /// - Returns: the seconds from the last order to its material, and how many evaluations that was for.
    @discardableResult
    func supply(_ name: String, _ count: Int) throws -> (seconds: Double, evaluations: Int) {
        let (id, coordinator) = (try id(name), service.coordinator)
        return try Bench.blocking {
            var last = (seconds: 0.0, evaluations: 0)
            while true {
                let free = try await Self.free(coordinator, id)
                guard free < count else { return last }
                let start = ContinuousClock.now
                try await coordinator.order(id, count: count - free)
                var made = free
                for _ in 0..<20_000 where made == free {
                    try await Task.sleep(for: .milliseconds(3))
                    made = try await Self.free(coordinator, id)
                }
                guard made > free else { throw Failure(description: "the custodians make no material for `\(name)`") }
                last = ((ContinuousClock.now - start) / .seconds(1), made - free)
            }
        }
    }

    private static func free(_ coordinator: Coordinator, _ id: [UInt8]) async throws -> Int {
        let answers = try await coordinator.query("pool", id)
        let counts = answers.values.map { answer in
            (answer["blocks"]?.array ?? []).reduce(0) { $0 + Int(($1["end"]?.integer ?? 0) - ($1["first"]?.integer ?? 0)) }
        }
        return counts.count == size ? counts.min() ?? 0 : 0
    }

    func evaluate(_ name: String, _ rows: [[FieldElement]]) throws -> Timing {
        let (id, client, service) = (try id(name), client, service)
        return try Bench.blocking {
            let start = ContinuousClock.now
            let result = try await client.evaluate(id, rows)
            return Timing(result: result, online: service.seconds, whole: (ContinuousClock.now - start) / .seconds(1))
        }
    }

    private func id(_ name: String) throws -> [UInt8] {
        guard let id = programs[name] else { throw Failure(description: "`\(name)` is not installed") }
        return id
    }

    // MARK: setting up

    /// Installs a program with its secrets and has two custodians approve it, by the commands.
    private static func activate(_ program: Installation, in folder: String) throws -> [UInt8] {
        let (source, secrets) = (folder + "/\(program.name).chc", folder + "/\(program.name).json")
        let (policyFile, package) = (folder + "/\(program.name).policy", folder + "/\(program.name).package")
        try Data(program.source.utf8).write(to: URL(fileURLWithPath: source))
        try Data(CanonicalForm.jcs.encode(.object(program.secrets))).write(to: URL(fileURLWithPath: secrets))
        var policy = ComputePolicy()
        (policy.clientBudget, policy.programBudget, policy.evaluationsPerMinute) = (1 << 40, 1 << 40, 1_000_000)
        policy.outputBits = 127
        policy.extraction = nil
        policy.refillsMaterial = false
        policy.checksRanges = program.source.contains("input x: int") || program.source.contains("input x: fixed")
        try Data(policy.bytes).write(to: URL(fileURLWithPath: policyFile))
        try chancery(
            "compute", "package", source, "--dir", folder, "--secrets", secrets, "--policy", policyFile, "--out", package)
        let id = try chancery("compute", "install", "--dir", folder, package).trimmingCharacters(in: .whitespacesAndNewlines)
        if !program.secrets.isEmpty { try chancery("compute", "secrets", "--dir", folder, id, secrets) }
        for number in 1...2 {
            try chancery("compute", "approve", "--dir", folder, "--home", "\(folder)/c\(number)/home", id)
        }
        try chancery("compute", "activate", "--dir", folder, id)
        return try Hex.decode(id, count: 32)
    }

    @discardableResult
    private static func chancery(_ arguments: String...) throws -> String {
        let process = Process()
        let (output, errors) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: Program.path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let reason = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "`chancery \(arguments.joined(separator: " "))` failed: \(reason)")
        }
        return text
    }

    private static let now: @Sendable () -> UTCTime = { UTCTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    private static func read(_ path: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(fileURLWithPath: path))) }
    private static func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    private static func seed(_ label: String, _ path: String) throws -> SecretBytes {
        guard let entry = try KeyProtection.unencrypted.open(read(path))[label] else {
            throw Failure(description: "`\(path)` does not hold `\(label)`")
        }
        return entry.secret.duplicate()
    }

    private static func credential(_ folder: String) throws -> TLSCredential {
        let chain = try UnverifiedCertificate.all(pem: text(folder + "/node.pem"))
        return try TLSCredential(
            certificate: chain[0], authority: chain[1],
            key: SigningKey(.mlDSA65, seed: seed("tls/ml-dsa-65", folder + "/node.key")), at: now())
    }

    /// The coordinator of a network that is made before it.
    private final class Slot: Sendable {
        private let held = Mutex<Coordinator?>(nil)
        var coordinator: Coordinator? { held.withLock { $0 } }
        func set(_ coordinator: Coordinator) { held.withLock { $0 = coordinator } }
    }
}

/// Lets a coordinator work and notes how long the last evaluation took between its two messages with the client.
final class TimedService: ComputeService {
    let coordinator: Coordinator
    private let last = Mutex(0.0)

    init(_ coordinator: Coordinator) { self.coordinator = coordinator }

    var seconds: Double { last.withLock { $0 } }

    func program(_ id: [UInt8]) async throws -> ProgramStatement { try await coordinator.program(id) }

    func claim(
        _ program: [UInt8], secrets: Bool, ticket: Ticket, claim: Claim, rows: PlainRows?
    ) async throws -> ClaimGrant {
        try await coordinator.claim(program, secrets: secrets, ticket: ticket, claim: claim, rows: rows)
    }

    func submit(
        _ program: [UInt8], claim: [UInt8], submission: Submission, frames: [Int: [UInt8]]
    ) async throws -> SubmissionAnswer {
        let start = ContinuousClock.now
        let answer = try await coordinator.submit(program, claim: claim, submission: submission, frames: frames)
        last.withLock { $0 = (ContinuousClock.now - start) / .seconds(1) }
        return answer
    }

    func orderSecretsMaterial(_ program: [UInt8]) async throws { try await coordinator.orderSecretsMaterial(program) }
}
