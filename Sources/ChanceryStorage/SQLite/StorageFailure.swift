internal import ChanceryNode
internal import ChanceryWire
internal import GRDB

/// Turns what SQLite says into what the operator can act on.
enum StorageFailure {
    static func translate(_ error: any Error) -> any Error {
        if error is RowDecodingError { return NodeError(.storeCorrupt, "the store is damaged: a column has another type") }
        guard let error = error as? DatabaseError else { return error }
        let message = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return NodeError(.storeBusy, "another process holds the store for too long; try again")
        case .SQLITE_FULL:
            return NodeError(.storeFull, "the disk is full; nothing was stored")
        case .SQLITE_IOERR:
            return NodeError(.storeFull, "the store could not be written (\(message)); nothing was stored")
        case .SQLITE_READONLY:
            return NodeError(.storeUnavailable, "the store is read-only; nothing was stored")
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
            return NodeError(.storeUnavailable, "the store cannot be opened: \(message)")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return NodeError(.storeCorrupt, "the store is damaged: \(message)")
        case .SQLITE_CONSTRAINT:
            return NodeError(.storeConflict, "the store holds this place already: \(message)")
        default:
            return NodeError(.storeUnavailable, "the store failed: \(message)")
        }
    }
}
