public import ChanceryWire

/// Why a use case did not happen.
public struct NodeError: CodedError, Equatable {
    public enum Reason: String, Sendable, CaseIterable {
        case notFound = "node.not_found"
        case alreadyExists = "node.already_exists"
        case invalidName = "node.invalid_name"
        case passphraseRequired = "node.passphrase_required"
        case keyMissing = "node.key_missing"
        case retired = "node.retired"
        case unknownAgent = "node.unknown_agent"
        case profileFixed = "node.profile_fixed"
        case rejected = "node.rejected"
        /// An agent asks for itself alone.
        case foreignAgent = "node.foreign_agent"
        /// Only whoever has the home may do it, over its Unix socket.
        case ownerOnly = "node.owner_only"
        case storeConflict = "store.conflict"
        case storeBusy = "store.busy"
        case storeCorrupt = "store.corrupt"
        case storeFull = "store.full"
        case storeUnavailable = "store.unavailable"
        case storeUnsafe = "store.unsafe"
    }

    public let reason: Reason
    public let detail: String
    public var code: String { reason.rawValue }

    public init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail.asErrorDetail
    }
}
