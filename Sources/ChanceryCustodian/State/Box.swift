/// Something that cannot be copied, where a list or an enumeration shall hold it. Confined to its owner.
final class Box<Value: ~Copyable> {
    var value: Value?

    init(_ value: consuming Value) { self.value = consume value }

    /// Takes the value out; nil when it was taken before.
    func take() -> Value? { value.take() }
}
