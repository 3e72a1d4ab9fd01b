internal import ChanceryLedger
internal import ChancerySuite
package import ChanceryWire
internal import Synchronization

extension AgentLedger {
    @TaskLocal private static var current: RefusalScope?

    /// Runs `body`; what it refuses is stored as a refusal, once, before it is reported.
    ///
    /// Where calls are nested, the innermost one records: it knows best what was refused.
    package func recordingRefusal<Value>(of what: String, _ body: () throws -> Value) throws -> Value {
        let scope = RefusalScope()
        do {
            return try Self.$current.withValue(scope, operation: body)
        } catch let error as any CodedError where Self.isRefusal(error.code) {
            // The refusal itself matters more than that it could be written down.
            if !scope.isRecorded, let statement = try? StoreStatement.refusal(of: what, error, at: now()).record() {
                _ = try? store.append([statement], moving: [])
            }
            Self.current?.markRecorded()
            throw error
        }
    }

    /// Says that what is being refused is on record elsewhere already, so that ``recordingRefusal(of:_:)`` around it does not
    /// record it again.
    package static func noteRecordedRefusal() { current?.markRecorded() }

    /// Puts a refusal on record that ``recordingRefusal(of:_:)`` leaves to others.
    package func record(refusalOf what: String, _ error: any CodedError) {
        guard let statement = try? StoreStatement.refusal(of: what, error, at: now()).record() else { return }
        _ = try? store.append([statement], moving: [])
        Self.noteRecordedRefusal()
    }

    /// Whether a code says that the rules, or what was offered, stood against it: not a machine or a passphrase, not the
    /// command line. What the log refuses it records itself.
    private static func isRefusal(_ code: String) -> Bool {
        switch code {
        case NodeError.Reason.notFound.rawValue, NodeError.Reason.invalidName.rawValue,
            NodeError.Reason.passphraseRequired.rawValue, NodeError.Reason.keyMissing.rawValue,
            LedgerError.Reason.wrongPassphrase.rawValue, LedgerError.Reason.passphraseRequired.rawValue,
            LedgerError.Reason.blankPassphrase.rawValue, LedgerError.Reason.invalidPassphrase.rawValue,
            LedgerError.Reason.logRollback.rawValue, LedgerError.Reason.logInconsistent.rawValue,
            SuiteError.Reason.selfTestFailed.rawValue, SuiteError.Reason.operationFailed.rawValue:
            false
        default: ["node.", "ledger.", "suite.", "wire."].contains { code.hasPrefix($0) }
        }
    }
}

/// What an outer call of ``AgentLedger/recordingRefusal(of:_:)`` hears of an inner one.
private final class RefusalScope: Sendable {
    private let recorded = Mutex(false)

    var isRecorded: Bool { recorded.withLock { $0 } }

    func markRecorded() { recorded.withLock { $0 = true } }
}
