import ChanceryAPI
import ChanceryNode
import ChanceryServer
import ChanceryTransport
import ChanceryWire
import Foundation
import Logging
import ServiceLifecycle
import TestKit
import Testing

/// A server on a Unix socket: every user of the machine reaches it, and no second server takes it away.
struct LocalSocketTests {
    private let home: SampleHome
    private let folder = TemporaryFolder()
    private var path: String { folder.path + "/gate.sock" }

    init() throws { home = try SampleHome() }

    private func server(onListening: @escaping @Sendable () -> Void = {}) -> APIServer {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let metrics = ServerMetrics()
        return APIServer(
            RouteTable.home(HomeServices(store: home.store, log: home.log, release: "test"), metrics: metrics),
            at: .socket(path: path), admission: Admission(), metrics: metrics, logger: logger
        ) { _ in onListening() }
    }

    /// Serves for the time of `body`.
    private func serving(_ body: () async throws -> Void) async throws {
        let (starts, continuation) = AsyncStream.makeStream(of: Void.self)
        let services = ServiceGroup(services: [server { continuation.yield() }], logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            var iterator = starts.makeAsyncIterator()
            _ = await iterator.next()
            let result: Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            try result.get()
        }
    }

    /// What starting another server comes to: the code of its refusal, or that it listens.
    private func starting() async -> String {
        let (starts, continuation) = AsyncStream.makeStream(of: String.self)
        let server = server { continuation.yield("listens") }
        let running = Task {
            do {
                try await server.run()
            } catch {
                continuation.yield((error as? any CodedError)?.code ?? "\(error)")
            }
        }
        defer { running.cancel() }
        for await found in starts { return found }
        return "nothing"
    }

    private func health() async throws -> Int {
        let facts = try RequestFacts(
            method: "GET", scheme: .http, authority: "localhost", target: "/health", headers: [], body: [])
        return try await HTTPExchange(socket: path).send(facts, [], mediaType: nil, limit: 1 << 16).status
    }

    /// A socket as a process leaves it behind that was killed.
    private func leaveSocket() throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0 else { throw POSIXError(.EADDRINUSE) }
    }

    private func mode() throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func `every user of the machine may connect`() async throws {
        try await serving {
            let mode = try mode()
            let status = try await health()
            #expect(mode == 0o666 && status == 200)
        }
    }

    @Test func `a socket at which a server answers is not taken from it`() async throws {
        try await serving {
            for _ in 0..<3 { #expect(await starting() == "node.already_exists") }
            let status = try await health()
            #expect(status == 200)
        }
    }

    @Test func `a socket that a process left behind is replaced`() async throws {
        try leaveSocket()
        #expect(FileManager.default.fileExists(atPath: path))
        try await serving {
            let status = try await health()
            #expect(status == 200)
        }
    }

    @Test(arguments: ["file", "folder", "link"])
    func `what is no socket stays as it is`(kind: String) async throws {
        let other = folder.path + "/other"
        switch kind {
        case "file": try folder.write(Array("mine".utf8), to: "gate.sock")
        case "folder": try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        default: try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: other)
        }
        #expect(await starting() == "node.already_exists")
        switch kind {
        case "file": #expect(try folder.read("gate.sock") == Array("mine".utf8))
        case "folder": #expect(try FileManager.default.contentsOfDirectory(atPath: path).isEmpty)
        default: #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == other)
        }
    }
}
