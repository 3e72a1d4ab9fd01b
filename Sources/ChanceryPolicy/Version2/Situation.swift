internal import ChanceryPatterns
internal import ChanceryWire

/// A request under facts while it is being judged: what costs something is found out once, and only when asked.
struct Situation {
    let request: ActionRequest
    let facts: Facts
    let roleBytes: [UInt8]?
    let agentBytes: [UInt8]
    private let book: RuleBook
    private var rawHits: [Bool]?
    private var everyHits: [Bool]?
    /// Set when a text could not be read; the decision is BLOCK then.
    private(set) var failure: String?

    init(_ request: ActionRequest, _ facts: Facts, _ book: RuleBook) {
        self.request = request
        self.facts = facts
        self.book = book
        roleBytes = facts.role.map { Array($0.utf8) }
        agentBytes = Array(facts.agent.utf8)
    }

    /// Whether text pattern `index` occurs in the raw payload or, with `everyView`, in any reading of it.
    mutating func hits(_ index: Int, everyView: Bool) -> Bool {
        guard let patterns = book.textPatterns else { return false }
        if let known = everyView ? everyHits : rawHits { return known[index] }
        var hits = [Bool](repeating: false, count: patterns.count)
        let views = everyView ? request.views.all : [request.views.raw]
        // Mostly nothing occurs, and that is quickly seen.
        if patterns.firstMatch(in: views) != nil {
            for view in views {
                for index in patterns.matches(in: view) { hits[index] = true }
            }
        }
        if everyView { everyHits = hits } else { rawHits = hits }
        return hits[index]
    }

    /// Whether one of the field patterns occurs in `text`.
    mutating func fieldHits(_ indices: [Int], in text: String, everyView: Bool) -> Truth {
        guard let patterns = book.fieldPatterns else { return .no }
        var views = [Array(text.utf8)]
        if everyView {
            do {
                views = try TextViews(of: [text], document: views[0]).all
            } catch {
                failure = "a member of the payload cannot be read as text"
                return .unknown
            }
        }
        return Truth(views.contains { view in patterns.matches(in: view).contains { indices.contains($0) } })
    }

    func number(_ fact: NumberFact) -> ExactDecimal? {
        switch fact {
        case .risk: facts.risk
        case .trust: facts.trust
        case .collusion: facts.collusion
        case .alertsLastHour: ExactDecimal(AlertWindow.count(facts.alerts, at: facts.time))
        case .watchesLastHour: ExactDecimal(AlertWindow.count(facts.watches, at: facts.time))
        }
    }

    var hour: Int64 {
        let seconds = facts.time % 86_400
        return (seconds < 0 ? seconds + 86_400 : seconds) / 3600
    }
}
