import ChancerySuite
import ChanceryTransport
import ChanceryWire
import Foundation

// Lets the interop checks call X-Wing HPKE and TLS as a client, which no command offers. Test keys only: seeds come as
// arguments.
//
//     chancery-interop public SEED            the public key of a 32-byte seed
//     chancery-interop seal PUBLIC INFO TEXT  the encapsulated key and ciphertext, one after the other
//     chancery-interop open SEED INFO SEALED  the text
//     chancery-interop connect PORT CHAIN SEED NODE  a line that a TLS peer sends back; CHAIN is a PEM file
//
// Everything else is hexadecimal, in and out.

do {
    let arguments = CommandLine.arguments.dropFirst()
    if arguments.first == "connect", arguments.count == 5, let port = Int(arguments[2]) {
        let chain = try String(contentsOfFile: arguments[3], encoding: .utf8)
        print(try connect(port: port, chain: chain, seed: Hex.decode(arguments[4]), expecting: NodeID(arguments[5])))
        exit(0)
    }
    let values = try arguments.dropFirst().map { try Hex.decode($0) }
    switch (arguments.first, values.count) {
    case ("public", 1): print(Hex.encode(try key(values[0]).publicKey))
    case ("seal", 3):
        let sealed = try EncapsulationKey(.xWing, values[0]).seal(values[2], info: values[1])
        print(Hex.encode(sealed.encapsulatedKey + sealed.ciphertext))
    case ("open", 3):
        let split = min(EncapsulationAlgorithm.xWing.ciphertextBytes, values[2].count)
        let sealed = SealedMessage(
            encapsulatedKey: Array(values[2][..<split]), ciphertext: Array(values[2][split...]))
        print(Hex.encode(try key(values[0]).open(sealed, info: values[1])))
    default:
        FileHandle.standardError.write(Data("usage: chancery-interop public|seal|open|connect VALUES\n".utf8))
        exit(2)
    }
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}

func key(_ seed: [UInt8]) throws -> DecapsulationKey {
    var seed = seed
    return try DecapsulationKey(.xWing, seed: SecretBytes(erasing: &seed))
}
