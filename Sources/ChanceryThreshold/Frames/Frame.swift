internal import ChanceryArithmetic

/// The kinds of messages of the protocol.
public enum FrameKind: UInt8, Sendable, Hashable, CaseIterable {
    /// Hashes of the contributions to the shared keys.
    case keyCommitment = 1
    /// The contributions.
    case keyContribution = 2
    /// Hashes of the keys that came of them.
    case keyConfirmation = 3
    /// Shares of values that all custodians open to each other.
    case opening = 4
    /// Shares of a random value that nobody could choose.
    case coin = 5
    /// A hash of all values opened so far.
    case transcript = 6
    /// Shares of a client's masks.
    case inputMasks = 7
    /// A client's masked values.
    case submission = 8
    /// Shares of results for the client.
    case output = 9
}

/// One message, as its bytes are laid out (docs/spec/compute-protocol.md).
public struct Frame: Sendable, Equatable {
    public static let version: UInt8 = 1
    public static let headerBytes = 48
    /// 2^22 elements.
    public static let maximumPayload = 64 << 20
    /// The number that stands for a client in the places of sender and recipient.
    public static let client = 0

    public let kind: FrameKind
    public let session: SessionID
    /// A custodian from 1, or ``client``.
    public let sender: Int
    public let recipient: Int
    /// Counts the messages of a session from 0.
    public let step: UInt32
    public let payload: [UInt8]

    /// The whole message.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerBytes + payload.count)
        bytes += [Self.version, kind.rawValue, UInt8(truncatingIfNeeded: sender), UInt8(truncatingIfNeeded: recipient)]
        bytes += session.bytes
        for number in [step, UInt32(payload.count)] {
            for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
        }
        bytes += [0, 0, 0, 0]
        bytes += payload
        return bytes
    }

    init(_ kind: FrameKind, _ session: SessionID, from sender: Int, to recipient: Int, step: UInt32, _ payload: [UInt8]) {
        self.kind = kind
        self.session = session
        self.sender = sender
        self.recipient = recipient
        self.step = step
        self.payload = payload
    }

    /// The session that a message names, before the rest is read; nil for what is shorter than a header.
    public static func session(of bytes: [UInt8]) -> SessionID? {
        bytes.count >= headerBytes ? SessionID(trusted: Array(bytes[4..<36])) : nil
    }

    /// Reads a message.
    ///
    /// - Throws: `threshold.invalid_frame` for anything but exactly one frame.
    public init(_ bytes: [UInt8]) throws(ThresholdError) {
        guard bytes.count >= Self.headerBytes, bytes[0] == Self.version, let kind = FrameKind(rawValue: bytes[1]) else {
            throw ThresholdError(.invalidFrame, "a frame has a header of \(Self.headerBytes) bytes, version 1 and a known kind")
        }
        func number(at place: Int) -> UInt32 { bytes[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) } }
        let length = Int(number(at: 40))
        guard length <= Self.maximumPayload, bytes.count == Self.headerBytes + length, number(at: 44) == 0,
            Int(bytes[2]) <= Committee.sizes.upperBound, Int(bytes[3]) <= Committee.sizes.upperBound
        else {
            throw ThresholdError(.invalidFrame, "the length or a number of a frame is wrong", message: kind)
        }
        self.kind = kind
        session = SessionID(trusted: Array(bytes[4..<36]))
        sender = Int(bytes[2])
        recipient = Int(bytes[3])
        step = number(at: 36)
        payload = Array(bytes[Self.headerBytes...])
    }
}
