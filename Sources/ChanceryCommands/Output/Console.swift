internal import ChanceryWire
internal import Foundation
internal import Synchronization

/// Results go to standard output, remarks to standard error.
///
/// Nothing here ends the process: a result that cannot be written is an error of the command, and a remark that cannot
/// be written is lost.
enum Console {
    static let standardOutputIsTerminal = isatty(STDOUT_FILENO) == 1
    static let standardErrorIsTerminal = isatty(STDERR_FILENO) == 1
    private static let failure = Mutex<OutputError?>(nil)

    /// Prints a result and a line feed.
    ///
    /// - Throws: `command.output_failed`.
    static func print(_ text: String) throws { try print(bytes: Array((text + "\n").utf8)) }

    /// Prints bytes as they are.
    static func print(bytes: [UInt8]) throws {
        if let number = write(bytes, to: STDOUT_FILENO) { throw OutputError(number) }
    }

    /// As ``print(_:)`` for a story told line by line: what fails is reported by ``requireWritten()`` at its end.
    static func write(_ text: String) {
        guard failure.withLock({ $0 == nil }), let number = write(Array((text + "\n").utf8), to: STDOUT_FILENO) else { return }
        failure.withLock { $0 = OutputError(number) }
    }

    /// - Throws: what ``write(_:)`` could not say.
    static func requireWritten() throws {
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    /// Says something beside the result, on one line.
    static func remark(_ text: String) { _ = write(Array((printable(text) + "\n").utf8), to: STDERR_FILENO) }

    /// Says what went wrong, on one line.
    static func error(_ code: String, _ detail: String) { remark("chancery: \(code): \(detail)") }

    /// Shows something that is gone again when the command ends: a prompt or progress.
    static func show(_ text: String) { _ = write(Array(text.utf8), to: STDERR_FILENO) }

    /// Writes all of `bytes`; the error number when that fails.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return count < 0 ? errno : EIO }
            rest = rest.dropFirst(count)
        }
        return nil
    }
}

/// Standard output does not take what the command has to say.
struct OutputError: CodedError {
    let detail: String
    /// The reader went away, which it knows itself.
    let isClosedPipe: Bool
    var code: String { "command.output_failed" }

    init(_ number: Int32) {
        detail = unsafe "standard output cannot be written: \(String(cString: strerror(number)))"
        isClosedPipe = number == EPIPE
    }
}

extension Console {
    /// Replaces what a terminal would obey, line feeds included.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isObeyed) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isObeyed($0) ? "\u{fffd}" : $0 }))
    }

    /// The canonical text of `value`, with escapes for what a terminal would obey; it is the same value.
    static func json(_ value: JSONValue) throws -> String {
        let text = String(decoding: try CanonicalForm.jcs.encode(value), as: UTF8.self)
        guard text.unicodeScalars.contains(where: isObeyed) else { return text }
        return text.unicodeScalars.reduce(into: "") { line, scalar in
            guard isObeyed(scalar) else { return line.unicodeScalars.append(scalar) }
            for unit in UTF16.encode(scalar) ?? .init() {
                let digits = String(unit, radix: 16)
                line += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
    }

    private static func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
        guard !(0x20...0x7e).contains(scalar.value) else { return false }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
