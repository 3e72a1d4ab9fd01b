extension CircuitError.Reason {
    /// Words that are no statement or expression of our language.
    public static let syntax = Self(rawValue: "compute.syntax")
    /// Values of kinds that do not go together.
    public static let typeMismatch = Self(rawValue: "compute.type_mismatch")
    /// A value that could leave its type, or the numbers that custodians can work with.
    public static let overflow = Self(rawValue: "compute.overflow")
    /// A hidden value where the compiler needs a number.
    public static let notPublic = Self(rawValue: "compute.not_public")
    public static let badIndex = Self(rawValue: "compute.bad_index")
    /// A type, range or step that makes no sense.
    public static let badType = Self(rawValue: "compute.bad_type")
}
