internal import ChanceryAPI
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryTransport
internal import ChanceryVault
internal import ChanceryWire
internal import Foundation

/// A vault that another process holds open, reached over its Unix socket as the owner of the home.
struct VaultAgentClient: VaultDesk {
    private static let answerLimit = 64 << 20
    private static let artifacts = "/v1/vault/artifacts"

    private let path: String
    private let options: GlobalOptions

    /// The process that answers at `path`.
    init(at path: String, _ options: GlobalOptions) {
        self.path = path
        self.options = options
    }

    /// Nil when nobody answers there. A socket of another user is none of this home's.
    init?(answeringAt path: String, _ options: GlobalOptions) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK, status.st_uid == getuid() else {
            return nil
        }
        self.init(at: path, options)
        do {
            _ = try self.status()
        } catch let error as any CodedError where error.code == TransportError.Reason.unreachable.rawValue {
            return nil
        } catch {
            // It is there, and says why it does nothing.
        }
    }

    // MARK: the session

    /// - Returns: the vault's standing.
    func unlock(_ passphrase: borrowing Passphrase, seconds: Int64) throws -> JSONValue {
        let secret = passphrase.secret()
        let text = String(decoding: secret.copyForExport(), as: UTF8.self)
        return try ask(.post, "/v1/vault/unlock", ["passphrase": .string(text), "ttl": .integer(seconds)])
    }

    func lock() throws { _ = try ask(.post, "/v1/vault/lock") }

    // MARK: what it holds

    func status() throws -> JSONValue { try ask(.get, "/v1/vault/status") }
    func list() throws -> [JSONValue] { try pages("artifacts", Self.artifacts) }
    func versions(of artifact: String) throws -> [JSONValue] { try pages("versions", target(artifact, "/versions")) }

    func show(_ which: VersionArguments) throws -> JSONValue {
        try ask(.get, target(which.artifact) + query(("version", which.versionText)))
    }

    private func pages(_ name: String, _ target: String) throws -> [JSONValue] {
        var (found, after): ([JSONValue], Int64?) = ([], 0)
        while let next = after {
            let page = try ask(.get, target + query(("after", String(next)), ("limit", "500")))
            guard let elements = page[name]?.array else { throw unexpected }
            found += elements
            after = page["next"]?.integer
        }
        return found
    }

    // MARK: content

    func put(
        _ new: Vault.NewArtifact, _ files: [PutFile], isResumable _: Bool, progress: @escaping (Int) -> Void
    ) throws -> JSONValue {
        guard let file = files.first, files.count == 1, let length = Int(exactly: file.length) else {
            throw UsageError("the vault's agent takes one file; --passphrase-file puts several without it")
        }
        let metadata = new.metadata
        guard !metadata.tags.contains(where: { $0.contains(",") }) else {
            throw UsageError("the vault's agent takes no tag with a comma; --passphrase-file puts it without the agent")
        }
        let facts = try facts(
            .put,
            target(new.name.text, "/content")
                + query(
                    ("kind", new.kind.rawValue), ("tier", String(new.tier.rawValue)), ("file", file.path.text),
                    ("release", Self.some(metadata.release)), ("description", Self.some(metadata.description)),
                    ("bundle", Self.some(metadata.bundle)), ("device", Self.some(metadata.device)),
                    ("model", Self.some(metadata.model)), ("tags", Self.some(metadata.tags.joined(separator: ",")))))
        let exchange = HTTPExchange(socket: path)
        let parts = UncheckedTransfer(value: (PieceReader(file.content), progress))
        let answer = try Daemon.result {
            try await exchange.upload(
                facts, [], mediaType: "application/octet-stream", length: length, limit: Self.answerLimit
            ) {
                let piece = try parts.value.0.next()
                parts.value.1(piece?.count ?? 0)
                return piece
            }
        }
        return try value(of: answer)
    }

    func read(
        _ which: VersionArguments, for reader: ReaderOptions, right: AccessRight, _ part: WantedContent,
        to target: @escaping @Sendable (FilePath) throws -> FileTarget
    ) throws -> JSONValue {
        let shown = try show(which)
        guard let version = shown["version"]?.integer, let id = shown["artifact"]?.string,
            let files = try shown["files"]?.array?.map({ try PlacedFile($0) })
        else { throw unexpected }
        let headers = try presence(of: reader, right, of: shown, id, version)
        func fetch(_ rest: (String, String?), _ range: Range<UInt64>?, to place: @escaping @Sendable () throws -> ContentSink)
            throws
        {
            // HTTP alone would give what there is of a range.
            let query = query(
                ("agent", reader.agent), ("version", String(version)), ("right", right.rawValue), rest,
                ("exact", range == nil ? nil : "true"))
            try download(self.target(id, "/content") + query, headers, range, to: place)
        }
        switch part {
        case .everything: try fetch(("all", "true"), nil) { ContentSink(files, target) }
        case .file(let name, let range):
            guard let path = name ?? (files.count == 1 ? files.first?.path.text : nil) else {
                throw UsageError("the version has \(files.count) files; --file names one")
            }
            // Who has no such file, or not so much of it, is told by the vault, on record.
            let file = files.first { $0.path.text.utf8.elementsEqual(path.utf8) }
            let odd = unexpected
            try fetch(("file", path), range) {
                guard let file else { throw odd }
                return ContentSink([PlacedFile(file.path, range.map { UInt64($0.count) } ?? file.length)], target)
            }
        }
        return shown
    }

    /// The header with the word of the person who is there, when one is named.
    private func presence(
        of reader: ReaderOptions, _ right: AccessRight, of shown: JSONValue, _ artifact: String, _ version: Int64
    ) throws -> [RequestFacts.Header] {
        guard let person = try reader.presence.person(options) else { return [] }
        let question = try PresenceChallenge(
            ask(
                .post, target(artifact, "/presence"),
                ["agent": .string(reader.agent), "right": .string(right.rawValue), "version": .integer(version)]))
        // What is signed is what was asked for.
        guard question.artifact.text.utf8.elementsEqual(artifact.utf8), question.right == right,
            shown["manifest"]?.string.map({ $0.utf8.elementsEqual(question.manifest.text.utf8) }) ?? false
        else { throw unexpected }
        return [.init("Chancery-Presence", Base64.url.encode(try person.answer(question)))]
    }

    private func download(
        _ target: String, _ headers: [RequestFacts.Header], _ range: Range<UInt64>?,
        to sink: @escaping @Sendable () throws -> ContentSink
    ) throws {
        let (facts, exchange) = (try facts(.get, target), HTTPExchange(socket: path))
        let ranged = range.map { [RequestFacts.Header("Range", "bytes=\($0.lowerBound)-\($0.upperBound - 1)")] } ?? []
        let answer = try Daemon.result {
            // Nothing is made for what is refused.
            var target: ContentSink?
            let answer = try await exchange.download(facts, headers + ranged, limit: Self.answerLimit) { bytes in
                if target == nil { target = try sink() }
                try target?.write(bytes.span)
            }
            if (200..<300).contains(answer.status) { try (target ?? sink()).finish() }
            return answer
        }
        guard (200..<300).contains(answer.status) else { throw refusal(answer) }
    }

    // MARK: rights

    func delete(_ which: VersionArguments, all: Bool, keepsRoot: Bool) throws -> [JSONValue] {
        guard keepsRoot else { throw UsageError("the root is replaced with its passphrase only: --passphrase-file") }
        let version = try all ? nil : which.versionText ?? show(which)["version"]?.integer.map(String.init)
        let answer = try ask(.delete, target(which.artifact) + query(("version", version), ("all", all ? "true" : nil)))
        guard let gone = answer["versions"]?.array else { throw unexpected }
        return gone
    }

    func grant(_ which: VersionArguments, to agent: String, seconds: Int64) throws -> JSONValue {
        var body: JSONObject = ["agent": .string(agent), "lifetime": .integer(seconds)]
        body["version"] = which.version.map { .integer($0) }
        return try ask(.post, target(which.artifact, "/grants"), .object(body))
    }

    func revoke(_ which: VersionArguments, from agent: String) throws -> JSONValue {
        var body: JSONObject = ["agent": .string(agent)]
        body["version"] = which.version.map { .integer($0) }
        return try ask(.post, target(which.artifact, "/revocations"), .object(body))
    }

    func policy() throws -> JSONValue { try ask(.get, "/v1/vault/policy") }
    func setPolicy(_ policy: AccessPolicy) throws { _ = try ask(.put, "/v1/vault/policy", policy.json) }

    // MARK: asking

    private func target(_ artifact: String, _ rest: String = "") -> String {
        "\(Self.artifacts)/\(Self.encode(artifact))\(rest)"
    }

    /// Names with their values, those excepted that have none. An empty one is a value: the vault says what is wrong with it.
    private func query(_ values: (String, String?)...) -> String {
        let pairs = values.compactMap { name, value in value.map { "\(name)=\(Self.encode($0))" } }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }

    /// Nil for a text that says nothing.
    private static func some(_ text: String) -> String? { text.isEmpty ? nil : text }

    private static func encode(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = isalnum(Int32(byte)) != 0 && byte < 0x80 || "-._~".utf8.contains(byte)
            let digits = String(byte, radix: 16, uppercase: true)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + digits
        }.joined()
    }

    private func facts(_ method: RouteDocument.Method, _ target: String, _ body: [UInt8] = []) throws -> RequestFacts {
        try RequestFacts(
            method: method.rawValue, scheme: .http, authority: "localhost", target: target, headers: [], body: body)
    }

    private func ask(_ method: RouteDocument.Method, _ target: String, _ body: JSONValue? = nil) throws -> JSONValue {
        let facts = try facts(method, target, body.map { try CanonicalForm.jcs.encode($0) } ?? [])
        let (exchange, type) = (HTTPExchange(socket: path), body == nil ? nil : "application/json")
        return try value(
            of: Daemon.result { try await exchange.send(facts, [], mediaType: type, limit: Self.answerLimit) })
    }

    private func value(of answer: HTTPExchange.Answer) throws -> JSONValue {
        guard (200..<300).contains(answer.status) else { throw refusal(answer) }
        return try JSONParser.parse(answer.body, limits: .document)
    }

    private func refusal(_ answer: HTTPExchange.Answer) -> any Error {
        guard let problem = try? JSONParser.parse(answer.body, limits: .init(bytes: 1 << 16, depth: 4)),
            let code = problem["code"]?.string, let detail = problem["detail"]?.string
        else { return unexpected }
        return AgentRefusal(code: code, detail: detail.asErrorDetail)
    }

    private var unexpected: any Error { SystemFailure(detail: "`\(path)` answers in another way than this version does") }
}

/// What the process at the other end refused, with its own code.
struct AgentRefusal: CodedError {
    let code: String
    let detail: String
}

/// Pieces of some content, each given when it is known what follows it: content that changed while it was read fails before
/// its last piece is given.
private final class PieceReader {
    private let content: any VaultContent
    private var ahead: [UInt8]?
    private var isBegun = false

    init(_ content: any VaultContent) { self.content = content }

    func next() throws -> [UInt8]? {
        if !isBegun { ahead = try read() }
        isBegun = true
        guard let piece = ahead else { return nil }
        ahead = try read()
        return piece
    }

    private func read() throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var span = buffer.mutableSpan
        let count = try content.read(into: &span)
        return count == 0 ? nil : Array(buffer.prefix(count))
    }
}
