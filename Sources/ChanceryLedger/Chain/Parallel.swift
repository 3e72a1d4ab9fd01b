internal import Dispatch
internal import Synchronization

/// Splits work over the cores, for calls that are not asynchronous.
package enum Parallel {
    /// The results of `body` for each element, in order.
    ///
    /// - Parameter chunk: elements handled in one go: small enough to level out, large enough that handing them over
    ///   costs nothing. 64 suits microseconds of work each, 1 suits milliseconds.
    package static func map<Element: Sendable, Result: Sendable>(
        _ elements: [Element], chunk: Int = 64, _ body: @Sendable (Int, Element) -> Result
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

    /// As ``map(_:chunk:_:)`` for work that can fail.
    ///
    /// - Throws: what `body` threw for the first element in order that failed.
    package static func map<Element: Sendable, Success: Sendable, Failure: Error>(
        _ elements: [Element], chunk: Int = 64, throwing body: @Sendable (Int, Element) throws(Failure) -> Success
    ) throws(Failure) -> [Success] {
        var successes: [Success] = []
        successes.reserveCapacity(elements.count)
        let results = map(elements, chunk: chunk) { index, element in
            Result { () throws(Failure) in try body(index, element) }
        }
        for result in results { successes.append(try result.get()) }
        return successes
    }
}
