internal import CChanceryFiles
internal import ChanceryNode
internal import ChanceryWire
internal import Foundation

/// A file that is held open.
struct OpenFile: ~Copyable {
    /// How much is written at a time: a full disk or an interrupt is noticed soon.
    static let step = 1 << 20

    private let descriptor: Int32
    /// For messages only.
    let path: String

    /// Owns `descriptor` from here on, also when it throws.
    ///
    /// - Throws: `store.corrupt` unless it is a regular file.
    init(_ descriptor: Int32, _ path: String) throws {
        self.descriptor = descriptor
        self.path = path
        guard try status().st_mode & S_IFMT == S_IFREG else { throw NodeError(.storeCorrupt, "`\(path)` is no file") }
    }

    deinit { close(descriptor) }

    func status() throws -> stat {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw OpenFolder.failure("look at", path) }
        return status
    }

    func byteCount() throws -> UInt64 { UInt64(max(0, try status().st_size)) }

    /// Takes the file until it is closed: alone when `exclusive`, else with others who read. Waits at most `timeout`.
    ///
    /// - Throws: `store.busy` when somebody else holds it for longer.
    func lock(exclusive: Bool, timeout: Duration = .seconds(30)) throws {
        let deadline = ContinuousClock.now + timeout
        while try !claim(exclusive: exclusive) {
            guard ContinuousClock.now < deadline else {
                throw NodeError(.storeBusy, "another process holds `\(path)` for too long; try again")
            }
            usleep(UInt32.random(in: 200...2000))
        }
    }

    /// Takes the file until it is closed, when it is free at once.
    ///
    /// - Returns: whether it was.
    func claim(exclusive: Bool = true) throws -> Bool {
        while flock(descriptor, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0 {
            if errno == EWOULDBLOCK { return false }
            guard errno == EINTR else { throw OpenFolder.failure("lock", path) }
        }
        return true
    }

    /// Reads from `offset` on until `buffer` is full or the file ends.
    ///
    /// - Returns: how many bytes were read.
    func read(into buffer: inout MutableSpan<UInt8>, at offset: UInt64) throws -> Int {
        guard let start = off_t(exactly: offset), !start.addingReportingOverflow(off_t(buffer.count)).overflow else { return 0 }
        let (descriptor, path) = (descriptor, path)
        return try unsafe buffer.withUnsafeMutableBytes { bytes in
            var filled = 0
            while filled < bytes.count {
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[filled...])
                let count = unsafe pread(descriptor, rest.baseAddress, rest.count, start + off_t(filled))
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw OpenFolder.failure("read", path) }
                if count == 0 { break }
                filled += count
            }
            return filled
        }
    }

    /// The whole file.
    ///
    /// - Throws: `wire.too_long` for more than `limit` bytes.
    func read(limit: Int) throws -> [UInt8] {
        let size = try byteCount()
        guard size <= UInt64(limit) else { throw WireError(.tooLong, "`\(path)` exceeds \(limit) bytes") }
        var bytes = [UInt8](repeating: 0, count: Int(size))
        var span = bytes.mutableSpan
        let count = try read(into: &span, at: 0)
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Writes all of `bytes` from `offset` on.
    ///
    /// - Throws: `store.full` when there is no room.
    func write(_ bytes: Span<UInt8>, at offset: UInt64) throws {
        guard let start = off_t(exactly: offset), !start.addingReportingOverflow(off_t(bytes.count)).overflow else {
            throw NodeError(.storeFull, "`\(path)` would be too long for a file")
        }
        let (descriptor, path) = (descriptor, path)
        try unsafe bytes.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[written...].prefix(Self.step))
                let count = unsafe pwrite(descriptor, part.baseAddress, part.count, start + off_t(written))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw OpenFolder.failure("write", path) }
                written += count
            }
        }
    }

    /// Writes zeros over all bytes, synced, once nobody reads them.
    ///
    /// Best effort: a filesystem that journals data or copies on write, and a flash disk that levels its wear, write the
    /// zeros elsewhere and may keep the old blocks until they need them. So what must be gone for certain is sealed under
    /// a key that goes too (rule V4).
    ///
    /// - Parameter syncing: false for whoever syncs the whole filesystem afterwards.
    func wipe(syncing: Bool = true) throws {
        try lock(exclusive: true)
        let size = try byteCount()
        let zeros = [UInt8](repeating: 0, count: Int(min(size, UInt64(Self.step))))
        var offset: UInt64 = 0
        while offset < size {
            let count = Int(min(size - offset, UInt64(zeros.count)))
            try write(zeros.span.extracting(0..<count), at: offset)
            offset += UInt64(count)
        }
        if syncing { try sync() }
    }

    /// Cuts off what lies behind `length`.
    func cut(to length: UInt64) throws {
        guard let end = off_t(exactly: length), ftruncate(descriptor, end) == 0 else {
            throw OpenFolder.failure("shorten", path)
        }
    }

    /// Whether it is the file that `status` tells of.
    func isSame(as status: stat) throws -> Bool {
        let own = try self.status()
        return own.st_ino == status.st_ino && own.st_dev == status.st_dev
    }

    /// Notes that the file was used now.
    func touch() throws {
        guard futimens(descriptor, nil) == 0 else { throw OpenFolder.failure("touch", path) }
    }

    /// Seconds since it was last written or touched; negative when the clock went back.
    func age() throws -> Int {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return try Int(now.tv_sec) - Int(status().st_mtim.tv_sec)
    }

    /// Lets the disk begin with what was written in `range`, so that a sync at the end has little left to wait for. Nothing is
    /// durable by that.
    func startWriting(_ range: Range<UInt64>) {
        guard let start = Int64(exactly: range.lowerBound), let count = Int64(exactly: range.upperBound - range.lowerBound)
        else { return }
        chancery_start_writing(descriptor, start, count)
    }

    func sync() throws {
        guard fsync(descriptor) == 0 else { throw OpenFolder.failure("sync", path) }
    }
}
