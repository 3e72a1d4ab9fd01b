/// The leaves of a payload joined by line feeds, and what can be told of all of them at a glance.
struct LeafLines {
    let bytes: [UInt8]
    /// Whether lower case alone normalises the leaves: ASCII without control characters and without two spaces in a row.
    let isPlain: Bool
    /// Whether a percent sign or a backslash occurs.
    let mayBeEscaped: Bool

    init(_ leaves: [String], size: Int) {
        var traits = Traits()
        let count = size + max(leaves.count, 1) - 1
        bytes = unsafe [UInt8](unsafeUninitializedCapacity: count + 1) { buffer, initialised in
            let start = buffer.baseAddress!
            var end = unsafe start
            // While the traits are read, a letter stands between the leaves and after them.
            let letter: UInt8 = 0x61
            for var leaf in leaves {
                leaf.withUTF8 { text in
                    if let source = text.baseAddress {
                        unsafe end.initialize(from: source, count: text.count)
                        unsafe end += text.count
                    }
                }
                unsafe end.initialize(to: letter)
                unsafe end += 1
            }
            if leaves.isEmpty { unsafe end.initialize(to: letter) }
            unsafe traits.read(start, count)
            unsafe end = start
            for leaf in leaves.dropLast() {
                unsafe end += leaf.utf8.count
                unsafe end.pointee = 0x0a
                unsafe end += 1
            }
            initialised = count
        }
        isPlain = traits.isPlain
        mayBeEscaped = traits.mayBeEscaped
    }

    private struct Traits {
        var isPlain = true
        var mayBeEscaped = false

        /// Looks at `count` bytes and at the one after them. The loop has no branch, so that it runs on vectors.
        mutating func read(_ text: UnsafePointer<UInt8>, _ count: Int) {
            var strange: UInt8 = 0
            var escapes: UInt8 = 0
            for index in 0..<count {
                let here = unsafe text[index]
                let next = unsafe text[index &+ 1]
                // From 0x20 to 0x7e: the difference wraps for all others.
                strange |= here &- 0x20 > 0x5e ? 1 : 0
                strange |= (here ^ 0x20) | (next ^ 0x20) == 0 ? 1 : 0
                escapes |= here == 0x25 ? 1 : 0
                escapes |= here == 0x5c ? 1 : 0
            }
            isPlain = strange == 0
            mayBeEscaped = escapes != 0
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
