internal import ChanceryWire

/// A share of a whole, in millionths: records hold no decimals.
public struct Share: Sendable, Hashable, Comparable {
    public static let whole = Share(trusted: 1_000_000)
    static let ninety = Share(trusted: 900_000)
    static let five = Share(trusted: 50_000)

    /// 0…1,000,000.
    public let millionths: Int64

    private init(trusted millionths: Int64) { self.millionths = millionths }

    /// - Throws: `compute.policy_malformed` below zero or beyond the whole.
    public init(millionths: Int64) throws(OracleError) {
        guard (0...1_000_000).contains(millionths) else {
            throw OracleError(.policyMalformed, "a share is 0 to 1000000 millionths, not \(millionths)")
        }
        self.millionths = millionths
    }

    /// ⌊share · amount⌋, exact. `amount` is not negative.
    public func floor(of amount: Int64) -> Int64 {
        let product = millionths.multipliedFullWidth(by: max(amount, 0))
        return (1_000_000 as Int64).dividingFullWidth(product).quotient
    }

    /// As a number from 0 to 1, for the simulator.
    public var fraction: Double { Double(millionths) / 1_000_000 }

    public static func < (left: Share, right: Share) -> Bool { left.millionths < right.millionths }
}

extension RecordReader {
    mutating func share(_ name: String) throws -> Share {
        try Share(millionths: integer(name, in: 0...1_000_000))
    }
}
