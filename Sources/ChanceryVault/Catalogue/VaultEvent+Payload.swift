public import ChanceryWire

extension VaultEvent {
    /// As the payload of an event of the chain.
    public var payload: JSONObject {
        switch self {
        case .put(let entry): return Self.object("vault_put", entry.members)
        case .rewrap(let rewrap):
            let items = rewrap.items.map { item -> JSONValue in
                [
                    "artifact": .string(item.artifact.text), "version": .integer(item.version),
                    "wrapping_key": .string(item.wrappingKey.text),
                ]
            }
            return Self.object(
                "vault_rewrap",
                ["batch": .string(Hex.encode(rewrap.batch)), "first": .integer(rewrap.first), "items": .array(items)])
        case .delete(let deletion):
            return Self.object(
                "vault_delete",
                [
                    "artifact": .string(deletion.artifact.text), "status": .string(deletion.status.rawValue),
                    "version": deletion.version.map { .integer($0) } ?? .null,
                ])
        case .access(let access):
            return Self.object(
                "vault_access",
                [
                    "artifact": .string(access.artifact.text), "generation": .integer(access.generation),
                    "kind": .string(access.kind.rawValue), "manifest": .string(access.manifest.text),
                    "present": access.present.map { .string($0) } ?? .null, "principal": .string(access.principal),
                    "right": .string(access.right.rawValue),
                    "time": .string(access.time.text), "writ": .string(Hex.encode(access.writ)),
                ])
        case .refusal(let refusal):
            return Self.object(
                "vault_refused",
                [
                    "artifact": refusal.artifact.map { .string($0.text) } ?? .null,
                    "codes": .array(refusal.codes.map { .string($0) }), "detail": .string(refusal.detail),
                    "operation": .string(refusal.operation), "principal": .string(refusal.principal),
                ])
        case .key(let event): return event.payload
        case .policy(let change):
            return Self.object(
                "vault_policy",
                [
                    "policy": .string(Hex.encode(change.policy)),
                    "previous": change.previous.map { .string(Hex.encode($0)) } ?? .null,
                ])
        case .session(let session):
            return Self.object(
                "vault_session",
                [
                    "backend": session.backend.map { .string($0.text) } ?? .null, "change": .string(session.change.rawValue),
                    "principal": session.principal.map { .string($0) } ?? .null,
                ])
        case .attestation(let attested):
            return Self.object(
                "vault_attest",
                ["artifact": .string(attested.artifact.text), "record": .string(Hex.encode(attested.record))])
        case .inference(let inference): return Self.object("vault_inference", inference.members)
        case .grant(let grant): return Self.object("vault_grant", grant.members)
        case .revocation(let id): return Self.object("vault_revoke", ["grant": .string(Hex.encode(id))])
        }
    }

    private static func object(_ type: String, _ members: JSONObject) -> JSONObject {
        var object = members
        object["event_type"] = .string(type)
        return object
    }

    /// Reads what ``payload`` wrote.
    ///
    /// - Throws: `vault.event_malformed` for an event of somebody else, and what the parts throw.
    public init(_ payload: JSONObject) throws {
        var reader = RecordReader(payload, "vault event")
        let type = try reader.string("event_type", limit: 64)
        if type.utf8.elementsEqual(KeyEvent.eventType.utf8) {
            self = .key(try KeyEvent(payload))
            return
        }
        switch type {
        case "vault_put": self = .put(try CatalogueEntry(&reader))
        case "vault_rewrap": self = .rewrap(try Rewrap(&reader))
        case "vault_delete": self = .delete(try Deletion(&reader))
        case "vault_access": self = .access(try Access(&reader))
        case "vault_refused": self = .refusal(try Refusal(&reader))
        case "vault_policy": self = .policy(try PolicyChange(&reader))
        case "vault_session": self = .session(try Session(&reader))
        case "vault_attest": self = .attestation(try Attested(&reader))
        case "vault_inference": self = .inference(try Inference(&reader))
        case "vault_grant": self = .grant(try LocalGrant(&reader))
        case "vault_revoke": self = .revocation(try reader.hex("grant", count: LocalGrant.idBytes))
        default: throw VaultError(.eventMalformed, "`\(type)` is no event of a vault")
        }
        try reader.finish()
    }
}

extension VaultEvent.Rewrap {
    init(_ reader: inout RecordReader) throws {
        batch = try reader.hex("batch", count: 32)
        first = try reader.integer("first", in: 1...CanonicalForm.largestSafeInteger)
        items = try reader.array("items", limit: Self.mostItems).map { value in
            var part = try RecordReader(value, "item")
            let item = Item(
                artifact: try ArtifactID(part.string("artifact", limit: 64)),
                version: try part.integer("version", in: 1...CanonicalForm.largestSafeInteger),
                wrappingKey: try VaultKeyID(part.string("wrapping_key", limit: 64)))
            try part.finish()
            return item
        }
    }
}

extension VaultEvent.Deletion {
    init(_ reader: inout RecordReader) throws {
        artifact = try ArtifactID(reader.string("artifact", limit: 64))
        version = try reader.value("version").isNull ? nil : reader.integer("version")
        guard let status = CatalogueEntry.Status(rawValue: try reader.string("status", limit: 16)) else {
            throw VaultError(.eventMalformed, "what is deleted is unlinked or destroyed")
        }
        self.status = status
    }
}

extension VaultEvent.Access {
    init(_ reader: inout RecordReader) throws {
        guard let kind = ArtifactKind(rawValue: try reader.string("kind", limit: 64)),
            let right = AccessRight(rawValue: try reader.string("right", limit: 16))
        else { throw VaultError(.eventMalformed, "an access names an unknown kind or right") }
        self.kind = kind
        self.right = right
        artifact = try ArtifactID(reader.string("artifact", limit: 64))
        manifest = try ManifestDigest(reader.string("manifest", limit: 64))
        principal = try reader.string("principal", limit: RateBook.principalBytes)
        writ = try reader.hex("writ", count: 32)
        generation = try reader.integer("generation")
        time = try reader.time("time")
        present =
            try reader.value("present").isNull ? nil : reader.string("present", limit: RateBook.principalBytes)
    }
}

extension VaultEvent.Refusal {
    init(_ reader: inout RecordReader) throws {
        operation = try reader.string("operation", limit: 64)
        codes = try reader.array("codes", limit: AccessRefusal.allCases.count).map { value in
            guard let code = value.string, code.utf8.count <= 128 else {
                throw VaultError(.eventMalformed, "a code is a text of at most 128 bytes")
            }
            return code
        }
        detail = try reader.string("detail", limit: 1024)
        principal = try reader.string("principal", limit: RateBook.principalBytes)
        artifact = try reader.value("artifact").isNull ? nil : ArtifactID(reader.string("artifact", limit: 64))
    }
}

extension VaultEvent.PolicyChange {
    init(_ reader: inout RecordReader) throws {
        policy = try reader.hex("policy", count: 32)
        previous = try reader.value("previous").isNull ? nil : reader.hex("previous", count: 32)
    }
}

extension VaultEvent.Session {
    init(_ reader: inout RecordReader) throws {
        guard let change = Change(rawValue: try reader.string("change", limit: 16)) else {
            throw VaultError(.eventMalformed, "a session is unlocked, locked or expired")
        }
        self.change = change
        backend =
            try reader.value("backend").isNull
            ? nil : CustodyLabel(reader.string("backend", limit: CustodyLabel.maximumBytes))
        // Events of before do not say who.
        principal =
            reader.optional("principal")?.isNull ?? true ? nil : try reader.string("principal", limit: RateBook.principalBytes)
    }
}

extension VaultEvent.Attested {
    init(_ reader: inout RecordReader) throws {
        artifact = try ArtifactID(reader.string("artifact", limit: 64))
        record = try reader.hex("record", count: 32)
    }
}
