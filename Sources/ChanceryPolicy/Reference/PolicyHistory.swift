/// Which policy was in force when: activations in the order in which they happened.
public struct PolicyHistory: Sendable {
    public struct Activation: Sendable, Equatable {
        public let name: String
        public let version: String
        /// In hex.
        public let contentHash: String
        /// Unix seconds.
        public let activatedAt: Int64
        public let activatedBy: String
        public let comment: String

        public init(
            name: String, version: String, contentHash: String, activatedAt: Int64, activatedBy: String, comment: String
        ) {
            self.name = name
            self.version = version
            self.contentHash = contentHash
            self.activatedAt = activatedAt
            self.activatedBy = activatedBy
            self.comment = comment
        }

        /// `name@version`, as the reference calls it.
        public var id: String { "\(name)@\(version)" }
    }

    public private(set) var activations: [Activation]

    public init(_ activations: [Activation] = []) { self.activations = activations }

    public mutating func activate(_ activation: Activation) { activations.append(activation) }

    /// Those of one policy.
    public func activations(of name: String) -> [Activation] {
        activations.filter { $0.name.utf8.elementsEqual(name.utf8) }
    }

    /// The policy called `name` that was in force at `time`; the later entry wins where two have one time.
    public func active(_ name: String, at time: Int64) -> Activation? {
        activations(of: name).filter { $0.activatedAt <= time }.enumerated()
            .max { ($0.element.activatedAt, $0.offset) < ($1.element.activatedAt, $1.offset) }?.element
    }

    /// Whether `contentHash` is that of the last activation of `name`.
    public func isCurrent(_ contentHash: String, of name: String) -> Bool {
        activations(of: name).last?.contentHash == contentHash
    }
}
