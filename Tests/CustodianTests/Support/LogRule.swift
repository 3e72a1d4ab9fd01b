import ChanceryWire
import Testing

/// What must hold of every custodian's log, whatever happened (rule T3).
enum LogRule {
    /// Ranges begin above all earlier ones, and no index is bound to two claims.
    ///
    /// - Parameter mayBeIdle: whether the custodian may have been left out of everything, as a liar is.
    static func requireOnce(_ entries: [[UInt8]], mayBeIdle: Bool = false) throws {
        var bound: [String: [Int64: String]] = [:]
        try follow(entries, into: &bound)
        #expect(mayBeIdle || !bound.isEmpty)
    }

    /// The same over the logs of a committee: an index belongs to one claim at all custodians who signed for it or began it.
    static func requireOnce(committee logs: [[[UInt8]]], signatures: Int) throws {
        var claims: [String: [Int64: [String: Int]]] = [:]
        for log in logs {
            var bound: [String: [Int64: String]] = [:]
            try follow(log, into: &bound)
            for (program, indices) in bound {
                for (index, claim) in indices { claims[program, default: [:]][index, default: [:]][claim, default: 0] += 1 }
            }
        }
        for (program, indices) in claims {
            for (index, counts) in indices {
                // A claim that too few signed had no certificate, and its indices were burnt.
                let certified = counts.filter { $0.value >= signatures }
                #expect(certified.count <= 1, "index \(index) of \(program.prefix(8)) belongs to \(certified.count) claims")
            }
        }
    }

    /// The lines of one kind.
    static func lines(of kind: String, in entries: [[UInt8]]) throws -> [JSONValue] {
        try entries.map { try JSONParser.parse($0, limits: .init(bytes: 64 << 20, depth: 64)) }.filter {
            $0["kind"]?.string == kind
        }
    }

    private static func follow(_ entries: [[UInt8]], into bound: inout [String: [Int64: String]]) throws {
        var below: [String: Int64] = [:]
        for entry in entries {
            let line = try JSONParser.parse(entry, limits: .init(bytes: 64 << 20, depth: 64))
            guard line["purpose"]?.integer == 2, let program = line["program"]?.string else { continue }
            if line["kind"]?.string == "begun", let end = line["below"]?.integer {
                #expect(end > below[program] ?? 0)
                below[program] = end
            }
            guard line["kind"]?.string == "bound", let first = line["first"]?.integer, let count = line["count"]?.integer,
                let claim = line["claim"]?.string
            else { continue }
            for index in first..<first + count {
                #expect(bound[program]?[index] == nil, "index \(index) was bound twice")
                #expect(index < below[program] ?? 0)
                bound[program, default: [:]][index] = claim
            }
        }
    }
}
