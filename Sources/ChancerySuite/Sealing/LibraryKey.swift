internal import Crypto
internal import Foundation

/// What the library makes of a seed: the expanded private key, which it does not erase.
enum LibraryPrivateKey: Sendable {
    case xWing(XWingMLKEM768X25519.PrivateKey)
    case mlKEM768(MLKEM768.PrivateKey)
    case mlKEM1024(MLKEM1024.PrivateKey)

    init(_ algorithm: EncapsulationAlgorithm, _ seed: borrowing SecretBytes) throws {
        self = try unsafe seed.withBytes { bytes in
            let data = unsafe Data(bytes)
            return switch algorithm {
            case .xWing: .xWing(try .init(seedRepresentation: data, publicKey: nil))
            case .mlKEM768: .mlKEM768(try .init(seedRepresentation: data, publicKey: nil))
            case .mlKEM1024: .mlKEM1024(try .init(seedRepresentation: data, publicKey: nil))
            }
        }
    }

    var publicKey: [UInt8] {
        switch self {
        case .xWing(let key): Array(key.publicKey.rawRepresentation)
        case .mlKEM768(let key): Array(key.publicKey.rawRepresentation)
        case .mlKEM1024(let key): Array(key.publicKey.rawRepresentation)
        }
    }

    func decapsulate(_ ciphertext: [UInt8]) throws -> SymmetricKey {
        switch self {
        case .xWing(let key): try key.decapsulate(Data(ciphertext))
        case .mlKEM768(let key): try key.decapsulate(ciphertext)
        case .mlKEM1024(let key): try key.decapsulate(ciphertext)
        }
    }
}

/// A public key as the library reads it, with the matrix that follows from it: reading takes as long as an encapsulation.
enum LibraryPublicKey: Sendable {
    case xWing(XWingMLKEM768X25519.PublicKey)
    case mlKEM768(MLKEM768.PublicKey)
    case mlKEM1024(MLKEM1024.PublicKey)

    init(_ algorithm: EncapsulationAlgorithm, _ bytes: [UInt8]) throws {
        self =
            switch algorithm {
            case .xWing: .xWing(try .init(rawRepresentation: bytes))
            case .mlKEM768: .mlKEM768(try .init(rawRepresentation: bytes))
            case .mlKEM1024: .mlKEM1024(try .init(rawRepresentation: bytes))
            }
    }

    func encapsulate() throws -> KEM.EncapsulationResult {
        switch self {
        case .xWing(let key): try key.encapsulate()
        case .mlKEM768(let key): try key.encapsulate()
        case .mlKEM1024(let key): try key.encapsulate()
        }
    }
}
