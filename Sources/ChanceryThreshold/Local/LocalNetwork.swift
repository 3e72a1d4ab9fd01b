/// Carries the messages of sessions in one process, in an order of its caller's choosing: for tests, vectors and measures.
/// Nothing here keeps custodians apart, so nothing here protects a secret.
package struct LocalNetwork {
    /// A message on its way. 0 is the client.
    package struct Message {
        package let from: Int
        package let to: Int
        package var bytes: [UInt8]
    }

    /// Picks the next of so many messages.
    package var pick: (Int) -> Int = { _ in 0 }
    /// Sees each message before it is delivered and gives what arrives instead of it.
    package var tap: (Message) -> [Message] = { [$0] }
    package private(set) var errors: [(party: Int, step: String, error: ThresholdError)] = []
    package private(set) var finished: Set<Int> = []
    package private(set) var failed: Set<Int> = []
    private var messages: [Message] = []

    package init() {}

    /// Takes in what a custodian wants done.
    package mutating func take(_ steps: [SessionStep], of party: Int) {
        for step in steps {
            switch step {
            case .send(let to, let bytes): post(Message(from: party, to: to, bytes: bytes))
            case .sendToClient(let bytes): post(Message(from: party, to: Frame.client, bytes: bytes))
            case .ignored(let error): errors.append((party, "ignored", error))
            case .blamed(let error): errors.append((party, "blamed", error))
            case .failed(let error):
                errors.append((party, "failed", error))
                failed.insert(party)
            case .finished: finished.insert(party)
            }
        }
    }

    /// Takes in what a client wants done.
    package mutating func take(_ steps: [ClientSession.Step]) {
        for step in steps {
            switch step {
            case .send(let to, let bytes): post(Message(from: Frame.client, to: to, bytes: bytes))
            case .ignored(let error): errors.append((Frame.client, "ignored", error))
            case .failed(let error):
                errors.append((Frame.client, "failed", error))
                failed.insert(Frame.client)
            case .finished: finished.insert(Frame.client)
            }
        }
    }

    private mutating func post(_ message: Message) { messages += tap(message) }

    /// The next message; nil when all is quiet.
    package mutating func next() -> Message? {
        guard !messages.isEmpty else { return nil }
        let place = pick(messages.count)
        messages.swapAt(place, messages.count - 1)
        return messages.removeLast()
    }
}
