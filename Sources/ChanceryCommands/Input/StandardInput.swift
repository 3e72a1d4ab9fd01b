internal import ChanceryWire
internal import Foundation

/// Standard input line by line, as bytes: what is not UTF-8 reaches the parser, which refuses it.
struct InputLines {
    /// Longest line in bytes.
    static let maximumBytes = 1 << 20

    private var buffer: ArraySlice<UInt8> = []
    private var isDone = false
    private(set) var number = 0

    /// The next line without its line feed; nil at the end.
    mutating func next() throws -> [UInt8]? {
        var line: [UInt8] = []
        while true {
            if let end = buffer.firstIndex(of: 0x0a) {
                line += buffer[..<end]
                buffer = buffer[(end + 1)...]
                return try finish(line)
            }
            line += buffer
            buffer = []
            guard line.count <= Self.maximumBytes else { return try finish(line) }
            if !isDone { buffer = try InputDescriptor.read(STDIN_FILENO, upTo: 1 << 16)[...] }
            if buffer.isEmpty {
                isDone = true
                return line.isEmpty ? nil : try finish(line)
            }
        }
    }

    /// Whether a whole line, or the end, comes before `deadline`; what came so far is kept for ``next()``.
    mutating func isReady(before deadline: ContinuousClock.Instant) throws -> Bool {
        while !isDone, !buffer.contains(0x0a), buffer.count <= Self.maximumBytes {
            guard InputDescriptor.isReadable(STDIN_FILENO, before: deadline) else { return false }
            let part = try InputDescriptor.read(STDIN_FILENO, upTo: 1 << 16)
            isDone = part.isEmpty
            buffer += part
        }
        return true
    }

    private mutating func finish(_ line: [UInt8]) throws -> [UInt8] {
        number += 1
        guard line.count <= Self.maximumBytes else {
            throw UsageError("line \(number) has more than \(Self.maximumBytes) bytes")
        }
        return line
    }
}

/// An open descriptor that somebody handed over.
enum InputDescriptor {
    /// Whether something, or the end, can be read before `deadline`.
    static func isReadable(_ descriptor: Int32, before deadline: ContinuousClock.Instant) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let left = (deadline - .now).components
            let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
            let found = unsafe poll(&request, 1, Int32(clamping: max(0, milliseconds)))
            if found < 0, errno == EINTR { continue }
            return found != 0
        }
    }

    /// The next bytes; none at the end.
    static func read(_ descriptor: Int32, upTo count: Int) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        while true {
            let read = unsafe Foundation.read(descriptor, &buffer, count)
            if read < 0, errno == EINTR { continue }
            guard read >= 0 else {
                let reason = unsafe String(cString: strerror(errno))
                throw UsageError("\(descriptor == 0 ? "standard input" : "descriptor \(descriptor)") cannot be read: \(reason)")
            }
            return Array(buffer[..<read])
        }
    }

    /// Everything up to the end.
    ///
    /// - Throws: `wire.too_long`.
    static func readAll(_ descriptor: Int32, limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let part = try read(descriptor, upTo: 1 << 16)
            if part.isEmpty { return bytes }
            bytes += part
            guard bytes.count <= limit else { throw WireError(.tooLong, "standard input exceeds \(limit) bytes") }
        }
    }

    /// The bytes before the next line feed; nil at the end. Nothing after it is taken: it belongs to the next reader.
    static func line(of descriptor: Int32, limit: Int) throws -> [UInt8]? {
        var line: [UInt8] = []
        while true {
            guard let byte = try read(descriptor, upTo: 1).first else { return line.isEmpty ? nil : line }
            if byte == 0x0a { return line }
            line.append(byte)
            guard line.count <= limit else { throw UsageError("the first line has more than \(limit) bytes") }
        }
    }
}
