internal import ChanceryAPI
internal import ChanceryNode
internal import ChanceryStorage
internal import ChancerySuite
internal import ChanceryTransport
internal import ChanceryWire
internal import Foundation

/// A way to tell people: `NAME=https://HOST/PATH` posts a signed CloudEvent, `NAME=/PROGRAM` runs a program with it on
/// standard input. Policies name channels; only whoever starts the server says what a name means.
struct NotificationChannel: Sendable {
    enum Way: Sendable {
        case webhook(PeerAddress, target: String)
        case command(String)
    }

    /// Seconds that a program has.
    private static let patience = 30

    let name: String
    let way: Way

    init(_ text: String) throws {
        guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
            throw UsageError("--channel is NAME=URL or NAME=/PROGRAM")
        }
        name = String(text[..<sign])
        let value = String(text[text.index(after: sign)...])
        if value.hasPrefix("/") {
            guard FileManager.default.isExecutableFile(atPath: value) else {
                throw UsageError("--channel: `\(value)` is no program")
            }
            way = .command(value)
            return
        }
        let start = value.firstRange(of: "://")?.upperBound ?? value.startIndex
        let slash = value[start...].firstIndex(of: "/") ?? value.endIndex
        var origin = String(value[..<slash])
        if !origin[start...].contains(":") { origin += value.hasPrefix("https://") ? ":443" : ":80" }
        let address = try UsageError.reading("--channel") { try PeerAddress(origin) }
        way = .webhook(address, target: slash == value.endIndex ? "/" : String(value[slash...]))
    }

    /// Delivers `event`, a CloudEvent of the JSON form.
    ///
    /// - Throws: what kept it from being taken; a receiver takes it with a status of 200 to 299.
    func deliver(_ event: [UInt8], _ key: SigningKey<Purpose.HTTP>) async throws {
        switch way {
        case .command(let program): try await Self.run(program, event)
        case .webhook(let address, let target):
            let type = "application/cloudevents+json"
            let facts = try RequestFacts(
                method: "POST", scheme: address.isSecure ? .https : .http, authority: address.authority, target: target,
                headers: [], body: event)
            let now = Home.now()
            let headers = try HTTPMessageSignature.headers(
                signing: facts, keyID: APIKeyRegistry.keyID(of: key.publicKey.bytes), created: now,
                expires: now.advanced(bySeconds: 300), nonce: RequestNonce(SystemRandom.bytes(16)), by: key)
            let answer = try await HTTPExchange(address, tls: .web).send(facts, headers, mediaType: type, limit: 1 << 16)
            guard (200..<300).contains(answer.status) else {
                throw TransportError(.unreachable, "`\(address)` answers with status \(answer.status)")
            }
        }
    }

    private static func run(_ program: String, _ event: [UInt8]) async throws {
        let process = Process()
        let input = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.standardInput = input
        signal(SIGPIPE, SIG_IGN)
        let (ends, end) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { end.yield($0.terminationStatus) }
        try process.run()
        // A program that does not read gets what fits into the pipe; it cannot hold us up.
        let descriptor = input.fileHandleForWriting.fileDescriptor
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        _ = unsafe event.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        try? input.fileHandleForWriting.close()
        let number = process.processIdentifier
        let watch = Task {
            try await Task.sleep(for: .seconds(patience))
            kill(number, SIGKILL)
        }
        defer { watch.cancel() }
        guard let status = await ends.first(where: { _ in true }), status == 0 else {
            throw SystemFailure(detail: "`\(program)` failed, or did not end within \(patience) seconds")
        }
    }
}

extension Home {
    /// The key under which webhooks are signed (RFC 9421), made at its first use.
    func webhookKey() throws -> SigningKey<Purpose.HTTP> {
        let file = path + "/private/webhook.key"
        try AtomicFile.makeFolder(path + "/private")
        if !FileManager.default.fileExists(atPath: file) {
            do {
                try AtomicFile.write(APIKeyFile.encode(APIKeyFile.generate(), .unencrypted), to: file)
            } catch let error as NodeError where error.reason == .alreadyExists {
                // Another process made it in between.
            }
        }
        return try APIKeyFile.open(AtomicFile.read(file, limit: 1 << 16), .unencrypted)
    }
}
