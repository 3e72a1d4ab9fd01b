internal import ChanceryPolicy
internal import ChanceryVigil
internal import ChanceryWire

/// Values as the seed's clients read them: scores as JSON numbers, times in Unix seconds.
enum SeedValue {
    static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    static func number(_ decimal: ExactDecimal?) -> JSONValue {
        decimal.flatMap { Double($0.description) }.map { .double($0) } ?? .null
    }

    static func number(_ share: Millionths?) -> JSONValue { share.map { .double(Double($0.value) / 1_000_000) } ?? .null }
}
