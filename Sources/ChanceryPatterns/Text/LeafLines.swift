/// The leaves of a payload joined by line feeds, and what can be told of all of them at a glance.
struct LeafLines {
    let bytes: [UInt8]
    /// Whether lower case alone normalises the leaves: ASCII without control characters and without two spaces in a row.
    let isPlain: Bool
    /// Whether a percent sign or a backslash occurs.
    let mayBeEscaped: Bool

    private typealias Vector = SIMD16<UInt8>

    init(_ leaves: [String], size: Int) {
        var traits = Traits()
        let count = size + max(leaves.count, 1) - 1
        // Vectors may read beyond the text, so harmless bytes follow it.
        let padded = (count + 1 + 15) / 16 * 16 + 16
        bytes = unsafe [UInt8](unsafeUninitializedCapacity: padded) { buffer, initialised in
            let start = buffer.baseAddress!
            var end = unsafe start
            for (index, leaf) in leaves.enumerated() {
                if index > 0 {
                    unsafe end.initialize(to: 0x0a)
                    unsafe end += 1
                }
                var leaf = leaf
                leaf.withUTF8 { text in
                    guard let source = text.baseAddress else { return }
                    unsafe end.initialize(from: source, count: text.count)
                    unsafe end += text.count
                }
            }
            unsafe end.initialize(repeating: 0x61, count: padded - count)
            unsafe traits.read(start, count)
            initialised = count
        }
        isPlain = traits.isPlain && traits.lineFeeds == max(leaves.count, 1) - 1
        mayBeEscaped = traits.mayBeEscaped
    }

    private struct Traits {
        var isPlain = true
        var mayBeEscaped = false
        var lineFeeds = 0

        mutating func read(_ start: UnsafePointer<UInt8>, _ count: Int) {
            let memory = unsafe UnsafeRawPointer(start)
            var strange = SIMDMask<SIMD16<Int8>>(repeating: false)
            var escapes = strange
            var offset = 0
            while offset < count {
                // A count of line feeds in bytes holds for 255 vectors.
                let end = min(count, offset + 16 * 255)
                var feeds = Vector()
                while offset < end {
                    let here = unsafe memory.loadUnaligned(fromByteOffset: offset, as: Vector.self)
                    let next = unsafe memory.loadUnaligned(fromByteOffset: offset + 1, as: Vector.self)
                    let isFeed = here .== 0x0a
                    // From 0x20 to 0x7e: the difference wraps for all others.
                    strange .|= ((here &- 0x20) .> 0x5e) .& .!isFeed
                    strange .|= (here .== 0x20) .& (next .== 0x20)
                    escapes .|= (here .== 0x25) .| (here .== 0x5c)
                    feeds.replace(with: feeds &+ 1, where: isFeed)
                    offset += 16
                }
                for lane in 0..<16 { lineFeeds += Int(feeds[lane]) }
            }
            isPlain = !any(strange)
            mayBeEscaped = any(escapes)
        }
    }

    /// The text in lower case, line feeds as `separator`; right where ``isPlain`` is.
    func lowercased(separator: UInt8) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, initialised in
            unsafe bytes.withUnsafeBufferPointer { text in
                for index in 0..<text.count {
                    let byte = unsafe text[index]
                    let lower = byte &- 0x41 < 26 ? byte | 0x20 : byte
                    unsafe buffer[index] = byte == 0x0a ? separator : lower
                }
            }
            initialised = bytes.count
        }
    }
}
