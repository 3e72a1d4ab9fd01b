public import ChancerySuite
public import ChanceryWire

/// The devices that a verifier enrolled: a file of its own, believed because it lies with the verifier.
///
/// `{devices, type: "chancery/vault-trust/v1"}`, each device `{assurance, device_id, device_model, enclave_vendor, key,
/// not_after, not_before, suite, vault}`.
public struct TrustList: Sendable {
    public static let type = "chancery/vault-trust/v1"
    public static let maximumDevices = 1024
    public static let maximumBytes = 4 << 20

    public let devices: [EnrolledDevice]

    /// Reads a list.
    ///
    /// - Throws: `vault.attestation_malformed` for a form or content that no list has, and the errors of a strict reader.
    public init(decoding bytes: [UInt8]) throws {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: Self.maximumBytes, depth: 4))
        var reader = try RecordReader(value, "list of enrolled devices")
        guard try reader.string("type", limit: 64) == Self.type else {
            throw VaultError(.attestationMalformed, "a list of enrolled devices has the type `\(Self.type)`")
        }
        devices = try reader.array("devices", limit: Self.maximumDevices).map { try EnrolledDevice($0) }
        try reader.finish()
    }

    /// A list of one device, as its owner hands it over. Whoever takes it over enrols the device.
    public static func json(
        _ terms: EnrolledDevice.Terms, key: VerifyingKey<Purpose.Record>
    ) -> JSONValue {
        [
            "devices": [
                [
                    "assurance": .string(terms.assurance.rawValue), "device_id": .string(terms.deviceID),
                    "device_model": .string(terms.deviceModel), "enclave_vendor": .string(terms.enclaveVendor),
                    "key": .string(Base64.url.encode(key.bytes)), "not_after": .string(terms.notAfter.text),
                    "not_before": .string(terms.notBefore.text), "suite": .string(key.suite.rawValue),
                    "vault": .string(terms.vault.text),
                ]
            ], "type": .string(type),
        ]
    }
}

extension EnrolledDevice {
    /// What is enrolled besides the key.
    public struct Terms: Sendable, Equatable {
        public let deviceID: String
        public let deviceModel: String
        public let enclaveVendor: String
        public let vault: VaultID
        public let assurance: AssuranceLevel
        public let notBefore: UTCTime
        public let notAfter: UTCTime

        public init(
            deviceID: String, deviceModel: String, enclaveVendor: String, vault: VaultID, assurance: AssuranceLevel,
            notBefore: UTCTime, notAfter: UTCTime
        ) {
            self.deviceID = deviceID
            self.deviceModel = deviceModel
            self.enclaveVendor = enclaveVendor
            self.vault = vault
            self.assurance = assurance
            self.notBefore = notBefore
            self.notAfter = notAfter
        }
    }

    /// With the record key of the vault that is enrolled.
    public init(_ terms: Terms, key: VerifyingKey<Purpose.Record>) {
        self.init(
            deviceID: terms.deviceID, deviceModel: terms.deviceModel, enclaveVendor: terms.enclaveVendor, vault: terms.vault,
            key: RecordVerifier(key), assurance: terms.assurance, notBefore: terms.notBefore, notAfter: terms.notAfter)
    }

    init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "enrolled device")
        let limit = DeviceAttestation.nameBytes
        guard let assurance = AssuranceLevel(rawValue: try reader.string("assurance", limit: 16)),
            let suite = SignatureSuite(rawValue: try reader.string("suite", limit: 64)),
            [.mlDSA65, .mlDSA87, .hybrid].contains(suite)
        else { throw VaultError(.attestationMalformed, "a device is enrolled with an unknown assurance or suite") }
        let terms = Terms(
            deviceID: try reader.string("device_id", limit: limit),
            deviceModel: try reader.string("device_model", limit: limit),
            enclaveVendor: try reader.string("enclave_vendor", limit: limit),
            vault: try VaultID(reader.string("vault", limit: 32)), assurance: assurance,
            notBefore: try reader.time("not_before"), notAfter: try reader.time("not_after"))
        let key = try VerifyingKey<Purpose.Record>(suite, reader.bytes("key", count: suite.publicKeyBytes))
        try reader.finish()
        guard terms.notBefore < terms.notAfter else {
            throw VaultError(.attestationMalformed, "`\(terms.deviceID)` is enrolled until before it begins")
        }
        self.init(terms, key: key)
    }
}
