/// What a function of a provider returns; anything else is a failure.
public enum CustodyCode {
    public static let succeeded: Int32 = 0
    /// The secret is not of this provider or label, or was changed; or the person declined.
    public static let wrongSecret: Int32 = 1
    /// Locked, absent or busy.
    public static let unavailable: Int32 = 2
}

/// The functions of a provider, as C sees them:
///
/// ```c
/// int32_t f(void *context, const uint8_t *label, size_t label_length, const uint8_t *input, size_t input_length,
///           uint8_t *output, size_t capacity, size_t *written);
/// ```
///
/// `context` is handed through. The provider writes at most `capacity` bytes and states how many. It may be called from
/// any thread, keeps no pointer, and outlives the backend.
@unsafe
public struct CustodyCallbacks: @unchecked Sendable {
    public typealias Function =
        @convention(c) (
            _ context: UnsafeMutableRawPointer?, _ label: UnsafePointer<UInt8>?, _ labelLength: Int,
            _ input: UnsafePointer<UInt8>?, _ inputLength: Int, _ output: UnsafeMutablePointer<UInt8>?, _ capacity: Int,
            _ written: UnsafeMutablePointer<Int>?
        ) -> Int32

    public let context: UnsafeMutableRawPointer?
    public let seal: Function
    public let unseal: Function
    /// Shows the input to the person who is there, and succeeds when they agree; writes nothing. nil where nobody is asked.
    public let confirm: Function?

    public init(
        context: UnsafeMutableRawPointer?, seal: @escaping Function, unseal: @escaping Function, confirm: Function? = nil
    ) {
        unsafe self.context = unsafe context
        unsafe self.seal = seal
        unsafe self.unseal = unseal
        unsafe self.confirm = confirm
    }
}
