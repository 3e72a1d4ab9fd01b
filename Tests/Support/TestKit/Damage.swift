import ChanceryWire
import Foundation

/// Every way to change one bit of golden bytes, or so many of them that CI can afford it.
///
/// Inside long runs of base64 or hex every eighth character is flipped; `CHANCERY_EXHAUSTIVE=1` flips all.
public func bitFlips(of golden: [UInt8], thinning run: Int = 64) -> [(byte: Int, bit: UInt8)] {
    let exhaustive = ProcessInfo.processInfo.environment["CHANCERY_EXHAUSTIVE"] == "1"
    var flips: [(byte: Int, bit: UInt8)] = []
    var start = 0
    while start < golden.count {
        var end = start
        while end < golden.count, isEncoded(golden[end]) { end += 1 }
        let isLong = end - start > run
        for byte in start..<max(end, start + 1) {
            if isLong, !exhaustive, byte - start > 8, end - byte > 8 {
                if byte % 8 == 0 { flips.append((byte, UInt8(byte / 8 % 8))) }
            } else {
                for bit in 0..<8 { flips.append((byte, UInt8(bit))) }
            }
        }
        start = max(end, start + 1)
    }
    return flips
}

private func isEncoded(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f, 0x2b, 0x2f: true
    default: false
    }
}

extension [UInt8] {
    public func flipping(_ byte: Int, _ bit: UInt8) -> [UInt8] {
        var bytes = self
        bytes[byte] ^= 1 << bit
        return bytes
    }

    /// These bytes with the first occurrence of `old` replaced; the same bytes when there is none.
    public func replacing(_ old: String, by new: String) -> [UInt8] {
        let (old, new) = (Array(old.utf8), Array(new.utf8))
        guard old.count <= count, let start = (0...(count - old.count)).first(where: { starts(with: old, at: $0) }) else {
            return self
        }
        return Array(self[..<start]) + new + Array(self[(start + old.count)...])
    }

    private func starts(with part: [UInt8], at start: Int) -> Bool { self[start...].starts(with: part) }
}

/// What `body` comes to: nil when it succeeds, the code of a typed error, or a text that names an untyped one.
public func code(of body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch let error as any CodedError {
        return error.code
    } catch {
        return "untyped: \(error)"
    }
}

/// Runs `body` on all cores over `items` and gives what it found.
public func inParallel<Item: Sendable, Found: Sendable>(
    _ items: [Item], _ body: @escaping @Sendable (Item) -> Found?
) async -> [Found] {
    let lanes = max(1, ProcessInfo.processInfo.activeProcessorCount)
    return await withTaskGroup(of: [Found].self) { group in
        for lane in 0..<lanes {
            group.addTask {
                stride(from: lane, to: items.count, by: lanes).compactMap { body(items[$0]) }
            }
        }
        return await group.reduce(into: []) { $0 += $1 }
    }
}
