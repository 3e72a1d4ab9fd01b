extension CircuitError.Reason {
    /// A statement that the profile does not have.
    public static let unknownKeyword = Self(rawValue: "compute.unknown_keyword")
    public static let duplicateName = Self(rawValue: "compute.duplicate_name")
    public static let undefinedName = Self(rawValue: "compute.undefined_name")
    public static let noOutput = Self(rawValue: "compute.no_output")
    /// A statement with too few words.
    public static let incompleteStatement = Self(rawValue: "compute.incomplete_statement")
    /// A number that is none.
    public static let badLiteral = Self(rawValue: "compute.bad_literal")
    /// A second output where the profile has one.
    public static let multipleOutputs = Self(rawValue: "compute.multiple_outputs")
    public static let duplicateOutput = Self(rawValue: "compute.duplicate_output")
    /// Another number of operands than the operation has.
    public static let badArity = Self(rawValue: "compute.bad_arity")
    /// Strict reading: something else where `=` belongs.
    public static let missingEquals = Self(rawValue: "compute.missing_equals")
    /// Strict reading: words after the end of a statement.
    public static let trailingTokens = Self(rawValue: "compute.trailing_tokens")
    /// Strict reading: a name that is none, or one with the reserved prefix `__`.
    public static let badName = Self(rawValue: "compute.bad_name")
    /// An IR whose nodes are malformed, name nodes that do not exist, or go round in a circle.
    public static let invalidIR = Self(rawValue: "compute.invalid_ir")
    /// A package whose id is not the hash of its content.
    public static let programIDMismatch = Self(rawValue: "compute.program_id_mismatch")
}
