import ChancerySuite
import ChanceryVault

/// A provider of our own behind the C functions: it seals under a key made from the number in its context, and binds the
/// label, as a real one would.
enum SampleProvider {
    static func backend(_ number: Int, confirms: Bool = true) -> CallbackBackend {
        let context = unsafe UnsafeMutableRawPointer(bitPattern: number + 1)
        let table = unsafe CustodyCallbacks(
            context: unsafe context,
            seal: { context, label, labelLength, input, inputLength, output, capacity, written in
                unsafe SampleProvider.answer(context, label, labelLength, input, inputLength, output, capacity, written) {
                    key, label, input in
                    let nonce = SystemRandom.bytes(AEAD.nonceBytes)
                    return (try? AEAD.seal(input, key: key, nonce: nonce, authenticating: label)).map { nonce + $0 }
                }
            },
            unseal: { context, label, labelLength, input, inputLength, output, capacity, written in
                unsafe SampleProvider.answer(context, label, labelLength, input, inputLength, output, capacity, written) {
                    key, label, input in
                    try? AEAD.open(
                        Array(input.dropFirst(AEAD.nonceBytes)), key: key, nonce: Array(input.prefix(AEAD.nonceBytes)),
                        authenticating: label)
                }
            },
            confirm: confirms
                ? { _, _, _, _, inputLength, _, _, _ in inputLength > 0 ? CustodyCode.succeeded : CustodyCode.unavailable }
                : nil)
        return unsafe CallbackBackend(table, capabilities: capabilities)
    }

    static let capabilities = CustodyCapabilities(
        name: label, summary: "a provider of the tests", placement: .device, isHardwareBacked: true, isExtractable: false,
        attestation: .vendor)
    private static let label: CustodyLabel = {
        guard let label = try? CustodyLabel("sample-provider") else { preconditionFailure("the label is plain") }
        return label
    }()

    private static func answer(
        _ context: UnsafeMutableRawPointer?, _ label: UnsafePointer<UInt8>?, _ labelLength: Int,
        _ input: UnsafePointer<UInt8>?, _ inputLength: Int, _ output: UnsafeMutablePointer<UInt8>?, _ capacity: Int,
        _ written: UnsafeMutablePointer<Int>?, _ body: (borrowing SecretBytes, [UInt8], [UInt8]) -> [UInt8]?
    ) -> Int32 {
        let key = Sample.secret(Int(bitPattern: context))
        let label = unsafe Array(UnsafeBufferPointer(start: label, count: labelLength))
        let input = unsafe Array(UnsafeBufferPointer(start: input, count: inputLength))
        guard let result = body(key, label, input) else { return CustodyCode.wrongSecret }
        guard result.count <= capacity else { return 9 }
        for index in result.indices { unsafe output?[index] = result[index] }
        unsafe written?.pointee = result.count
        return CustodyCode.succeeded
    }
}

/// Answers every call with the same code and count, and writes nothing.
enum HostileProvider {
    static func backend(_ answer: Int32, _ count: Int) -> CallbackBackend {
        let script = UnsafeMutablePointer<(Int32, Int)>.allocate(capacity: 1)
        unsafe script.initialize(to: (answer, count))
        let function: CustodyCallbacks.Function = { context, _, _, _, _, _, _, written in
            guard let script = unsafe context?.assumingMemoryBound(to: (Int32, Int).self) else { return -9 }
            unsafe written?.pointee = script.pointee.1
            return unsafe script.pointee.0
        }
        // The provider outlives the backend: never freed.
        let table = unsafe CustodyCallbacks(context: UnsafeMutableRawPointer(script), seal: function, unseal: function)
        return unsafe CallbackBackend(table, capabilities: MemoryBackend().capabilities)
    }
}
