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
        bytes = unsafe [UInt8](unsafeUninitializedCapacity: count + Traits.padding) { buffer, initialised in
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
            unsafe end.initialize(repeating: letter, count: count + Traits.padding - (end - start))
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

        /// Looks at `count` bytes and at the up to ``padding`` after them, eight at a time.
        mutating func read(_ text: UnsafePointer<UInt8>, _ count: Int) {
            let memory = unsafe UnsafeRawPointer(text)
            var strange: UInt64 = 0
            var escapes: UInt64 = 0
            for offset in stride(from: 0, to: count, by: 8) {
                let here = unsafe memory.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                let next = unsafe memory.loadUnaligned(fromByteOffset: offset &+ 1, as: UInt64.self)
                let spaces = Self.ones &* 0x20
                // In turn: not ASCII, below a space, DEL, a space before another.
                strange |= here | (here &- spaces) & ~here
                strange |= Self.zeroBytes(here ^ (Self.ones &* 0x7f))
                strange |= Self.zeroBytes((here ^ spaces) | (next ^ spaces))
                escapes |= Self.zeroBytes(here ^ (Self.ones &* 0x25)) | Self.zeroBytes(here ^ (Self.ones &* 0x5c))
            }
            isPlain = strange & (Self.ones &* 0x80) == 0
            mayBeEscaped = escapes & (Self.ones &* 0x80) != 0
        }

        static let padding = 9
        private static let ones: UInt64 = 0x0101_0101_0101_0101

        /// Sets the highest bit of some byte exactly if some byte of `word` is zero.
        private static func zeroBytes(_ word: UInt64) -> UInt64 { (word &- ones) & ~word }
    }

    /// The text in lower case; nil where it is already. Right where ``isPlain`` is.
    func lowercased() -> [UInt8]? {
        var changed: UInt8 = 0
        let lower = unsafe [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, initialised in
            unsafe bytes.withUnsafeBufferPointer { text in
                for index in 0..<text.count {
                    let byte = unsafe text[index]
                    let lower = byte &- 0x41 < 26 ? byte | 0x20 : byte
                    changed |= lower ^ byte
                    unsafe buffer[index] = lower
                }
            }
            initialised = bytes.count
        }
        return changed == 0 ? nil : lower
    }

    /// `text` with spaces between the leaves.
    static func spaced(_ text: [UInt8]) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: text.count) { buffer, initialised in
            unsafe text.withUnsafeBufferPointer { text in
                for index in 0..<text.count {
                    let byte = unsafe text[index]
                    unsafe buffer[index] = byte == 0x0a ? 0x20 : byte
                }
            }
            initialised = text.count
        }
    }
}
