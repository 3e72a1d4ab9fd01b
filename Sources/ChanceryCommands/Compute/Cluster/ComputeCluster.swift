internal import ChanceryClient
internal import ChanceryCustodian
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryOracle
internal import ChanceryStorage
internal import ChancerySuite
internal import ChanceryTransport
internal import ChanceryWire
internal import Foundation

/// Custodians and a coordinator on this machine for trying things out: each with a home, keys and a process of its own, over TLS
/// on loopback. Their keys lie unencrypted on disk.
struct ComputeCluster {
    static let sizes = 3...9

    let folder: String
    let size: Int
    let basePort: Int
    /// The keys of those who ask, in the folder.
    static let (clientKey, gatewayKey) = ("client.chkf", "gateway.chkf")

    /// How many evaluations' material each custodian keeps ready.
    let material: Int

    /// The cluster in `folder`.
    ///
    /// - Throws: `node.not_found` when there is none.
    init(in folder: String) throws {
        self.folder = URL(fileURLWithPath: folder).standardizedFileURL.path
        var reader = try RecordReader(
            JSONParser.parse(UserFile.read(self.folder + "/compute.json", limit: 4096)), "compute cluster")
        size = Int(try reader.integer("custodians", in: 3...9))
        basePort = Int(try reader.integer("base_port", in: 1...65_000))
        material = Int(try reader.integer("material", in: 1...65_536))
        try reader.finish()
    }

    /// Makes homes, keys, certificates, a client, a gateway's key and the roster in `folder`, which must not exist.
    static func make(in folder: String, size: Int, quorum: Int, basePort: Int, material: Int) throws -> ComputeCluster {
        let folder = URL(fileURLWithPath: folder).standardizedFileURL.path
        guard !FileManager.default.fileExists(atPath: folder) else {
            throw NodeError(.alreadyExists, "`\(folder)` exists already; nothing was changed")
        }
        _ = try Committee(size, quorum)
        try AtomicFile.makeFolder(folder)
        // The gateway installs what it is given, under a key and budget of its own (rule T8).
        let owners = try [clientKey, gatewayKey].map { try ClientKeyFile.create("\(folder)/\($0)", .unencrypted) }
        var seats: [CustodianSeat] = []
        for _ in 1...size {
            let home = try CustodianHome(path: folder + "/new/home", state: folder + "/new/state")
            _ = try home.create(.unencrypted)
            for owner in owners { try home.admit(AdmittedClient(owner.publicKey, isOwner: true)) }
            let seat = try CustodianSeat(at: home.seatPath)
            try FileManager.default.moveItem(atPath: folder + "/new", toPath: folder + "/" + Hex.encode(seat.did.bytes))
            seats.append(seat)
        }
        // As everybody counts them.
        seats.sort { $0.did.bytes.lexicographicallyPrecedes($1.did.bytes) }
        var addresses: [DID: String] = [:]
        for (index, seat) in seats.enumerated() {
            try FileManager.default.moveItem(
                atPath: folder + "/" + Hex.encode(seat.did.bytes), toPath: "\(folder)/c\(index + 1)")
            addresses[seat.did] = "https://127.0.0.1:\(basePort + 1 + index)"
        }
        let coordinator = DID(root: try SigningKey<Purpose.Root>.generate(.mlDSA65).publicKey)
        let roster = try CustodianRoster(
            seats.map(\.custodian), threshold: quorum, addresses: addresses, coordinator: coordinator)
        try UserFile.write(roster.bytes, to: folder + "/roster.json")
        let authority = try CertificateAuthority(
            federation: roster.set.digest, key: .generate(.mlDSA65),
            validity: Validity(at: Home.now(), seconds: CertificateAuthority.standardSeconds),
            serial: SystemRandom.bytes(CertificateAuthority.serialBytes))
        let nodes = [("coordinator", coordinator)] + seats.enumerated().map { ("c\($0 + 1)", $1.did) }
        for (name, did) in nodes {
            _ = try CredentialFolder("\(folder)/\(name)/tls").issue(
                by: authority, to: did, hosts: [HostName("127.0.0.1")], hours: 744, protection: .unencrypted, at: Home.now())
        }
        let note: JSONObject = [
            "base_port": .integer(Int64(basePort)), "custodians": .integer(Int64(size)), "material": .integer(Int64(material)),
        ]
        try UserFile.write(CanonicalForm.jcs.encode(note), to: folder + "/compute.json")
        return try ComputeCluster(in: folder)
    }

    /// Refuses sizes that cannot run a program, before anything is made.
    private struct Committee {
        init(_ size: Int, _ quorum: Int) throws {
            guard ComputeCluster.sizes.contains(size), quorum >= 2, size >= 2 * quorum - 1 else {
                throw UsageError("a committee has 3 to 9 custodians, K is 2 or more, and N is 2K − 1 or more")
            }
        }
    }

    var url: String { "http://127.0.0.1:\(basePort)" }

    /// 0 is the coordinator.
    func name(_ number: Int) -> String { number == 0 ? "coordinator" : "c\(number)" }

    /// Starts a process unless it runs, and waits until it listens.
    ///
    /// - Throws: `node.rejected` when it ends at once; its log says why.
    func start(_ number: Int) throws {
        guard process(number) == nil else { return }
        let place = "\(folder)/\(name(number))"
        guard FileManager.default.createFile(atPath: place + "/log", contents: nil),
            let output = FileHandle(forWritingAtPath: place + "/log")
        else { throw NodeError(.storeUnavailable, "`\(place)/log` cannot be written") }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments =
            (number == 0
                ? ["compute", "serve", "--port", String(basePort)]
                : [
                    "custodian", "serve", "--home", place + "/home", "--state", place + "/state", "--material",
                    String(material),
                ]) + ["--roster", folder + "/roster.json", "--tls", place + "/tls"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try AtomicPid.write(process.processIdentifier, place + "/pid")
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            guard process.isRunning else { break }
            if let text = try? String(contentsOfFile: place + "/log", encoding: .utf8), text.contains("listening") { return }
            usleep(20_000)
        }
        throw NodeError(.rejected, "\(name(number)) does not listen; `\(place)/log` says why")
    }

    /// Custodians agree on keys as soon as all of them are there.
    func waitForKeys() throws {
        let remote = try RemoteCompute(PeerAddress(url))
        let size = size
        try Daemon.run {
            for _ in 0..<200 {
                let answers = (try? await remote.query("status"))?.array ?? []
                let agreed = Set(answers.compactMap { $0["agreed"]?.string })
                if answers.count == size, answers.allSatisfy({ $0["agreed"]?.string != nil }), agreed.count == 1 { return }
                try await Task.sleep(for: .milliseconds(100))
            }
            throw NodeError(.rejected, "the custodians did not agree on keys in time")
        }
    }

    /// Waits until the coordinator reaches a custodian that was started, or all that run when it was started itself.
    ///
    /// - Throws: `node.rejected` when it does not within twenty seconds. Without a coordinator there is nothing to wait for.
    func waitUntilReached(_ number: Int) throws {
        guard process(0) != nil else { return }
        let awaited = Set((number == 0 ? Array(1...size) : [number]).filter { process($0) != nil }.map { Int64($0) })
        let remote = try RemoteCompute(PeerAddress(url))
        try Daemon.run {
            for _ in 0..<200 {
                let answers = (try? await remote.query("status"))?.array ?? []
                if awaited.isSubset(of: answers.compactMap { $0["number"]?.integer }) { return }
                try await Task.sleep(for: .milliseconds(100))
            }
            throw NodeError(.rejected, "the coordinator does not reach \(name(number)) in time")
        }
    }

    @discardableResult
    func signal(_ number: Int, _ signal: Int32) -> Bool {
        guard let process = process(number) else { return false }
        return kill(process, signal) == 0
    }

    /// Asks every process to stop, and waits at most ten seconds.
    ///
    /// - Returns: how many were running.
    func stop() -> Int {
        let running = (0...size).filter { signal($0, SIGTERM) }
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline, running.contains(where: { process($0) != nil }) { usleep(20_000) }
        return running.count
    }

    /// The process with a number, if it runs: one that is this program with this folder.
    func process(_ number: Int) -> pid_t? {
        let place = "\(folder)/\(name(number))"
        guard let text = try? String(contentsOfFile: place + "/pid", encoding: .utf8), let pid = pid_t(text),
            let arguments = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline"),
            String(decoding: arguments, as: UTF8.self).contains(place + "/tls")
        else { return nil }
        return pid
    }
}
