internal import ChanceryArithmetic
internal import ChancerySuite

/// Shares of random values by number: every custodian computes its own, and together they lie on one polynomial.
///
/// A value is named by (index, lane, slot) in the counter block of each key's stream: index in the high half, lane and slot in
/// the low half. With the program, version, epoch and purpose in the key, that is rule T3's encoding.
public struct ShareStreams: Sendable {
    /// What a value is used as. Lanes of zeros of degree 2t take t numbers each.
    enum Lane: UInt32 {
        case mask = 0
        case square = 1
        case dot = 2
        case pair = 3
        case high = 4
        case output = 5
        case coin = 6
        case verification = 7
        case tuple = 8
        case squareZero = 16
        case dotZero = 32
        case verificationZero = 48
    }

    let committee: Committee
    let party: Int
    private let masks: [(stream: KeyStream, weight: FieldElement)]
    private let zeros: [(stream: KeyStream, weight: FieldElement)]
    private let powers: [FieldElement]

    init(
        committee: Committee, party: Int, masks: [(KeyStream, FieldElement)], zeros: [(KeyStream, FieldElement)]
    ) {
        self.committee = committee
        self.party = party
        self.masks = masks.map { (stream: $0.0, weight: $0.1) }
        self.zeros = zeros.map { (stream: $0.0, weight: $0.1) }
        let own = FieldElement(UInt64(party))
        powers = (1...max(committee.corruptions, 1)).map { own.power(UInt128($0)) }
    }

    /// Where values go: value s of index e to place `offset(e) + s · stride`.
    struct Target {
        var elements: [FieldElement]
        let indices: Int

        /// Rows of `indices` elements.
        init(rows: Int, indices: Int) {
            elements = [FieldElement](repeating: .zero, count: rows * indices)
            self.indices = indices
        }

        /// Overwrites everything with zeros.
        mutating func erase() {
            unsafe elements.withUnsafeMutableBytes { bytes in unsafe SecretBytes.erase(bytes) }
            elements = []
        }
    }

    /// Adds shares of uniformly random values of degree t: `count` rows from `row` on, for each index from `first` on.
    func addMasks(
        _ lane: Lane, first: UInt64, slot: Int = 0, count: Int, to target: inout Target, row: Int = 0
    ) {
        for (stream, weight) in masks {
            add(stream, lane.rawValue, first, slot, count, &target, row, mask: FieldElement.modulus) { weight * $0 }
        }
    }

    /// Adds shares of 0 of degree 2t.
    func addDoubleZeros(
        _ lane: Lane, first: UInt64, slot: Int = 0, count: Int, to target: inout Target, row: Int = 0
    ) {
        for (stream, weight) in masks {
            for (number, power) in powers.enumerated() {
                let factor = weight * power
                add(stream, lane.rawValue + UInt32(number), first, slot, count, &target, row, mask: FieldElement.modulus) {
                    factor * $0
                }
            }
        }
    }

    /// Adds shares of 0 of degree t, which nobody outside the committee can tell from random.
    func addZeros(_ lane: Lane, first: UInt64, slot: Int = 0, count: Int, to target: inout Target, row: Int = 0) {
        for (stream, weight) in zeros {
            add(stream, lane.rawValue, first, slot, count, &target, row, mask: FieldElement.modulus) { weight * $0 }
        }
    }

    /// Adds shares of a sum of whole numbers of `bits` bits, one for each set, and of the sum of their quotients by
    /// 2^`shift`. One slot.
    func addBounded(
        _ lane: Lane, first: UInt64, slot: Int, bits: Int, shift: Int, to target: inout Target, row: Int,
        quotients: inout Target, quotientRow: Int
    ) {
        let mask = (UInt128(1) << UInt128(bits)) - 1
        for (stream, weight) in masks {
            add(stream, lane.rawValue, first, slot, 1, &target, row, mask: mask) { weight * $0 }
            add(stream, lane.rawValue, first, slot, 1, &quotients, quotientRow, mask: mask) {
                weight * FieldElement(reducing: $0.value >> UInt128(shift))
            }
        }
    }

    @inline(__always)
    private func add(
        _ stream: KeyStream, _ lane: UInt32, _ first: UInt64, _ slot: Int, _ count: Int, _ target: inout Target, _ row: Int,
        mask: UInt128, _ weigh: (FieldElement) -> FieldElement
    ) {
        guard count > 0 else { return }
        let indices = target.indices
        // Blocks in pieces that stay in the cache.
        let piece = min(count, 2048)
        var bytes = [UInt8](repeating: 0, count: piece * KeyStream.blockBytes)
        for index in 0..<indices {
            var done = 0
            while done < count {
                let part = min(piece, count - done)
                // The last piece may be short; what is left of the buffer is filled and not read.
                var blocks = bytes.mutableSpan
                stream.fill(&blocks, from: (first &+ UInt64(index), UInt64(lane) << 32 | UInt64(slot + done)))
                unsafe bytes.withUnsafeBytes { source in
                    unsafe target.elements.withUnsafeMutableBufferPointer { elements in
                        var place = (row + done) * indices + index
                        for block in 0..<part {
                            let value =
                                UInt128(
                                    littleEndian: unsafe source.loadUnaligned(
                                        fromByteOffset: block * KeyStream.blockBytes, as: UInt128.self)) & mask
                            unsafe elements[place] += weigh(FieldElement(reducing: value))
                            place += indices
                        }
                    }
                }
                done += part
            }
        }
        SecretBytes.erase(&bytes)
    }
}
