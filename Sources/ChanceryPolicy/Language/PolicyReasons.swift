extension PolicyError.Reason {
    /// More text, rules or entries than the language allows.
    public static let tooLong = Self(rawValue: "policy.too_long")
    /// Not UTF-8, or with characters that some readers take for line ends.
    public static let encoding = Self(rawValue: "policy.encoding")
    /// Not YAML, or not JSON.
    public static let syntax = Self(rawValue: "policy.syntax")
    /// More nesting than the language allows.
    public static let tooDeep = Self(rawValue: "policy.too_deep")
    /// YAML beyond maps, lists and scalars: anchors, aliases, tags, merge keys, several documents.
    public static let yamlFeature = Self(rawValue: "policy.yaml_feature")
    public static let duplicateKey = Self(rawValue: "policy.duplicate_key")
    public static let unknownKey = Self(rawValue: "policy.unknown_key")
    public static let missingKey = Self(rawValue: "policy.missing_key")
    /// A value of the wrong kind.
    public static let wrongType = Self(rawValue: "policy.wrong_type")
    /// A number outside its range, or not a number.
    public static let range = Self(rawValue: "policy.range")
    /// A word that is not one of those allowed.
    public static let value = Self(rawValue: "policy.value")
    /// A regular expression that does not compile.
    public static let pattern = Self(rawValue: "policy.pattern")
    /// A glob that cannot be read.
    public static let glob = Self(rawValue: "policy.glob")
    /// Warning: a rule or entry that can never speak.
    public static let unreachable = Self(rawValue: "policy.unreachable")
    /// Warning: a rule or entry that another one covers.
    public static let shadowed = Self(rawValue: "policy.shadowed")
    /// Warning: a role that both allows and blocks a tool.
    public static let conflict = Self(rawValue: "policy.conflict")
    /// Warning: something that lets more through than is usually meant.
    public static let open = Self(rawValue: "policy.open")
    /// Warning: a list that no rule names.
    public static let unused = Self(rawValue: "policy.unused")
}
