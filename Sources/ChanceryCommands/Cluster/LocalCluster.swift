internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryTransport
internal import ChanceryWire
internal import Foundation

/// A federation of nodes on this machine for trying things out: each with a home, a state folder and a process of its own,
/// talking over loopback. Their keys lie unencrypted on disk.
struct LocalCluster {
    static let nodeCounts = 1...9

    let folder: String
    let names: [String]
    let basePort: Int
    /// Whether the nodes talk over mutual TLS, instead of plain HTTP on loopback.
    let usesTLS: Bool

    /// The cluster in `folder`.
    ///
    /// - Throws: `node.not_found` when there is none.
    init(in folder: String) throws {
        self.folder = folder
        var reader = try RecordReader(JSONParser.parse(UserFile.read(folder + "/cluster.json", limit: 4096)), "cluster")
        let count = Int(try reader.integer("nodes", in: 1...Int64(Self.nodeCounts.upperBound)))
        basePort = Int(try reader.integer("base_port", in: 1...65_000))
        usesTLS = try reader.bool("tls")
        try reader.finish()
        names = (1...count).map { "n\($0)" }
    }

    /// Makes homes, keys, genesis and address books in `folder`, which must not exist.
    static func make(in folder: String, nodes: Int, basePort: Int, usesTLS: Bool) throws -> LocalCluster {
        guard !FileManager.default.fileExists(atPath: folder) else {
            throw NodeError(.alreadyExists, "`\(folder)` exists already; nothing was changed")
        }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let homes = try (1...nodes).map { number -> Home in
            let home = try Home(path: "\(folder)/n\(number)/home", state: "\(folder)/n\(number)/state")
            let name = try IdentityName("n\(number)")
            _ = try home.keeper.create(name, protection: .unencrypted)
            _ = try home.federation.enrol(
                home.keeper.open(name, .unencrypted), name: name.text, ballot: .unencrypted, node: .unencrypted)
            return home
        }
        let founders = try homes.compactMap { try $0.federation.enrolment() }
        let genesis = try homes[0].federation.found(
            name: "local", founders: founders.map { .init($0, weight: 1) }, thresholds: Thresholds(),
            toleratesNoFault: nodes < 4)
        for home in homes {
            _ = try home.nonces()
            _ = try home.federation.adopt(genesis.bytes, as: genesis.federation)
        }
        if usesTLS { try issue(to: founders.map(\.did), by: homes[0], of: genesis.federation, in: folder) }
        let note: JSONObject = [
            "base_port": .integer(Int64(basePort)), "nodes": .integer(Int64(nodes)), "tls": .bool(usesTLS),
        ]
        try UserFile.write(CanonicalForm.jcs.encode(note), to: folder + "/cluster.json")
        let cluster = try LocalCluster(in: folder)
        try cluster.connect([Array(1...nodes)])
        return cluster
    }

    /// Makes the federation's authority in one home, and a certificate for each node.
    private static func issue(to dids: [DID], by home: Home, of federation: FederationID, in folder: String) throws {
        let authority = try AuthorityFolder(home).create(
            federation: federation.bytes, seconds: CertificateAuthority.standardSeconds, protection: .unencrypted,
            at: Home.now())
        for (index, did) in dids.enumerated() {
            _ = try CredentialFolder("\(folder)/n\(index + 1)/tls").issue(
                by: authority, to: did, hosts: [HostName("127.0.0.1")], hours: 744, protection: .unencrypted, at: Home.now())
        }
    }

    /// Lets each node know the nodes of its group and no other. Running nodes follow within a second.
    func connect(_ groups: [[Int]]) throws {
        let dids = try (1...names.count).map { try home($0).federation.enrolment()?.did }
        for group in groups {
            for number in group {
                try home(number).federation.setPeers { peers in
                    peers = [:]
                    for other in group where other != number {
                        if let did = dids[other - 1] { peers[did] = url(other) }
                    }
                }
            }
        }
    }

    /// The home of node `number`, counted from 1.
    func home(_ number: Int) throws -> Home {
        try Home(path: "\(folder)/n\(number)/home", state: "\(folder)/n\(number)/state")
    }

    func port(_ number: Int) -> Int { basePort + number - 1 }

    func url(_ number: Int) -> String { "\(usesTLS ? "https" : "http")://127.0.0.1:\(port(number))" }

    // MARK: processes

    /// Starts node `number` unless it runs, and waits until it takes connections.
    ///
    /// - Throws: `node.rejected` when it ends at once; its log says why.
    func start(_ number: Int) throws {
        guard process(number) == nil else { return }
        let log = "\(folder)/n\(number)/log"
        guard FileManager.default.createFile(atPath: log, contents: nil), let output = FileHandle(forWritingAtPath: log) else {
            throw NodeError(.storeUnavailable, "`\(log)` cannot be written")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments =
            [
                "serve", "--home", "\(folder)/n\(number)/home", "--state", "\(folder)/n\(number)/state", "--port",
                String(port(number)),
            ] + (usesTLS ? ["--tls", "\(folder)/n\(number)/tls"] : [])
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try AtomicPid.write(process.processIdentifier, "\(folder)/n\(number)/pid")
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            guard process.isRunning else { break }
            if let text = try? String(contentsOfFile: log, encoding: .utf8), text.contains("listening") { return }
            usleep(20_000)
        }
        throw NodeError(.rejected, "node \(number) does not listen; `\(log)` says why")
    }

    /// Sends `signal` to node `number`.
    ///
    /// - Returns: whether it was running.
    @discardableResult
    func signal(_ number: Int, _ signal: Int32) -> Bool {
        guard let process = process(number) else { return false }
        return kill(process, signal) == 0
    }

    /// Asks every node to stop, and waits for all of them at most ten seconds.
    ///
    /// - Returns: how many were running.
    func stop() -> Int {
        let running = names.indices.filter { signal($0 + 1, SIGTERM) }
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline, running.contains(where: { process($0 + 1) != nil }) { usleep(20_000) }
        return running.count
    }

    /// The process of node `number`, if it runs: a process of that number that is this program.
    func process(_ number: Int) -> pid_t? {
        guard let text = try? String(contentsOfFile: "\(folder)/n\(number)/pid", encoding: .utf8), let pid = pid_t(text),
            let arguments = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline"),
            String(decoding: arguments, as: UTF8.self).contains("\(folder)/n\(number)/home")
        else { return nil }
        return pid
    }
}

/// The number of a process as a file that is replaced.
enum AtomicPid {
    static func write(_ pid: pid_t, _ path: String) throws {
        try Data(String(pid).utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}
