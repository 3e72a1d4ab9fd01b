/// The arithmetic of Hangul syllables (Unicode 3.12).
enum Hangul {
    static let leads: Range<UInt32> = 0x1100..<0x1113
    static let vowels: Range<UInt32> = 0x1161..<0x1176
    static let trails: Range<UInt32> = 0x11a8..<0x11c3
    static let syllables: Range<UInt32> = 0xac00..<0xd7a4

    static func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if leads.contains(first), vowels.contains(second) {
            return syllables.lowerBound + ((first - leads.lowerBound) * 21 + second - vowels.lowerBound) * 28
        }
        if syllables.contains(first), (first - syllables.lowerBound) % 28 == 0, trails.contains(second) {
            return first + second - trails.lowerBound + 1
        }
        return nil
    }
}
