internal import Dispatch
internal import Synchronization

/// Splits work over the cores, for calls that are not asynchronous.
enum Parallel {
    /// Chunks are small enough to level out and large enough to cost nothing.
    private static let chunk = 64

    /// The results of `body` for each element, in order.
    static func map<Element: Sendable, Result: Sendable>(
        _ elements: [Element], _ body: @Sendable (Int, Element) -> Result
    ) -> [Result] {
        guard elements.count > chunk else { return elements.enumerated().map { body($0.offset, $0.element) } }
        let chunks = (elements.count + chunk - 1) / chunk
        let results = Mutex<[[Result]]>(Array(repeating: [], count: chunks))
        DispatchQueue.concurrentPerform(iterations: chunks) { number in
            let range = number * chunk..<min(elements.count, (number + 1) * chunk)
            let part = range.map { body($0, elements[$0]) }
            results.withLock { $0[number] = part }
        }
        return results.withLock { Array($0.joined()) }
    }
}
