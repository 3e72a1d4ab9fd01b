/// Why a case cannot apply to this product. The list is fixed: anything else is a pass or a failure.
public enum NotApplicable: String, Sendable, CaseIterable {
    case internalInterface = "tests the internal interface of the algorithm, which the product does not offer"
    case externalMu = "hands over a message representative instead of a message"
    case preHash = "uses the pre-hash variant, which the product refuses by design"
    case expandedKey = "gives an expanded private key where the product takes seeds"
    case chosenRandomness = "needs encapsulation with chosen randomness, which the library does not offer"
    case parameterSet = "uses a parameter set or primitive that the product does not offer"
    case laterRoom = "belongs to a room that is not built yet"
    case liveGateway = "asks a running gateway: run by `make interop`"
}

/// What became of the cases of one file.
public struct CaseLog: Sendable {
    public struct Failure: Sendable, Equatable {
        public let name: String
        public let detail: String
    }

    public private(set) var passed = 0
    public private(set) var failures: [Failure] = []
    public private(set) var skipped: [(name: String, reason: NotApplicable)] = []

    public init() {}

    /// Runs one case: it passes when `body` neither throws nor finds a difference.
    public mutating func run(_ name: String, _ body: (inout Comparison) throws -> Void) {
        var comparison = Comparison()
        do {
            try body(&comparison)
        } catch {
            comparison.differences.append("threw \(error)")
        }
        if comparison.differences.isEmpty {
            passed += 1
        } else {
            failures.append(Failure(name: name, detail: comparison.differences.joined(separator: "; ")))
        }
    }

    /// Lists a case that cannot apply; it counts neither way.
    public mutating func skip(_ name: String, _ reason: NotApplicable) {
        skipped.append((name, reason))
    }
}

/// Collects the differences between what a case states and what the product answers.
public struct Comparison {
    fileprivate(set) var differences: [String] = []

    public mutating func equal<Value: Equatable>(_ what: String, _ found: Value, _ expected: Value) {
        if found != expected {
            differences.append("\(what): found `\(Self.short(found))`, stated `\(Self.short(expected))`")
        }
    }

    public mutating func isTrue(_ what: String, _ condition: Bool) {
        if !condition { differences.append("\(what) does not hold") }
    }

    /// Notes a difference when `body` does not throw, and returns the error when it does.
    @discardableResult
    public mutating func throwing(_ what: String, _ body: () throws -> Void) -> (any Error)? {
        do {
            try body()
        } catch {
            return error
        }
        differences.append("\(what) was accepted")
        return nil
    }

    private static func short<Value>(_ value: Value) -> String {
        let text = "\(value)"
        return text.utf8.count > 160 ? text.prefix(150) + "…" : text
    }
}
