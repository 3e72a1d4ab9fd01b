internal import ChanceryLedger
internal import ChanceryNode
internal import Synchronization

/// What the agents of a home are called, by every id under which their records are filed.
final class AgentNames: Sendable {
    /// How long an id that nobody has is not looked up again.
    private static let patience = Duration.seconds(5)
    private static let capacity = 4096

    private struct Known {
        var names: [String: String] = [:]
        var strangers: Set<String> = []
        var since = ContinuousClock.now
    }

    private let registry: IdentityRegistry
    private let known = Mutex(Known())

    init(_ registry: IdentityRegistry) { self.registry = registry }

    func name(of id: String) -> String? {
        let (name, isStranger) = known.withLock { known -> (String?, Bool) in
            if known.strangers.count >= Self.capacity || ContinuousClock.now - known.since > Self.patience {
                (known.strangers, known.since) = ([], .now)
            }
            return (known.names[id], known.strangers.contains(id))
        }
        guard name == nil, !isStranger else { return name }
        let found = look(id)
        known.withLock { known in
            if known.names.count >= Self.capacity { known.names = [:] }
            if let found { known.names[id] = found } else { known.strangers.insert(id) }
        }
        return found
    }

    private func look(_ id: String) -> String? {
        if let did = try? DID(id) { return try? registry.history(of: did).last?.name }
        guard case .identity(let document)? = try? registry.entry(for: id) else { return nil }
        return document.name
    }
}
