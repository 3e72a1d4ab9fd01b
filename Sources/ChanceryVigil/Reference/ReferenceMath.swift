internal import Glibc

/// The two functions of the C library that the reference's numbers come from. Nothing outside this folder uses them.
enum ReferenceMath {
    static func log2(_ value: Double) -> Double { Glibc.log2(value) }
    /// The natural logarithm of two, as the reference writes it.
    static let ln2 = Glibc.log(2.0)
    static func exp(_ value: Double) -> Double { Glibc.exp(value) }
}
