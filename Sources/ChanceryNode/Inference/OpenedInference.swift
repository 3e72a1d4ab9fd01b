internal import ChanceryInference
internal import ChanceryVault
internal import ChanceryWire
internal import Synchronization

/// A request that opened, was never seen before and may be answered now, once.
public final class OpenedInference: Sendable {
    let call: InferenceCall
    let opening: VaultOpening
    let began: UTCTime
    private let place: Places.Place
    private let sealer: Mutex<ResponseSealer?>

    init(
        _ call: InferenceCall, _ sealer: consuming ResponseSealer, under opening: VaultOpening, in place: Places.Place,
        at time: UTCTime
    ) {
        self.place = place
        self.call = call
        self.opening = opening
        began = time
        self.sealer = Mutex(consume sealer)
    }

    /// What seals the answer; the second call finds none.
    func takeSealer() throws(InferenceError) -> ResponseSealer {
        let taken = sealer.withLock { $0.take() }
        guard let taken else { throw InferenceError(.replayed, "the request is being answered already") }
        return taken
    }
}
