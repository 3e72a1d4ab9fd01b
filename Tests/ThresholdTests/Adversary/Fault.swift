import ChanceryThreshold

/// What a lying custodian does with the frames of one step.
enum Fault: String, CaseIterable {
    /// A wrong number, the same for everybody.
    case wrong
    /// A wrong number for one of the others alone.
    case equivocal
    case silent
    /// A frame that is cut short.
    case short
    /// A number that is not below p, or another hash.
    case beyond
    /// The frame twice, the second time with other numbers.
    case twice
    /// The frame under the number of the round after the next.
    case ahead
    /// The frame of another session.
    case foreign

    /// What arrives instead of `message`.
    func apply(_ message: LocalNetwork.Message, victim: Int) -> [LocalNetwork.Message] {
        var changed = message
        switch self {
        case .wrong: changed.bytes[Frame.headerBytes] ^= 1
        case .equivocal: if message.to == victim { changed.bytes[Frame.headerBytes] ^= 1 }
        case .silent: return []
        case .short: changed.bytes.removeLast()
        case .beyond: for place in Frame.headerBytes..<Frame.headerBytes + 16 { changed.bytes[place] = 255 }
        case .twice:
            changed.bytes[Frame.headerBytes] ^= 1
            return [message, changed]
        case .ahead: changed.bytes[39] &+= 2
        case .foreign: changed.bytes[10] ^= 1
        }
        return [changed]
    }

    /// The kind and step in the header of a frame.
    static func place(_ message: LocalNetwork.Message) -> (kind: UInt8, step: UInt8) { (message.bytes[1], message.bytes[39]) }
}
