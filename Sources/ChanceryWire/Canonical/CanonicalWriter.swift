/// The bytes of a canonical form while they are written.
///
/// An array would check at every byte whether it is shared; here only the room is checked.
@safe struct CanonicalWriter: ~Copyable {
    // Invariant: the first `count` of `capacity` bytes are initialised, and nobody else knows of them.
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private var count = 0

    init(capacity: Int) {
        self.capacity = max(capacity, 16)
        unsafe start = .allocate(capacity: self.capacity)
    }

    deinit { unsafe start.deallocate() }

    var bytes: [UInt8] { unsafe [UInt8](UnsafeBufferPointer(start: start, count: count)) }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe start[count] = byte
        count &+= 1
    }

    mutating func append(contentsOf bytes: some Sequence<UInt8>) {
        for byte in bytes { append(byte) }
    }

    /// Appends `text` in quotes; false, and nothing appended, where it holds something to escape.
    mutating func appendQuoted(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        // Every byte is looked at, without an early end: so the compiler takes many at a time.
        var escapes: UInt8 = 0
        for index in 0..<text.count {
            let byte = unsafe text[index]
            escapes |= (byte < 0x20 ? 1 : 0) | (byte == 0x22 ? 1 : 0) | (byte == 0x5c ? 1 : 0)
        }
        guard escapes == 0 else { return false }
        append(0x22)
        if let source = text.baseAddress {
            reserve(text.count)
            unsafe (start + count).initialize(from: source, count: text.count)
            count += text.count
        }
        append(0x22)
        return true
    }

    @inline(__always)
    private mutating func reserve(_ room: Int) {
        if capacity &- count < room { grow(room) }
    }

    @inline(never)
    private mutating func grow(_ room: Int) {
        let larger = max(capacity * 2, count + room)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        unsafe moved.moveInitialize(from: start, count: count)
        unsafe start.deallocate()
        unsafe start = moved
        capacity = larger
    }
}
