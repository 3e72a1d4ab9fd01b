/// A line of progress with rate and time left, on a terminal only.
struct Progress {
    private let what: String
    private let started = ContinuousClock.now
    private let isShown: Bool
    private var last = ContinuousClock.now

    init(_ what: String, quiet: Bool) {
        self.what = what
        isShown = Console.standardErrorIsTerminal && !quiet
    }

    mutating func update(_ done: UInt64, of total: UInt64) {
        let now = ContinuousClock.now
        guard isShown, now - last > .milliseconds(100) || done == total else { return }
        last = now
        let seconds = max(
            Double((now - started).components.seconds) + Double((now - started).components.attoseconds) / 1e18, 0.001)
        let rate = Double(done) / seconds
        let left = rate > 0 && total > done ? Double(total - done) / rate : 0
        let filled = total > 0 ? Int(Double(min(done, total)) / Double(total) * 24) : 24
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
        let text = "\r\u{1b}[K\(what) \(bar) \(done)/\(total)  \(Int(rate))/s  \(Int(left.rounded(.up))) s left"
        Console.show(done == total ? "\r\u{1b}[K" : text)
    }
}
