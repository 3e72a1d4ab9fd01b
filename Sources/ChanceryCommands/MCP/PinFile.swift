internal import ChanceryMCP
internal import ChanceryNode
internal import ChanceryStorage
internal import Foundation

/// The accepted tools of a home's MCP servers, in a file of the home.
struct PinFile: PinStore {
    private let folder: String
    /// Whose pins are kept; the others stay as they are in the file.
    private let upstream: String?
    private var file: String { folder + "/tool-pins.json" }

    init(path: String, upstream: String? = nil) {
        folder = path
        self.upstream = upstream
    }

    func load() async throws -> [UInt8]? { try read() }

    /// Other gateways and the operator write the same file: only this server's tools are taken from `bytes`.
    func save(_ bytes: [UInt8]) async throws {
        let saved = try ToolPins(decoding: bytes)
        _ = try change { pins in
            if let upstream { pins.adopt(upstream, from: saved) } else { pins = saved }
        }
    }

    /// Changes the pins while nobody else does, and gives them.
    func change(_ body: (inout ToolPins) throws -> Void) throws -> ToolPins {
        try AtomicFile.makeFolder(folder)
        // Held until the end of this function.
        let lock = try FileLock(folder + "/tool-pins.lock")
        let pins = try changed(body)
        _ = consume lock
        return pins
    }

    private func changed(_ body: (inout ToolPins) throws -> Void) throws -> ToolPins {
        let before = try read()
        var pins = try before.map { try ToolPins(decoding: $0) } ?? ToolPins()
        try body(&pins)
        let after = try pins.encoded()
        if after != before, before != nil || !pins.names.isEmpty { try write(after) }
        return pins
    }

    private func read() throws -> [UInt8]? {
        guard FileManager.default.fileExists(atPath: file) else { return nil }
        return try AtomicFile.read(file, limit: 16 << 20)
    }

    private func write(_ bytes: [UInt8]) throws {
        try AtomicFile.makeFolder(folder)
        try AtomicFile.write(bytes, to: file, replacing: true)
    }
}
