/// What was measured, over several rounds.
struct Measurement {
    enum Unit: String {
        case perSecond = "1/s"
        case seconds = "s"
        case milliseconds = "ms"
        case ratio
    }

    enum Target {
        case atLeast(Double)
        case atMost(Double)

        var limit: Double {
            switch self {
            case .atLeast(let limit), .atMost(let limit): limit
            }
        }
    }

    /// A stable name for tables and for comparing runs.
    let id: String
    let title: String
    let unit: Unit
    /// One value a round.
    let samples: [Double]
    let target: Target?

    init(_ id: String, _ title: String, _ unit: Unit, _ samples: [Double], target: Target? = nil) {
        self.id = id
        self.title = title
        self.unit = unit
        self.samples = samples.sorted()
        self.target = target
    }

    var median: Double {
        guard !samples.isEmpty else { return 0 }
        let middle = samples.count / 2
        return samples.count % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2
    }

    /// Whether the median reaches the target; nil without one.
    var isMet: Bool? {
        switch target {
        case .atLeast(let limit): median >= limit
        case .atMost(let limit): median <= limit
        case nil: nil
        }
    }
}

/// Wall time in seconds.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let duration = try ContinuousClock().measure(body)
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}

/// The value that 95 of 100 samples do not exceed.
func percentile95(_ samples: [Double]) -> Double {
    let sorted = samples.sorted()
    return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, sorted.count * 95 / 100)]
}
