import ChanceryLedger
import ChanceryNode
import ChancerySuite
import ChanceryVault
import ChanceryWire
import TestKit
import Testing

/// A parcel opens for its recipients, byte for byte, or for nobody.
struct ParcelTests {
    private let home: SampleHome
    private let sender: OpenIdentity
    private let reader: OpenIdentity

    init() throws {
        home = try SampleHome()
        sender = try home.identity("sender")
        reader = try home.identity("reader")
    }

    private func seal(_ content: [UInt8], for recipients: [OpenIdentity]? = nil) throws -> [UInt8] {
        var sealed: [UInt8] = []
        _ = try Parcel.seal(
            { BytesContent(content) }, for: (recipients ?? [reader]).map(\.document.sealingKey), by: sender,
            history: [sender.document], at: home.clock.now()
        ) { bytes in for index in bytes.indices { sealed.append(bytes[index]) } }
        return sealed
    }

    private func open(_ bytes: [UInt8], as identity: OpenIdentity? = nil) throws -> [UInt8] {
        var content: [UInt8] = []
        let source = BytesContent(bytes)
        try Parcel(source).open(source, with: (identity ?? reader).keys.sealing) { part in
            for index in part.indices { content.append(part[index]) }
        }
        return content
    }

    @Test(arguments: [0, 1, 16_383, 16_384, 16_385, 1 << 20, (1 << 20) + 5])
    func `what was sealed comes back to each recipient and to nobody else`(count: Int) throws {
        var numbers = SplitNumbers(seed: UInt64(count))
        let content = (0..<count).map { _ in numbers.next() }
        let second = try home.identity("second")
        let sealed = try seal(content, for: [reader, second])
        #expect(try open(sealed) == content)
        #expect(try open(sealed, as: second) == content)
        #expect(code { _ = try open(sealed, as: sender) } == "vault.no_recipient")
    }

    @Test func `who sealed it counts only with a document that the reader knows`() throws {
        let parcel = try Parcel(BytesContent(seal([1, 2, 3])))
        #expect(parcel.did == sender.document.did && parcel.length == 3)
        try parcel.require([sender.document])
        #expect(code { try parcel.require([reader.document]) } == "vault.parcel_sender")
        #expect(code { try parcel.require([]) } == "vault.parcel_sender")
        // The same name over other keys is another identity.
        let other = try SampleHome().identity("sender")
        #expect(code { try parcel.require([other.document]) } == "vault.parcel_sender")
    }

    @Test func `every byte that is changed is found`() throws {
        let sealed = try seal([UInt8](repeating: 7, count: 20_000))
        let header = try Parcel(BytesContent(sealed)).header.bytes.count
        // Every byte of the frame and of the body's start and end, and a sample of the records between.
        let places =
            Array(0..<16) + Array(stride(from: 16, to: header, by: 211)) + Array(header..<header + 80)
            + Array(stride(from: header + 80, to: sealed.count, by: 997)) + Array(sealed.count - 20..<sealed.count)
        for place in places {
            var altered = sealed
            altered[place] ^= 1 << UInt8(place % 8)
            #expect(throws: (any Error).self, "byte \(place)") { try open(altered) }
        }
    }

    @Test func `a parcel that was cut or added to is refused`() throws {
        for count in [0, 5, 16_384, 40_000] {
            let sealed = try seal([UInt8](repeating: 7, count: count))
            for cut in [1, 2, 16, 17, 40] {
                let code = code { _ = try open(Array(sealed.dropLast(cut))) }
                #expect(["vault.body_length", "vault.body_altered"].contains(code), "\(count) without \(cut)")
            }
            #expect(code { _ = try open(sealed + [0]) } == "vault.body_length")
            #expect(code { _ = try open(sealed + sealed) } == "vault.body_length")
        }
    }

    @Test func `parts of two parcels do not make a third`() throws {
        let (one, two) = try (seal([1]), seal([2]))
        let (first, second) = try (Parcel(BytesContent(one)).header, Parcel(BytesContent(two)).header)
        let mixed = [
            try ParcelHeader(
                documents: first.documents, manifest: second.manifest, sealing: first.sealing, keyring: first.keyring),
            try ParcelHeader(
                documents: first.documents, manifest: first.manifest, sealing: second.sealing, keyring: first.keyring),
            try ParcelHeader(
                documents: first.documents, manifest: first.manifest, sealing: first.sealing, keyring: second.keyring),
        ]
        for header in mixed {
            #expect(code { _ = try Parcel(BytesContent(header.bytes)) } == "vault.record_mismatch")
        }
        let foreign = code { _ = try open(first.bytes + Array(two.dropFirst(second.bytes.count))) }
        #expect(foreign == "vault.body_altered")
    }

    @Test func `the sender's documents are those of the keys that signed`() throws {
        let header = try Parcel(BytesContent(seal([1]))).header
        let documents = try CanonicalForm.jcs.encode(.array([JSONParser.parse(reader.document.record.bytes)]))
        let altered = try ParcelHeader(
            documents: documents, manifest: header.manifest, sealing: header.sealing, keyring: header.keyring)
        #expect(code { _ = try Parcel(BytesContent(altered.bytes)) } == "suite.invalid_signature")
    }

    @Test func `content that changes between its two readings is not sealed`() throws {
        var readings = 0
        let code = code {
            _ = try Parcel.seal(
                {
                    readings += 1
                    return BytesContent([UInt8(readings)])
                }, for: [reader.document.sealingKey], by: sender, history: [sender.document], at: home.clock.now()
            ) { _ in }
        }
        #expect(code == "vault.content_mismatch")
    }

    @Test func `a parcel has recipients, each once`() throws {
        #expect(code { _ = try seal([1], for: []) } == "vault.invalid_record")
        #expect(code { _ = try seal([1], for: [reader, reader]) } == "vault.invalid_record")
    }
}
