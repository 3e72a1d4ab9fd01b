internal import ChanceryWire

/// One step of a life cycle, and what the package answers.
struct SequenceStep {
    enum Act {
        case unlock(seconds: Int64)
        case lock, save, newVault, list, isUnlocked
        case put(ref: String, name: String, content: [UInt8])
        case get(target: String)
        case delete(target: String)
        /// The stored record of the name is replaced by the one of an older artifact.
        case rollback(name: String, to: String)
    }

    let act: Act
    let outcome: String

    init(_ value: JSONValue) throws {
        outcome = try value.text("outcome")
        act =
            switch try value.text("op") {
            case "unlock": .unlock(seconds: try value.number("ttl_seconds"))
            case "lock": .lock
            case "save": .save
            case "new_vault": .newVault
            case "list": .list
            case "is_unlocked": .isUnlocked
            case "put": .put(ref: try value.text("ref"), name: try value.text("name"), content: try value.hex("content"))
            case "get": .get(target: try value.text("target"))
            case "delete": .delete(target: try value.text("target"))
            case "rollback": .rollback(name: try value.text("name"), to: try value.text("to"))
            case let other: throw MissingStatement(path: "op \(other)")
            }
    }
}

/// Something that lives through the steps: the product's vault, or the package's.
protocol SequenceVault {
    /// What becomes of a step, in the words of the vectors: `ok`, `content:HEX`, `names:A,B`, `true`, `false`,
    /// `raises CODE`.
    mutating func take(_ act: SequenceStep.Act) async throws -> String
}
