internal import ChanceryCustodian
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryOracle
internal import ChanceryStorage
internal import ChancerySuite
internal import ChanceryWire
internal import Foundation

/// Where a custodian is kept: `custodian.chkf` with the keys of its process, `approval.chkf` with the key of its people, the log
/// and the list of clients. What a backup must not bring back lies in the state folder.
struct CustodianHome {
    private static let root = "root/ml-dsa-65"
    private static let process = "custodian/ml-dsa-65"
    private static let approval = "approval/ml-dsa-65"

    let path: String
    let statePath: String
    private var processPath: String { path + "/custodian.chkf" }
    private var approvalPath: String { path + "/approval.chkf" }
    var seatPath: String { path + "/seat.json" }

    /// - Throws: a mistake of usage without both folders, or with the one inside the other.
    init(_ options: GlobalOptions) throws {
        guard let home = options.home ?? Settings.value("CHANCERY_HOME"),
            let state = options.state ?? Settings.value("CHANCERY_STATE")
        else { throw UsageError("a custodian has --home and --state, each a folder of its own") }
        try self.init(path: home, state: state)
    }

    init(path: String, state: String) throws {
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
        statePath = URL(fileURLWithPath: state).standardizedFileURL.path
        guard !(statePath + "/").hasPrefix(self.path + "/") else {
            throw UsageError("the state folder lies in the home: a backup of the home would restore its marks too")
        }
    }

    /// Makes the keys of a custodian, and the file by which others know it.
    func create(_ protection: KeyProtection) throws -> JSONValue {
        guard !FileManager.default.fileExists(atPath: processPath) else {
            throw NodeError(.alreadyExists, "`\(processPath)` exists already; nothing was changed")
        }
        let root = try SigningKey<Purpose.Root>.generate(.mlDSA65)
        let process = try SigningKey<Purpose.Custodian>.generate(.mlDSA65)
        let approval = try SigningKey<Purpose.Approval>.generate(.mlDSA65)
        guard let rootSeed = root.exportSeed(), let processSeed = process.exportSeed(), let approvalSeed = approval.exportSeed()
        else { throw NodeError(.keyMissing, "a new key has a seed") }
        try AtomicFile.makeFolder(path)
        let people = try KeyFile([KeyFileEntry(Self.approval, approvalSeed)])
        try AtomicFile.write(protection.protect(people), to: approvalPath)
        let file = try KeyFile([KeyFileEntry(Self.root, rootSeed), KeyFileEntry(Self.process, processSeed)])
        try AtomicFile.write(protection.protect(file), to: processPath)
        let seat: JSONValue = [
            "approval": .string(Base64.url.encode(approval.publicKey.bytes)), "did": .string(DID(root: root.publicKey).text),
            "key": .string(Base64.url.encode(process.publicKey.bytes)),
        ]
        try AtomicFile.write(CanonicalForm.jcs.encode(seat), to: seatPath, mode: 0o644, replacing: true)
        return seat
    }

    func custody() throws -> KeyCustody { try CertificateFile.custody(of: processPath) }
    func approvalCustody() throws -> KeyCustody { try CertificateFile.custody(of: approvalPath) }

    func did() throws -> DID { try CustodianSeat(at: seatPath).did }

    func processKey(_ protection: KeyProtection) throws -> SigningKey<Purpose.Custodian> {
        try SigningKey(.mlDSA65, seed: Self.seed(Self.process, processPath, protection))
    }

    func approvalKey(_ protection: KeyProtection) throws -> SigningKey<Purpose.Approval> {
        try SigningKey(.mlDSA65, seed: Self.seed(Self.approval, approvalPath, protection))
    }

    private static func seed(_ label: String, _ path: String, _ protection: KeyProtection) throws -> SecretBytes {
        guard let entry = try protection.open(AtomicFile.read(path, limit: 1 << 16))[label] else {
            throw NodeError(.keyMissing, "`\(path)` does not hold the key `\(label)`")
        }
        return entry.secret.duplicate()
    }

    /// Whom this custodian admitted under a key with this id.
    func client(_ id: [UInt8]) throws -> AdmittedClient? { try ClientList(at: path + "/clients.json").clients[id] }

    /// Lets a client ask for evaluations.
    func admit(_ client: AdmittedClient) throws {
        var list = try ClientList(at: path + "/clients.json")
        try list.admit(client)
    }
}

/// How others know a custodian: its DID and keys.
struct CustodianSeat {
    let did: DID
    let custodian: Custodian

    init(at path: String) throws {
        var reader = try RecordReader(JSONParser.parse(UserFile.read(path, limit: 1 << 16)), "seat")
        did = try DID(reader.string("did", limit: 128))
        custodian = try Custodian(
            did: did, approval: VerifyingKey(.mlDSA65, Base64.url.decode(reader.string("approval", limit: 4096))),
            key: VerifyingKey(.mlDSA65, Base64.url.decode(reader.string("key", limit: 4096))))
        try reader.finish()
    }
}

/// A client's key: whose budgets are spent.
enum ClientKeyFile {
    private static let label = "ticket/ml-dsa-65"

    static func create(_ path: String, _ protection: KeyProtection) throws -> SigningKey<Purpose.Ticket> {
        let key = try SigningKey<Purpose.Ticket>.generate(.mlDSA65)
        guard let seed = key.exportSeed() else { throw NodeError(.keyMissing, "a new key has a seed") }
        try AtomicFile.write(protection.protect(KeyFile([KeyFileEntry(label, seed)])), to: path)
        return key
    }

    static func open(_ path: String, _ protection: KeyProtection) throws -> SigningKey<Purpose.Ticket> {
        guard let entry = try protection.open(AtomicFile.read(path, limit: 1 << 16))[label] else {
            throw NodeError(.keyMissing, "`\(path)` does not hold a client's key")
        }
        return try SigningKey(.mlDSA65, seed: entry.secret.duplicate())
    }
}
