public import ChanceryInference
internal import ChanceryVault
internal import ChanceryWire

extension InferenceDesk {
    /// Why an answer stops that is not the model's fault.
    private enum Stop: Error {
        case permitEnded(any Error)
        case clientLeft(any Error)
    }

    /// Asks the model and gives its answer, sealed, to `write`, piece by piece as it comes. The event is durable before the
    /// receipt is written.
    ///
    /// - Returns: the receipt, whose outcome says whether the answer is whole.
    /// - Throws: what `write` throws, after the event; `inference.replayed` for a request that was answered before.
    @discardableResult
    public func answer(
        _ opened: OpenedInference, to write: ([UInt8]) async throws -> Void
    ) async throws -> InferenceReceipt {
        var sealer = try opened.takeSealer()
        var (outcome, hasBegun) = (InferenceOutcome.completed, false)
        var left: (any Error)?
        do {
            try await backend.run(opened.call) { part in
                do { try await opened.opening.confirm(giving: part.count) } catch { throw Stop.permitEnded(error) }
                let sealed: [UInt8]
                switch part {
                case .head(let status, let mediaType):
                    sealed = try sealer.begin(status: status, mediaType: mediaType)
                    hasBegun = true
                case .body(let bytes): sealed = try sealer.seal(bytes)
                }
                do { try await write(sealed) } catch { throw Stop.clientLeft(error) }
            }
            if !hasBegun { outcome = .backendFailed }
        } catch Stop.permitEnded {
            outcome = .permitEnded
        } catch Stop.clientLeft(let error) {
            (outcome, left) = (.clientLeft, error)
        } catch {
            outcome = .backendFailed
        }
        var rest: [UInt8] = []
        if !hasBegun, left == nil { rest = try Self.apology(outcome, &sealer) }
        let terms = try sealer.close(outcome, began: opened.began, ended: now())
        let receipt = try InferenceReceipt.sign(terms, by: vault.record)
        try vault.journal.write { _, _ in ([.inference(.init(receipt))], ()) }
        if let left { throw left }
        try await write(rest + (try sealer.end(with: receipt)))
        return receipt
    }

    /// An answer in place of the one that never began.
    private static func apology(_ outcome: InferenceOutcome, _ sealer: inout ResponseSealer) throws -> [UInt8] {
        let status = outcome == .permitEnded ? 403 : 502
        let error: JSONValue = [
            "error": ["code": .string(outcome.rawValue), "message": "the model did not answer", "type": "service_error"]
        ]
        let head = try sealer.begin(status: status, mediaType: "application/json")
        return head + (try sealer.seal(CanonicalForm.jcs.encode(error)))
    }
}

extension InferencePart {
    fileprivate var count: Int {
        switch self {
        case .head: 0
        case .body(let bytes): bytes.count
        }
    }
}

extension VaultEvent.Inference {
    /// What the chain says of an answer.
    init(_ receipt: InferenceReceipt) {
        let terms = receipt.terms
        self.init(
            receipt: receipt.id, request: terms.request, key: terms.key, manifest: terms.model, caller: terms.caller,
            sealedRequest: terms.sealedRequest, requestHash: terms.requestCommitment, sealedResponse: terms.sealedResponse,
            responseHash: terms.responseCommitment, requestBytes: terms.requestBytes, responseBytes: terms.responseBytes,
            status: terms.status, outcome: terms.outcome.rawValue)
    }
}
