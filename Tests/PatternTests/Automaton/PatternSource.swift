/// Makes expressions and texts from a seed: small alphabets, so that they meet often.
struct PatternSource: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    private static let atoms = [
        "a", "b", "c", "a", "b", "é", "_", " ", "\\n", ".", "[ab]", "[^a]", "[^b\\n]", "\\w", "\\W", "\\s", "\\d", "[a-cé]",
        "ab",
    ]
    private static let places = ["^", "$", "\\b", "\\B", "\\A", "\\z", "(?m:^)", "(?m:$)"]
    private static let counts = ["*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?", "+?"]
    private static let letters: [String] = ["a", "a", "b", "b", "c", "é", "A", "_", " ", "\n", "1", "\u{a0}", "日"]

    mutating func pattern(depth: Int = 3) -> String {
        switch Int.random(in: 0..<10, using: &self) {
        case 0..<3 where depth > 0: pattern(depth: depth - 1) + pattern(depth: depth - 1)
        case 3 where depth > 0: "(?:" + pattern(depth: depth - 1) + "|" + pattern(depth: depth - 1) + ")"
        case 4...5 where depth > 0: "(?:" + pattern(depth: depth - 1) + ")" + Self.counts.randomElement(using: &self)!
        case 6: Self.places.randomElement(using: &self)!
        case 7: "(?i)" + Self.atoms.randomElement(using: &self)!
        default: Self.atoms.randomElement(using: &self)!
        }
    }

    mutating func text(upTo length: Int) -> String {
        (0..<Int.random(in: 0...length, using: &self)).map { _ in Self.letters.randomElement(using: &self)! }.joined()
    }

    /// ASCII, long enough to be searched in quarters.
    mutating func longText() -> String {
        (0..<Int.random(in: 60...200, using: &self)).map { _ in ["a", "b", "c", " ", "\n", "_"].randomElement(using: &self)! }
            .joined()
    }
}
