internal import Foundation
internal import Synchronization

/// Sits between a program and a software TPM, and changes one byte of one answer.
public final class AlteringBus: Sendable {
    /// Which byte of which answer is changed.
    public struct Change: Sendable {
        let answer: Int
        let byte: Int

        public init(answer: Int, byte: Int) {
            self.answer = answer
            self.byte = byte
        }
    }

    private let path: String
    private let listener: Int32
    private let target: String
    private let change = Mutex<Change?>(nil)
    private let lengths = Mutex<[Int]>([])

    public var tcti: String { "swtpm:path=\(path)" }

    public init(before tpm: SoftwareTPM) throws {
        target = tpm.socketPath
        path = target + ".bus"
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard unsafe SoftwareTPM.call(path, { unsafe bind(listener, $0, $1) }) == 0, listen(listener, 4) == 0 else {
            throw CustodyContract.Broken(description: "the bus does not listen")
        }
        let (socket, place) = (listener, target)
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(socket, nil, nil)
                guard client >= 0 else { return }
                serve(client, place)
                close(client)
            }
        }
    }

    /// The lengths of the answers to what `body` does, unchanged.
    public func lengths(_ body: () throws -> Void) rethrows -> [Int] {
        lengths.withLock { $0 = [] }
        try body()
        return lengths.withLock { $0 }
    }

    /// Does `body` while `change` is made.
    public func altering(_ change: Change, _ body: () -> String) -> String {
        lengths.withLock { $0 = [] }
        self.change.withLock { $0 = change }
        defer { self.change.withLock { $0 = nil } }
        return body()
    }

    public func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve(_ client: Int32, _ target: String) {
        let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(server) }
        guard unsafe SoftwareTPM.call(target, { unsafe connect(server, $0, $1) }) == 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 8192)
        while true {
            let asked = unsafe read(client, &buffer, buffer.count)
            guard asked > 0, unsafe write(server, buffer, asked) == asked else { return }
            let count = unsafe read(server, &buffer, buffer.count)
            guard count > 0 else { return }
            let number = lengths.withLock { lengths in
                lengths.append(count)
                return lengths.count - 1
            }
            let change = change.withLock { $0 }
            let isMet = change.map { $0.answer == number && $0.byte < count } ?? false
            if let change, isMet { buffer[change.byte] ^= 1 << UInt8(change.byte % 8) }
            _ = unsafe send(client, buffer, count, Int32(MSG_NOSIGNAL))
            // Another length would be waited for.
            if let change, isMet, (2..<6).contains(change.byte) { return }
        }
    }
}
