internal import ChanceryInference
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire
internal import Foundation

/// Receipts with what opens their hashes, a line of JSON each, in a file of the user's alone.
actor ReceiptBook {
    private let path: String
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw NodeError(.storeUnavailable, "`\(path)` cannot be written") }
    }

    /// Durable when it returns.
    func add(_ proof: ResponseOpener.Proof) throws {
        let line =
            try CanonicalForm.jcs.encode(
                [
                    "receipt": JSONParser.parse(proof.receipt.record.bytes), "salt": .string(Base64.url.encode(proof.salt)),
                ] as JSONValue) + [0x0a]
        let count = unsafe line.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        guard count == line.count, fsync(descriptor) == 0 else {
            throw NodeError(.storeUnavailable, "`\(path)` cannot be written")
        }
    }

    deinit { close(descriptor) }
}
