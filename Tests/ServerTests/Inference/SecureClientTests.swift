import ChanceryAPI
import ChanceryClient
import ChanceryInference
import ChanceryLedger
import ChanceryNode
import ChanceryServer
import ChancerySuite
import ChanceryTransport
import ChanceryVault
import ChanceryWire
import Synchronization
import Testing

/// HIP-5's client against a service over HTTP.
struct SecureClientTests {
    @Test func `a client gets the model's answer with its receipt`() async throws {
        let house = try await InferenceHouse(SampleModel())
        try await house.run { server in
            let client = try house.client(of: server)
            let answer = try await client.ask("embeddings", Array(#"{"input":"a"}"#.utf8))
            #expect(String(decoding: answer.body, as: UTF8.self) == #"{"data":[1]}"#)
            #expect(answer.proof.receipt.terms.caller == client.keyID)
            #expect(answer.proof.receipt.terms.model == house.entry.manifest)
            #expect(try await client.embed(model: "minilm", input: ["a"])["data"]?.array?.count == 1)
            let refused = await refusal { _ = try await client.ask("other", []).json() }
            #expect(refused == "inference.refused")
        }
    }

    @Test func `a client that is told to send in the clear, or at a tier without evidence, is not made`() async throws {
        let house = try await InferenceHouse(SampleModel())
        let key = try SigningKey<Purpose.HTTP>.generate(.mlDSA65)
        let service = RemoteService(
            try PeerAddress("http://127.0.0.1:1"), did: house.identity.document.did.text,
            key: house.identity.document.recordKey)
        #expect(
            await refusal { _ = try SecureClient(apiKey: key, pqcEnabled: false, service: service, now: TestClients.now) }
                == "inference.classical_refused")
        #expect(
            await refusal { _ = try SecureClient(apiKey: key, privacyTier: .attested, service: service, now: TestClients.now) }
                == "inference.evidence_required")
    }

    @Test func `another model, tier or service is refused before anything is sealed`() async throws {
        let house = try await InferenceHouse(SampleModel())
        let other = try ManifestDigest([UInt8](repeating: 9, count: 32))
        try await house.run { server in
            let model = try house.client(of: server, model: other)
            #expect(await refusal { _ = try await model.statement() } == "inference.other_model")
            let tier = try house.client(of: server, tier: .sealed)
            #expect(await refusal { _ = try await tier.statement() } == "inference.tier_mismatch")
            let stranger = try SecureClient(
                apiKey: server.clients.key, privacyTier: .open,
                service: RemoteService(
                    PeerAddress("http://127.0.0.1:\(server.port)"), did: house.identity.document.did.text,
                    key: SigningKey<Purpose.Record>.generate(.mlDSA65).publicKey), now: TestClients.now)
            #expect(await refusal { _ = try await stranger.statement() } == "suite.invalid_signature")
        }
    }

    @Test func `a key that the service does not know, or without a role, asks nothing`() async throws {
        let house = try await InferenceHouse(SampleModel())
        try await house.run { server in
            let unknown = try house.client(of: server, key: SigningKey<Purpose.HTTP>.generate(.mlDSA65))
            #expect(await refusal { _ = try await unknown.ask("embeddings", []) } == "api.unauthorized")
            let auditor = try SigningKey<Purpose.HTTP>.generate(.mlDSA65)
            try server.clients.register(auditor, [.auditor])
            let weak = try house.client(of: server, key: auditor)
            #expect(await refusal { _ = try await weak.ask("embeddings", []) } == "api.role_missing")
        }
    }

    @Test func `after a revocation the client hears that the grant changed`() async throws {
        let house = try await InferenceHouse(SampleModel())
        try await house.run { server in
            let client = try house.client(of: server)
            _ = try await client.ask("embeddings", [])
            try house.vault.revoke(house.entry, from: InferenceHouse.agent, by: "test")
            #expect(await refusal { _ = try await client.ask("embeddings", []) } == "vault.grant_changed")
            #expect(await refusal { _ = try await client.ask("embeddings", []) } == "vault.writ_required")
        }
    }

    @Test(arguments: [true, false])
    func `a stream that is cut in the middle is an error at the client`(isClean: Bool) async throws {
        let house = try await InferenceHouse(SampleModel())
        // In front of the service stands something that lets only a part through.
        let cutting = RouteTable.inference(house.desk).map { route in
            guard route.document.id == "inference" else { return route }
            return Route(route.document) { request in
                let opened = try await house.desk.open(request.body, from: Self.sealedCaller(request.body))
                return .live(
                    LiveAnswer(status: 200, mediaType: "application/octet-stream") { write in
                        let whole = Mutex<[UInt8]>([])
                        try await house.desk.answer(opened) { bytes in whole.withLock { $0 += bytes } }
                        try await write(whole.withLock { Array($0.dropLast(1000)) })
                        if !isClean { throw InferenceError(.truncated, "cut") }
                    })
            }
        }
        try await house.run(adding: cutting) { server in
            let client = try house.client(of: server)
            let said = Mutex(0)
            let found = await refusal {
                try await client.ask("embeddings", []) { part in if case .body = part { said.withLock { $0 += 1 } } }
            }
            #expect(found == (isClean ? "inference.truncated" : "transport.unreachable"))
            #expect(said.withLock { $0 } == 2)
        }
    }

    private static func sealedCaller(_ request: [UInt8]) throws -> String { try RequestHead(startOf: request).caller }

    @Test func `32 clients at once get their answers`() async throws {
        let house = try await InferenceHouse(SampleModel())
        try await house.run { server in
            let client = try house.client(of: server)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<32 { group.addTask { try await client.ask("embeddings", [1, 2]).body.count } }
                for try await count in group { #expect(count == 12) }
            }
        }
    }
}
