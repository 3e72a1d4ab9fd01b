/// What was measured, over several rounds.
struct Measurement {
    enum Unit: String {
        case perSecond = "/s"
        case seconds = "s"
        case milliseconds = "ms"
        case microseconds = "µs"
        case gigabytesPerSecond = "GB/s"
        case mebibytes = "MiB"
        case ratio = ""

        var isBetterWhenHigher: Bool { self == .perSecond || self == .gigabytesPerSecond || self == .ratio }
    }

    enum Target {
        case atLeast(Double)
        case atMost(Double)

        var limit: Double {
            switch self {
            case .atLeast(let limit), .atMost(let limit): limit
            }
        }

        var sign: String {
            switch self {
            case .atLeast: "≥"
            case .atMost: "≤"
            }
        }
    }

    /// A stable name for tables and for comparing runs.
    let id: String
    let title: String
    let unit: Unit
    /// One value a round.
    let samples: Samples
    /// The peer's, from the same rounds.
    let peer: Samples?
    let target: Target?

    init(
        _ id: String, _ title: String, _ unit: Unit, _ samples: [Double], peer: [Double] = [], target: Target? = nil
    ) {
        self.id = id
        self.title = title
        self.unit = unit
        self.samples = Samples(samples)
        self.peer = peer.isEmpty ? nil : Samples(peer)
        self.target = target
    }

    /// How many times better our median is than the peer's; nil without a peer.
    var ratio: Double? {
        peer.map { unit.isBetterWhenHigher ? samples.median / $0.median : $0.median / samples.median }
    }

    /// Whether the median reaches the target; nil without one.
    var isMet: Bool? {
        switch target {
        case .atLeast(let limit): samples.median >= limit
        case .atMost(let limit): samples.median <= limit
        case nil: nil
        }
    }
}

/// The values of the rounds, in their order.
struct Samples {
    let values: [Double]
    private let sorted: [Double]

    init(_ values: [Double]) {
        self.values = values
        sorted = values.sorted()
    }

    var lowest: Double { sorted.first ?? 0 }
    var highest: Double { sorted.last ?? 0 }

    var median: Double {
        guard !sorted.isEmpty else { return 0 }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

/// Wall time in seconds.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let duration = try ContinuousClock().measure(body)
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}

/// The median of `count` calls of `body`, each timed alone, in microseconds.
func medianMicroseconds(_ count: Int, _ body: (Int) throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    let times = try (0..<max(1, count)).map { number in try clock.measure { try body(number) } }
    return times.sorted()[times.count / 2] / .microseconds(1)
}

/// The value that 95 of 100 samples do not exceed.
func percentile95(_ samples: [Double]) -> Double {
    let sorted = samples.sorted()
    return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, sorted.count * 95 / 100)]
}
